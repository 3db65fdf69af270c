package dev.baton.linux.steer;

import static dev.baton.linux.steer.NetlinkMessage.ACKNOWLEDGE;
import static dev.baton.linux.steer.NetlinkMessage.CREATE;
import static dev.baton.linux.steer.NetlinkMessage.DUMP;
import static dev.baton.linux.steer.NetlinkMessage.EXCLUSIVE;
import static dev.baton.linux.steer.NetlinkMessage.REPLACE;

import dev.baton.linux.LinuxException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * IPv6 routes, the rules that choose their tables, and addresses for which a router answers. Works
 * on the socket that it is given.
 */
final class Routing {

  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_DELROUTE = 25;
  private static final int RTM_NEWNEIGH = 28;
  private static final int RTM_DELNEIGH = 29;
  private static final int RTM_GETNEIGH = 30;
  private static final int RTM_NEWRULE = 32;
  private static final int RTM_DELRULE = 33;
  private static final int RTM_GETRULE = 34;

  private static final int RTMSG_LENGTH = 12;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_TABLE = 15;
  private static final int RTN_UNICAST = 1;
  private static final int RT_TABLE_MAIN = 254;

  private static final int FRA_SRC = 2;
  private static final int FRA_PRIORITY = 6;
  private static final int FRA_TABLE = 15;
  private static final int FRA_PROTOCOL = 21;
  private static final int FR_ACT_TO_TBL = 1;

  /** Says of rules, routes and proxy entries that they are ours, as {@code proto} in {@code ip}. */
  private static final int PROTOCOL = 183;

  /** Before the main table's, after the local table's. */
  private static final int RULE_PRIORITY = 19_819;

  private static final int NDA_DST = 1;
  private static final int NDA_PROTOCOL = 12;
  private static final int NDMSG_LENGTH = 12;
  private static final int NTF_PROXY = 0x08;

  private final Netlink netlink;

  Routing(Rtnetlink network) {
    this.netlink = network.netlink();
  }

  /**
   * Sends what goes to an IPv6 address to a link, by a route in the main table.
   *
   * @return whether it was not so before
   */
  boolean addRoute(Rtnetlink.Link link, InetAddress to) throws LinuxException {
    return add(
        "route " + to.getHostAddress() + " to " + link.name(),
        route(RTM_NEWROUTE, ACKNOWLEDGE | CREATE | EXCLUSIVE, RT_TABLE_MAIN, link, 128)
            .attribute(RTA_DST, to.getAddress()));
  }

  void deleteRoute(Rtnetlink.Link link, InetAddress to) throws LinuxException {
    netlink.execute(
        "delete the route of " + to.getHostAddress() + " to " + link.name(),
        route(RTM_DELROUTE, ACKNOWLEDGE, RT_TABLE_MAIN, link, 128)
            .attribute(RTA_DST, to.getAddress()));
  }

  /** Sends all IPv6 packets that look into a table to a link; goes with the link. */
  void addDefaultRoute(Rtnetlink.Link link, int table) throws LinuxException {
    netlink.execute(
        "route the table " + table + " to " + link.name(),
        route(RTM_NEWROUTE, ACKNOWLEDGE | CREATE | EXCLUSIVE, table, link, 0));
  }

  /** {@code struct rtmsg} and what all routes of ours have */
  private static NetlinkMessage route(
      int type, int flags, int table, Rtnetlink.Link link, int prefix) {
    return new NetlinkMessage(type, flags)
        .putByte(Calls.AF_INET6)
        .putByte(prefix)
        .putShort(0)
        .putByte(0)
        .putByte(PROTOCOL)
        .putByte(0)
        .putByte(RTN_UNICAST)
        .putInt(0)
        .attribute(RTA_TABLE, table)
        .attribute(RTA_OIF, link.index());
  }

  /** Has packets from an IPv6 address look into a table before the main one. */
  void addRule(InetAddress from, int table) throws LinuxException {
    add(
        "add a rule from " + from.getHostAddress(),
        rule(RTM_NEWRULE, ACKNOWLEDGE | CREATE | EXCLUSIVE, from.getAddress(), table));
  }

