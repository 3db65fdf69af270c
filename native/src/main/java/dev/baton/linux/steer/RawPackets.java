package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;

/**
 * Sends whole IPv6 packets, many at a time, by the host's own routes; any source address will do.
 * They are not fragmented. Each consists of two pieces of memory, so that a long packet can be sent
 * as several short ones without being copied. Not thread-safe.
 *
 * <p>Needs CAP_NET_RAW.
 */
public final class RawPackets implements AutoCloseable {

  /** How many can be sent with one call. */
  public static final int BATCH = 64;

  /** What may be under way on this host; the kernel doubles it. */
  private static final int BUFFER = 4 << 20;

  private static final int MMSGHDR = 64;
  private static final int IOVEC = 16;
  private static final int SOCKADDR_IN6 = 32; // 28, aligned
  private static final int NAMES = BATCH * MMSGHDR;
  private static final int VECTORS = NAMES + BATCH * SOCKADDR_IN6;
  private static final int ADDRESS_AT = 8;

  /** Flow information, of which there is none: room for an option's value meanwhile. */
  private static final int FLOW = NAMES + 4;

  private static final int ANY_INTERFACE = 0;
  private static final int IPV6_XFRM_POLICY = 35;

  private final int fd;
  private final int[] interfaces;
  private final Memory memory = new Memory(VECTORS + BATCH * 2L * IOVEC);
  private final long at = Pointer.nativeValue(memory);

  private RawPackets(int fd, int[] interfaces) {
    this.fd = fd;
    this.interfaces = interfaces;
    memory.clear();
    for (int i = 0; i < BATCH; i++) {
      long message = (long) i * MMSGHDR;
      memory.setLong(message, at + NAMES + (long) i * SOCKADDR_IN6);
      memory.setInt(message + 8, 28);
      memory.setLong(message + 16, at + VECTORS + 2L * i * IOVEC);
      memory.setLong(message + 24, 2);
      memory.setShort(NAMES + (long) i * SOCKADDR_IN6, (short) Calls.AF_INET6);
    }
  }

  /**
   * @param interfaces the indices of those that {@link #sendPast} sends through
   */
  static RawPackets open(int[] interfaces) throws LinuxException {
    int fd =
        Calls.open(Calls.AF_INET6, Calls.SOCK_RAW, Calls.IPPROTO_RAW, "send whole IPv6 packets");
    RawPackets packets = new RawPackets(fd, interfaces.clone());
    packets.memory.setInt(FLOW, BUFFER);
    long value = packets.at + FLOW;
    if (Calls.setsockopt(fd, Calls.SOL_SOCKET, Calls.SO_SNDBUFFORCE, value, 4) != 0) {
      Calls.setsockopt(fd, Calls.SOL_SOCKET, Calls.SO_SNDBUF, value, 4);
    }
    packets.memory.setInt(FLOW, 0);
    return packets;
  }

  /**
   * Says what a packet of the next batch is.
   *
   * @param index less than {@link #BATCH}
   * @param high the first 64 bits of the address that decides on the route, in network order
   * @param low the others
   * @param header where the first piece is
   * @param headerLength its length
   * @param rest where the second piece is
   * @param restLength its length, or 0
   */
  public void set(
      int index, long high, long low, long header, int headerLength, long rest, int restLength) {
    long name = NAMES + (long) index * SOCKADDR_IN6 + ADDRESS_AT;
    memory.setLong(name, Addresses.networkOrder(high));
    memory.setLong(name + 8, Addresses.networkOrder(low));
    long vector = VECTORS + 2L * index * IOVEC;
    memory.setLong(vector, header);
    memory.setLong(vector + 8, headerLength);
    memory.setLong(vector + 16, rest);
    memory.setLong(vector + 24, restLength);
  }

  /**
   * Sends packets that have been set, without waiting.
   *
   * @return how many were sent, from the first on; if none, the error number the first failed with,
   *     negative
   */
  public int send(int first, int count) {
    int sent = Calls.sendmmsg(fd, at + (long) first * MMSGHDR, count, Calls.MSG_DONTWAIT);
    return sent > 0 ? sent : -Calls.errno();
  }

  /**
   * As {@link #send}, but never into a TUN device: by the routes that there are through the
   * interfaces from which packets are diverted, as if there were no others.
   */
  public int sendPast(int first, int count) {
    int sent = -Calls.ENETUNREACH;
    for (int i = 0; i < interfaces.length && sent <= 0; i++) {
      sent = only(interfaces[i]) ? send(first, count) : -Calls.errno();
    }
    only(ANY_INTERFACE);
    return sent;
  }

  /**
   * From now on what is sent here is left alone by {@code ip xfrm}: bindings, and IPsec too.
   *
   * @throws LinuxException if the kernel knows no such policies, or CAP_NET_ADMIN is missing
   */
  void passPolicies() throws LinuxException {
    byte[] policy = Xfrm.untouched();
    try (Memory value = new Memory(policy.length)) {
      value.write(0, policy, 0, policy.length);
      long its = Pointer.nativeValue(value);
      if (Calls.setsockopt(fd, Calls.IPPROTO_IPV6, IPV6_XFRM_POLICY, its, policy.length) != 0) {
        throw Calls.failure("setsockopt(IPV6_XFRM_POLICY)");
      }
    }
  }

  private boolean only(int link) {
    memory.setInt(FLOW, link);
    int done =
        Calls.setsockopt(fd, Calls.SOL_SOCKET, Calls.SO_BINDTOIFINDEX, at + FLOW, Integer.BYTES);
    memory.setInt(FLOW, 0);
    return done == 0;
  }

  @Override
  public void close() {
    Calls.close(fd);
    memory.close();
  }
}
