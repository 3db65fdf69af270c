package dev.baton.linux.steer;

import static dev.baton.linux.steer.NetlinkMessage.ACKNOWLEDGE;
import static dev.baton.linux.steer.NetlinkMessage.CREATE;
import static dev.baton.linux.steer.NetlinkMessage.DUMP;
import static dev.baton.linux.steer.NetlinkMessage.EXCLUSIVE;

import dev.baton.linux.LinuxException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.IntPredicate;

/**
 * The part of a correspondent node that the kernel has itself, in some kernels ({@code
 * CONFIG_IPV6_MIP6}): states and policies of {@code ip xfrm} that put a type 2 routing header on
 * and take a home address option off (RFC 6275 §9.3). Not thread-safe.
 *
 * <p>Per binding there are two states, which have the care-of address, and three policies, which
 * choose packets. They are sub-policies, so those of IPsec have their effect beside them.
 */
final class Xfrm implements AutoCloseable {

  /** The extension header that packets to a home address get. */
  static final int ROUTING = 43;

  /** The extension header that packets from a home address have. */
  static final int DESTINATION_OPTIONS = 60;

  private static final int NETLINK_XFRM = 6;
  private static final int MOBILITY = 135;
  private static final int ANY_PROTOCOL = 0;

  private static final int XFRM_MSG_NEWSA = 0x10;
  private static final int XFRM_MSG_DELSA = 0x11;
  private static final int XFRM_MSG_GETSA = 0x12;
  private static final int XFRM_MSG_NEWPOLICY = 0x13;
  private static final int XFRM_MSG_DELPOLICY = 0x14;
  private static final int XFRM_MSG_GETPOLICY = 0x15;
  private static final int XFRM_MSG_UPDPOLICY = 0x19;
  private static final int XFRM_MSG_UPDSA = 0x1a;

  private static final int XFRMA_TMPL = 5;
  private static final int XFRMA_SRCADDR = 13;
  private static final int XFRMA_COADDR = 14;
  private static final int XFRMA_POLICY_TYPE = 16;
  private static final int XFRM_POLICY_TYPE_SUB = 1;

  private static final int XFRM_MODE_ROUTEOPTIMIZATION = 2;
  private static final int XFRM_POLICY_IN = 0;
  private static final int XFRM_POLICY_OUT = 1;

  /** {@code struct xfrm_usersa_info} */
  private static final int STATE = 224;

  private static final int STATE_DESTINATION = 56;
  private static final int STATE_PROTOCOL = 76;
  private static final int STATE_SOURCE = 80;
  private static final int STATE_PACKETS = 168;
  private static final int STATE_REQUEST = 208;

  /** {@code struct xfrm_userpolicy_info} */
  private static final int POLICY = 168;

  private static final int POLICY_PRIORITY = 152;
  private static final int POLICY_DIRECTION = 160;

  /** {@code struct xfrm_selector} */
  private static final int SELECTOR = 56;

  private static final int ADDRESS = 16;
  private static final int WHOLE = 128;

  /**
   * What the request numbers of our states and the priorities of our policies begin with; a number
   * of whoever has made them follows.
   */
  private static final int NUMBERS = 0x0ba7_0000;

  /** The same of policies that go before those; less is earlier. */
  private static final int EARLIER = 0x0ba6_0000;

  private static final int NUMBER = 0xffff;

  private final Netlink netlink;

  private Xfrm(Netlink netlink) {
    this.netlink = netlink;
  }

  static Xfrm open() throws LinuxException {
    return new Xfrm(Netlink.open(NETLINK_XFRM));
  }

  /** A binding without its care-of address: both addresses as bytes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Ends(byte[] own, byte[] home, String words) {

    static Ends of(InetAddress own, InetAddress home) {
      return new Ends(
          own.getAddress(),
          home.getAddress(),
          "the binding of " + home.getHostAddress() + " at " + own.getHostAddress());
    }
  }

  /**
   * Sends what goes from an address of this host to a home address to the care-of address; takes
   * what comes from there with a home address option. What comes without it, by the home agent, is
   * taken as before. Mobility messages go home (RFC 6275 §6.1).
   *
   * @param number by which it is found later
   * @throws LinuxException also if somebody else has such a binding; then nothing has changed
   */
  void bind(InetAddress own, InetAddress home, InetAddress careOf, int number)
      throws LinuxException {
    Ends ends = Ends.of(own, home);
    int flags = ACKNOWLEDGE | CREATE | EXCLUSIVE;
    try {
      states(ends, XFRM_MSG_NEWSA, flags, careOf, number);
      netlink.execute(
          "install " + ends.words,
          policy(XFRM_MSG_NEWPOLICY, flags, ends, XFRM_POLICY_IN, ANY_PROTOCOL, number),
          policy(XFRM_MSG_NEWPOLICY, flags, ends, XFRM_POLICY_OUT, MOBILITY, number),
          policy(XFRM_MSG_NEWPOLICY, flags, ends, XFRM_POLICY_OUT, ANY_PROTOCOL, number));
    } catch (LinuxException e) {
      remove(ends, number);
      throw e;
    }
  }

