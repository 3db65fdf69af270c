package dev.baton.linux.steer;

import static dev.baton.linux.steer.NetlinkMessage.ACKNOWLEDGE;
import static dev.baton.linux.steer.NetlinkMessage.CREATE;
import static dev.baton.linux.steer.NetlinkMessage.DUMP;
import static dev.baton.linux.steer.NetlinkMessage.EXCLUSIVE;

import dev.baton.linux.LinuxException;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Filters at the ingress of interfaces, as {@code tc filter add dev … ingress} makes them: what
 * matches goes to another interface, before the network stack. Other people's filters stay as they
 * are. Works on the socket that it is given.
 */
final class TrafficControl {

  private static final int RTM_NEWQDISC = 36;
  private static final int RTM_DELQDISC = 37;
  private static final int RTM_NEWTFILTER = 44;
  private static final int RTM_DELTFILTER = 45;
  private static final int RTM_GETTFILTER = 46;

  private static final int TCMSG_LENGTH = 20;
  private static final int TCA_KIND = 1;
  private static final int TCA_OPTIONS = 2;
  private static final int TCA_BPF_ACT = 1;
  private static final int TCA_BPF_OPS_LEN = 4;
  private static final int TCA_BPF_OPS = 5;
  private static final int TCA_ACT_KIND = 1;
  private static final int TCA_ACT_OPTIONS = 2;
  private static final int TCA_MIRRED_PARMS = 2;
  private static final int TCA_EGRESS_REDIR = 1;
  private static final int TC_ACT_STOLEN = 4;

  private static final int CLSACT = 0xfffffff1;
  private static final int CLSACT_HANDLE = 0xffff0000;
  private static final int INGRESS = 0xfffffff2;
  private static final int EGRESS = 0xfffffff3;
  private static final short ETH_P_IPV6 = (short) 0x86dd;

  /** Early, since it matches so little. */
  private static final int PRIORITY = 198;

  /** What the handles of our filters begin with; a number of whoever has made it follows. */
  private static final int HANDLES = 0x0ba7_0000;

  private static final int NUMBER = 0xffff;

  /** How long a filter's message is without its program, and more. */
  private static final int BESIDES = 512;

  private static final int ENOENT = 2;
  private static final int EINVAL = 22;

  private final Netlink netlink;

  TrafficControl(Rtnetlink network) {
    this.netlink = network.netlink();
  }

  /**
   * Sends the IPv6 packets that a program chooses to another link.
   *
   * @param program returns -1 for them and 0 for all others
   * @param number by which the filter is found later
   */
  void divert(Rtnetlink.Link from, Rtnetlink.Link to, DiversionFilter program, int number)
      throws LinuxException {
    makePlace(from);
    filter(from, to, program, number, EXCLUSIVE);
  }

  /** Does {@link #divert} with another program from now on; no packet is looked at by none. */
  void redivert(Rtnetlink.Link from, Rtnetlink.Link to, DiversionFilter program, int number)
      throws LinuxException {
    filter(from, to, program, number, 0);
  }

  private void makePlace(Rtnetlink.Link from) throws LinuxException {
    try {
      netlink.execute(
          "make a place for filters at " + from.name(),
          message(
                  RTM_NEWQDISC,
                  ACKNOWLEDGE | CREATE | EXCLUSIVE,
                  from.index(),
                  CLSACT_HANDLE,
                  CLSACT,
                  0)
              .attribute(TCA_KIND, "clsact"));
    } catch (LinuxException e) {
      if (e.errno() != Calls.EEXIST) {
        throw e;
      }
    }
  }

  private void filter(
      Rtnetlink.Link from, Rtnetlink.Link to, DiversionFilter program, int number, int exclusive)
      throws LinuxException {
    byte[] instructions = program.instructions();
    NetlinkMessage message =
        new NetlinkMessage(
            RTM_NEWTFILTER, ACKNOWLEDGE | CREATE | exclusive, instructions.length + BESIDES);
    place(message, from.index(), HANDLES | number, INGRESS, priority()).attribute(TCA_KIND, "bpf");
    int options = message.open(TCA_OPTIONS);
    int length = message.open(TCA_BPF_OPS_LEN);
    message.putShort(instructions.length / DiversionFilter.INSTRUCTION).close(length);
    message.attribute(TCA_BPF_OPS, instructions);
    int actions = message.open(TCA_BPF_ACT);
    int first = message.open(1);
    message.attribute(TCA_ACT_KIND, "mirred");
    int redirect = message.open(TCA_ACT_OPTIONS);
    int parameters = message.open(TCA_MIRRED_PARMS);
    message
        .putInt(0)
        .putInt(0)
        .putInt(TC_ACT_STOLEN)
        .putInt(0)
        .putInt(0)
        .putInt(TCA_EGRESS_REDIR)
        .putInt(to.index())
        .close(parameters)
        .close(redirect)
        .close(first)
        .close(actions)
        .close(options);
    netlink.execute("divert packets from " + from.name() + " to " + to.name(), message);
  }

  /**
   * Deletes filters of ours at a link, and the place for filters if nothing is left there.
   *
   * @param unused tells by the number
   */
  void sweep(Rtnetlink.Link link, IntPredicate unused) throws LinuxException {
    boolean any = false;
    for (Netlink.Answer filter : filters(link, INGRESS)) {
      int handle = filter.fixed().getInt(8);
      boolean ours =
          filter.fixed().getInt(16) == priority()
              && filter.text(TCA_KIND).equals("bpf")
              && (handle & ~NUMBER) == HANDLES;
      if (ours && unused.test(handle & NUMBER)) {
        netlink.execute(
            "delete the filter of " + link.name(),
            message(RTM_DELTFILTER, ACKNOWLEDGE, link.index(), handle, INGRESS, priority())
                .attribute(TCA_KIND, "bpf"));
        any = true;
      }
    }
    if (any && filters(link, INGRESS).isEmpty() && filters(link, EGRESS).isEmpty()) {
      netlink.execute(
          "delete the place for filters at " + link.name(),
          message(RTM_DELQDISC, ACKNOWLEDGE, link.index(), CLSACT_HANDLE, CLSACT, 0));
    }
  }

  private List<Netlink.Answer> filters(Rtnetlink.Link link, int where) throws LinuxException {
    try {
      return netlink.dump(
          "list the filters of " + link.name(),
          TCMSG_LENGTH,
          message(RTM_GETTFILTER, DUMP, link.index(), 0, where, 0));
    } catch (LinuxException e) {
      if (e.errno() == ENOENT || e.errno() == EINVAL) {
        return List.of(); // there is no place for filters
      }
      throw e;
    }
  }

  private static int priority() {
    return PRIORITY << 16 | Addresses.networkOrder16(ETH_P_IPV6);
  }

  /** {@code struct tcmsg} */
  private static NetlinkMessage message(
      int type, int flags, int link, int handle, int parent, int info) {
    return place(new NetlinkMessage(type, flags), link, handle, parent, info);
  }

  private static NetlinkMessage place(
      NetlinkMessage message, int link, int handle, int parent, int info) {
    return message.putInt(0).putInt(link).putInt(handle).putInt(parent).putInt(info);
  }
}
