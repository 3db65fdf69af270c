package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.Expressions.Base;
import dev.baton.linux.steer.Expressions.Meta;
import dev.baton.linux.steer.NfTables.Family;
import dev.baton.linux.steer.NfTables.Table;
import dev.baton.linux.steer.NfTables.ValueType;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Lets nothing come out of the tunnels but packets for contact addresses. Whoever can reach the
 * tunnels' port can put any packet into one, with any address in it; so he gets no further than he
 * would get by sending it to the contact address himself.
 *
 * <p>An nftables table of family {@code netdev} for the whole namespace: it says what all claims
 * together demand.
 */
final class TunnelGate {

  /** In front of a number that is the same for the same links and addresses. */
  private static final String NAME_PREFIX = "baton-gate-";

  private static final String CHAIN = "gate";
  private static final int INGRESS = 0;
  private static final int PRIORITY = -300;
  private static final int REGISTER = 0;

  private TunnelGate() {}

  /** Makes the table what it should be, in one moment; does nothing if it is that already. */
  static void update(NfTables nfTables, Set<String> links, Set<InetAddress> contacts)
      throws LinuxException {
    int hash = 31 * links.hashCode() + Addresses.hash(contacts);
    Table wanted = new Table(Family.NETDEV, NAME_PREFIX + Integer.toHexString(hash));
    nfTables.replace(
        wanted,
        NAME_PREFIX,
        links.isEmpty() ? List.of() : create(wanted, links, contacts),
        "guard the tunnels");
  }

  private static List<NetlinkMessage> create(
      Table table, Collection<String> links, Collection<InetAddress> contacts) {
    List<NetlinkMessage> all = new ArrayList<>();
    all.add(NfTables.add(table));
    all.add(NfTables.addChain(table, CHAIN, INGRESS, PRIORITY, links));
    pass(all, table, "contact4", ValueType.IPV4, 0x08, 0x00, 16);
    pass(all, table, "contact6", ValueType.IPV6, 0x86, 0xdd, 24);
    all.add(NfTables.addRule(table, CHAIN).drop().end());
    for (InetAddress contact : contacts) {
      String set = Addresses.isIpv4(contact) ? "contact4" : "contact6";
      all.add(NfTables.addElement(table, set, contact.getAddress()));
    }
    return all;
  }

  /** Adds a rule for one version of IP, known by the two bytes of its Ethernet protocol. */
  private static void pass(
      List<NetlinkMessage> all,
      Table table,
      String set,
      ValueType type,
      int high,
      int low,
      int destinationAt) {
    all.add(NfTables.addSet(table, set, type));
    all.add(
        NfTables.addRule(table, CHAIN)
            .load(Meta.PROTOCOL, REGISTER)
            .requireEqual(REGISTER, (byte) high, (byte) low)
            .load(Base.NETWORK, destinationAt, type.length(), REGISTER)
            .require(set, REGISTER)
            .accept()
            .end());
  }
}