  /** The home address is elsewhere; connections that there are follow at once. */
  void move(InetAddress own, InetAddress home, InetAddress careOf, int number)
      throws LinuxException {
    Ends ends = Ends.of(own, home);
    states(ends, XFRM_MSG_UPDSA, ACKNOWLEDGE, careOf, number);
    // The states are the same ones: only for a new policy are routes looked for anew.
    netlink.execute(
        "move " + ends.words,
        policy(XFRM_MSG_UPDPOLICY, ACKNOWLEDGE, ends, XFRM_POLICY_OUT, ANY_PROTOCOL, number));
  }

  /** Takes back {@link #bind}. */
  void unbind(InetAddress own, InetAddress home, int number) throws LinuxException {
    remove(Ends.of(own, home), number);
  }

  private void remove(Ends ends, int number) throws LinuxException {
    remove(
        each -> each == number,
        (from, to) ->
            (Arrays.equals(from, ends.own) && Arrays.equals(to, ends.home))
                || (Arrays.equals(from, ends.home) && Arrays.equals(to, ends.own)));
  }

  private void states(Ends ends, int type, int flags, InetAddress careOf, int number)
      throws LinuxException {
    byte[] at = careOf.getAddress();
    netlink.execute(
        "have the kernel serve " + ends.words,
        state(type, flags, ends.home, ends.own, DESTINATION_OPTIONS, at, number),
        state(type, flags, ends.own, ends.home, ROUTING, at, number));
  }

  private static NetlinkMessage state(
      int type, int flags, byte[] from, byte[] to, int header, byte[] careOf, int number) {
    NetlinkMessage message = new NetlinkMessage(type, flags);
    selector(message, new byte[ADDRESS], new byte[ADDRESS], 0, ANY_PROTOCOL);
    id(message, to, header).putBytes(from);
    lifetimes(message);
    return message
        .putInt(0)
        .putInt(0)
        .putInt(0) // statistics
        .putInt(0)
        .putInt(NUMBERS | number)
        .putShort(Calls.AF_INET6)
        .putByte(XFRM_MODE_ROUTEOPTIMIZATION)
        .putByte(0)
        .putLong(0)
        .attribute(XFRMA_COADDR, careOf);
  }

  /** As one that is needed from the care-of address, but not from home. */
  private static NetlinkMessage policy(
      int type, int flags, Ends ends, int direction, int protocol, int number) {
    boolean out = direction == XFRM_POLICY_OUT;
    byte[] from = out ? ends.own : ends.home;
    byte[] to = out ? ends.home : ends.own;
    NetlinkMessage message = new NetlinkMessage(type, flags);
    policy(message, from, to, protocol, direction, number);
    message.attribute(XFRMA_POLICY_TYPE, type());
    if (protocol == MOBILITY) {
      return message; // without a template it passes as it is
    }
    int template = message.open(XFRMA_TMPL);
    id(message, to, out ? ROUTING : DESTINATION_OPTIONS)
        .putInt(Calls.AF_INET6)
        .putBytes(from)
        .putInt(NUMBERS | number)
        .putByte(XFRM_MODE_ROUTEOPTIMIZATION)
        .putByte(0)
        .putByte(out ? 0 : 1) // optional
        .putByte(0);
    return message.putInt(-1).putInt(-1).putInt(-1).close(template);
  }

  private static void policy(
      NetlinkMessage message, byte[] from, byte[] to, int protocol, int direction, int number) {
    selector(message, from, to, Arrays.equals(from, new byte[ADDRESS]) ? 0 : WHOLE, protocol);
    lifetimes(message);
    message
        .putInt((protocol == MOBILITY ? EARLIER : NUMBERS) | number)
        .putInt(0)
        .putByte(direction)
        .putByte(0)
        .putShort(0)
        .putInt(0);
  }

  /** The policy of a socket whose packets pass as they are. */
  static byte[] untouched() {
    NetlinkMessage message = new NetlinkMessage(0, 0);
    policy(message, new byte[ADDRESS], new byte[ADDRESS], ANY_PROTOCOL, XFRM_POLICY_OUT, 0);
    byte[] whole = message.toBytes(0);
    return Arrays.copyOfRange(whole, NetlinkMessage.HEADER, whole.length);
  }

