package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.Expressions.Base;
import dev.baton.linux.steer.Expressions.Meta;
import dev.baton.linux.steer.NfTables.ValueType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The nftables table of a contact node: two maps from a connection to the tunnel link's neighbour
 * that has it, and the chain that hands the packets over. The errors with which routers tell a
 * sender that his packets are too big go where the connection is: they come to the contact address,
 * but are meant for the acceptor, who answers from it.
 */
final class FlowTable {

  private static final String CHAIN = "steer";
  private static final int INGRESS = 0;
  private static final int PRIORITY = -150;

  private static final int LINK = 0;
  private static final int KEY = 1;
  private static final int SCRATCH = KEY;

  private static final byte TCP = 6;
  private static final int PORT_LENGTH = 2;

  /** What of the rules depends on the version of IP; lengths and offsets are in bytes. */
  private enum Ip {
    FOUR("flows4", ValueType.IPV4_FLOW, ValueType.IPV4, 2, 0x0800, 4, 12, 20),
    SIX("flows6", ValueType.IPV6_FLOW, ValueType.IPV6, 10, 0x86dd, 16, 8, 40);

    final String map;
    final ValueType flow;
    final ValueType neighbour;
    final int family;
    final int etherType;
    final int addressLength;

    /** Where in the header the source is; the destination follows. */
    final int source;

    final int headerLength;

    Ip(
        String map,
        ValueType flow,
        ValueType neighbour,
        int family,
        int etherType,
        int addressLength,
        int source,
        int headerLength) {
      this.map = map;
      this.flow = flow;
      this.neighbour = neighbour;
      this.family = family;
      this.etherType = etherType;
      this.addressLength = addressLength;
      this.source = source;
      this.headerLength = headerLength;
    }

    /** Registers that an address occupies. */
    int registers() {
      return addressLength / 4;
    }
  }

  /** In front of the number of every such table. */
  private static final String NAME_PREFIX = "baton-";

  private static final String THING = "table";

  private final NfTables.Table table;

  private FlowTable(String name) {
    this.table = new NfTables.Table(NfTables.Family.NETDEV, name);
  }

  /**
   * Makes an empty table.
   *
   * @param links by which the packets come in
   */
  static FlowTable install(Installation into, Collection<String> links, TunnelLink tunnel)
      throws LinuxException {
    FlowTable table = new FlowTable(NAME_PREFIX + into.claim(THING));
    into.nfTables().commit("steer from " + String.join(", ", links), table.create(links, tunnel));
    return table;
  }

  /** Removes the tables that nobody claims. */
  static void sweep(NfTables nfTables, Claim.Claims claimed) throws LinuxException {
    for (String name : nfTables.tables(NfTables.Family.NETDEV)) {
      if (name.matches(NAME_PREFIX + "\\d{1,9}")
          && !claimed.include(THING, Integer.parseInt(name.substring(NAME_PREFIX.length())))) {
        nfTables.commit(
            "remove the table " + name,
            List.of(NfTables.delete(new NfTables.Table(NfTables.Family.NETDEV, name))));
      }
    }
  }

  private List<NetlinkMessage> create(Collection<String> links, TunnelLink tunnel) {
    byte[] link = new byte[4];
    ByteBuffer.wrap(link).order(ByteOrder.nativeOrder()).putInt(tunnel.link().index());
    List<NetlinkMessage> all = new ArrayList<>();
    all.add(NfTables.add(table));
    all.add(NfTables.addChain(table, CHAIN, INGRESS, PRIORITY, links));
    for (Ip ip : Ip.values()) {
      all.add(NfTables.addMap(table, ip.map, ip.flow, ip.neighbour));
      all.add(segments(ip, link));
      all.add(errors(ip, link));
    }
    return all;
  }

  /** What begins to steer a connection. */
  NetlinkMessage add(Flow flow, TunnelPoint to) {
    Ip ip = ip(flow);
    return NfTables.addElement(table, ip.map, key(flow, ip), to.neighbour(ip.addressLength));
  }

  /** What ends that. */
  NetlinkMessage remove(Flow flow) {
    Ip ip = ip(flow);
    return NfTables.deleteElement(table, ip.map, key(flow, ip));
  }

  private static Ip ip(Flow flow) {
    return flow.isIpv4() ? Ip.FOUR : Ip.SIX;
  }

  /** Client, its port, contact address, its port, as they are in the registers. */
  private static byte[] key(Flow flow, Ip ip) {
    return ByteBuffer.allocate(2 * (ip.addressLength + 4))
        .put(flow.client().getAddress().getAddress())
        .putShort((short) flow.client().getPort())
        .putShort((short) 0)
        .put(flow.contact().getAddress().getAddress())
        .putShort((short) flow.contact().getPort())
        .array();
  }

  private NetlinkMessage segments(Ip ip, byte[] link) {
    Expressions rule = begin(ip, TCP, link);
    int contact = KEY + ip.registers() + 1;
    rule.load(Base.NETWORK, ip.source, ip.addressLength, KEY)
        .load(Base.TRANSPORT, 0, PORT_LENGTH, contact - 1)
        .load(Base.NETWORK, ip.source + ip.addressLength, ip.addressLength, contact)
        .load(Base.TRANSPORT, PORT_LENGTH, PORT_LENGTH, contact + ip.registers());
    return end(rule, ip);
  }

  /** An error has in it the header of the packet that was too big, which went to the client. */
  private NetlinkMessage errors(Ip ip, byte[] link) {
    int packet = 8;
    int ports = packet + ip.headerLength;
    int contact = KEY + ip.registers() + 1;
    Expressions rule;
    if (ip == Ip.FOUR) {
      byte icmp = 1;
      rule =
          begin(ip, icmp, link)
              .load(Base.TRANSPORT, 0, 2, SCRATCH)
              .requireEqual(SCRATCH, (byte) 3, (byte) 4) // unreachable: must not be fragmented
              .load(Base.TRANSPORT, packet, 1, SCRATCH)
              .requireEqual(SCRATCH, (byte) 0x45); // no IP options
    } else {
      byte icmp6 = 58;
      rule =
          begin(ip, icmp6, link)
              .load(Base.TRANSPORT, 0, 1, SCRATCH)
              .requireEqual(SCRATCH, (byte) 2); // packet too big
    }
    rule.load(Base.TRANSPORT, packet + ip.source + ip.addressLength, ip.addressLength, KEY)
        .load(Base.TRANSPORT, ports + PORT_LENGTH, PORT_LENGTH, contact - 1)
        .load(Base.TRANSPORT, packet + ip.source, ip.addressLength, contact)
        .load(Base.TRANSPORT, ports, PORT_LENGTH, contact + ip.registers());
    return end(rule, ip);
  }

  private Expressions begin(Ip ip, byte protocol, byte[] link) {
    return NfTables.addRule(table, CHAIN)
        .load(Meta.PROTOCOL, SCRATCH)
        .requireEqual(SCRATCH, (byte) (ip.etherType >> 8), (byte) ip.etherType)
        .load(Meta.L4_PROTOCOL, SCRATCH)
        .requireEqual(SCRATCH, protocol)
        .set(LINK, link);
  }

  private static NetlinkMessage end(Expressions rule, Ip ip) {
    return rule.map(ip.map, KEY).forward(LINK, KEY, ip.family).end();
  }
}