  /** Deletes the rules of ours whose tables nobody uses. */
  void deleteRules(IntPredicate unused) throws LinuxException {
    NetlinkMessage list =
        new NetlinkMessage(RTM_GETRULE, DUMP).putInt(Calls.AF_INET6).putInt(0).putInt(0);
    for (Netlink.Answer rule : netlink.dump("list the rules", RTMSG_LENGTH, list)) {
      byte[] from = rule.attributes().get(FRA_SRC);
      byte[] protocol = rule.attributes().get(FRA_PROTOCOL);
      int table = rule.number(FRA_TABLE);
      if (from != null
          && protocol != null
          && Byte.toUnsignedInt(protocol[0]) == PROTOCOL
          && unused.test(table)) {
        netlink.execute(
            "delete the rule to table " + table, rule(RTM_DELRULE, ACKNOWLEDGE, from, table));
      }
    }
  }

  /** {@code struct fib_rule_hdr} and the rest */
  private static NetlinkMessage rule(int type, int flags, byte[] from, int table) {
    return new NetlinkMessage(type, flags)
        .putByte(Calls.AF_INET6)
        .putByte(0)
        .putByte(from.length * 8)
        .putByte(0)
        .putShort(0)
        .putByte(0)
        .putByte(FR_ACT_TO_TBL)
        .putInt(0)
        .attribute(FRA_SRC, from)
        .attribute(FRA_PRIORITY, RULE_PRIORITY)
        .attribute(FRA_TABLE, table)
        .attribute(FRA_PROTOCOL, (byte) PROTOCOL);
  }

  /**
   * Answers neighbour solicitations on a link for an address that is elsewhere, as a router does.
   */
  void addProxy(Rtnetlink.Link link, InetAddress address) throws LinuxException {
    add(
        "answer for " + address.getHostAddress() + " on " + link.name(),
        proxy(RTM_NEWNEIGH, ACKNOWLEDGE | CREATE | REPLACE, link, address)
            .attribute(NDA_PROTOCOL, (byte) PROTOCOL));
  }

  void deleteProxy(Rtnetlink.Link link, InetAddress address) throws LinuxException {
    netlink.execute(
        "no longer answer for " + address.getHostAddress() + " on " + link.name(),
        proxy(RTM_DELNEIGH, ACKNOWLEDGE, link, address));
  }

  private static NetlinkMessage proxy(
      int type, int flags, Rtnetlink.Link link, InetAddress address) {
    return Rtnetlink.neighbour(new NetlinkMessage(type, flags), Calls.AF_INET6, link, NTF_PROXY)
        .attribute(NDA_DST, address.getAddress());
  }

  /**
   * A proxy entry of ours.
   *
   * @param link its index
   */
  record Proxy(int link, InetAddress address) {}

  List<Proxy> proxies() throws LinuxException {
    NetlinkMessage list =
        Rtnetlink.neighbour(
            new NetlinkMessage(RTM_GETNEIGH, DUMP),
            Calls.AF_INET6,
            new Rtnetlink.Link(0, "", 0, "", 0),
            NTF_PROXY);
    List<Proxy> proxies = new ArrayList<>();
    for (Netlink.Answer entry : netlink.dump("list the proxy entries", NDMSG_LENGTH, list)) {
      byte[] protocol = entry.attributes().get(NDA_PROTOCOL);
      byte[] address = entry.attributes().get(NDA_DST);
      if (address != null && protocol != null && Byte.toUnsignedInt(protocol[0]) == PROTOCOL) {
        proxies.add(new Proxy(entry.fixed().getInt(4), Addresses.of(address)));
      }
    }
    return proxies;
  }

  /** Returns whether what was to be added was not there before. */
  private boolean add(String doing, NetlinkMessage message) throws LinuxException {
    try {
      netlink.execute(doing, message);
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Calls.EEXIST) {
        return false;
      }
      throw e;
    }
  }
}