  private static void selector(
      NetlinkMessage message, byte[] from, byte[] to, int prefix, int protocol) {
    message
        .putBytes(to)
        .putBytes(from)
        .putLong(0) // ports
        .putShort(Calls.AF_INET6)
        .putByte(prefix)
        .putByte(prefix)
        .putByte(protocol)
        .putByte(0)
        .putShort(0)
        .putLong(0);
  }

  /** {@code struct xfrm_id} */
  private static NetlinkMessage id(NetlinkMessage message, byte[] to, int header) {
    return message.putBytes(to).putInt(0).putByte(header).putByte(0).putShort(0);
  }

  /** {@code struct xfrm_lifetime_cfg}, without end, and {@code struct xfrm_lifetime_cur} */
  private static void lifetimes(NetlinkMessage message) {
    for (int limit = 0; limit < 8; limit++) {
      message.putLong(limit < 4 ? -1 : 0);
    }
    for (int count = 0; count < 4; count++) {
      message.putLong(0);
    }
  }

  private static byte[] type() {
    return new byte[] {XFRM_POLICY_TYPE_SUB, 0, 0, 0, 0, 0};
  }

  /**
   * What has passed by a state of ours.
   *
   * @param header which of its two it was
   * @param packets since the binding was made
   */
  record Passed(InetAddress from, InetAddress to, int header, long packets) {}

  /** What has passed by the states with a number. */
  List<Passed> passed(int number) throws LinuxException {
    List<Passed> passed = new ArrayList<>();
    for (Netlink.Answer state : states()) {
      if (state.fixed().getInt(STATE_REQUEST) == (NUMBERS | number)) {
        passed.add(
            new Passed(
                Addresses.of(bytes(state, STATE_SOURCE, ADDRESS)),
                Addresses.of(bytes(state, STATE_DESTINATION, ADDRESS)),
                Byte.toUnsignedInt(state.fixed().get(STATE_PROTOCOL)),
                state.fixed().getLong(STATE_PACKETS)));
      }
    }
    return passed;
  }

  private List<Netlink.Answer> states() throws LinuxException {
    return netlink.dump(
        "list what the kernel does for bindings", STATE, new NetlinkMessage(XFRM_MSG_GETSA, DUMP));
  }

  private static byte[] bytes(Netlink.Answer answer, int at, int length) {
    byte[] bytes = new byte[length];
    answer.fixed().get(at, bytes);
    return bytes;
  }

  /**
   * Removes states and policies of ours.
   *
   * @param unused tells by the number
   */
  void sweep(IntPredicate unused) throws LinuxException {
    remove(unused, (from, to) -> true);
  }

  private void remove(IntPredicate unused, BiPredicate<byte[], byte[]> between)
      throws LinuxException {
    String doing = "take back what the kernel does for bindings";
    NetlinkMessage list = new NetlinkMessage(XFRM_MSG_GETPOLICY, DUMP);
    for (Netlink.Answer policy : netlink.dump("list the policies", POLICY, list)) {
      int priority = policy.fixed().getInt(POLICY_PRIORITY);
      boolean ours = (priority & ~NUMBER) == NUMBERS || (priority & ~NUMBER) == EARLIER;
      byte[] from = bytes(policy, ADDRESS, ADDRESS);
      byte[] to = bytes(policy, 0, ADDRESS);
      byte[] type = policy.attributes().getOrDefault(XFRMA_POLICY_TYPE, new byte[1]);
      if (ours
          && type[0] == XFRM_POLICY_TYPE_SUB
          && unused.test(priority & NUMBER)
          && between.test(from, to)) {
        netlink.execute(
            doing,
            new NetlinkMessage(XFRM_MSG_DELPOLICY, ACKNOWLEDGE)
                .putBytes(bytes(policy, 0, SELECTOR))
                .putInt(0)
                .putInt(policy.fixed().get(POLICY_DIRECTION))
                .attribute(XFRMA_POLICY_TYPE, type()));
      }
    }
    for (Netlink.Answer state : states()) {
      int request = state.fixed().getInt(STATE_REQUEST);
      int header = Byte.toUnsignedInt(state.fixed().get(STATE_PROTOCOL));
      byte[] from = bytes(state, STATE_SOURCE, ADDRESS);
      byte[] to = bytes(state, STATE_DESTINATION, ADDRESS);
      if ((request & ~NUMBER) == NUMBERS
          && (header == ROUTING || header == DESTINATION_OPTIONS)
          && unused.test(request & NUMBER)
          && between.test(from, to)) {
        netlink.execute(
            doing,
            new NetlinkMessage(XFRM_MSG_DELSA, ACKNOWLEDGE)
                .putBytes(to)
                .putInt(0)
                .putShort(Calls.AF_INET6)
                .putByte(header)
                .putByte(0)
                .attribute(XFRMA_SRCADDR, from));
      }
    }
  }

  @Override
  public void close() {
    netlink.close();
  }
}
