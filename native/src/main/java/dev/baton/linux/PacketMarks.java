package dev.baton.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a peer marks its packets for those who carry and serve them.
 *
 * @param trafficClass the IPv6 traffic class or IPv4 type of service, 0 to 255 (RFC 2474)
 * @param flowLabel the IPv6 flow label, 20 bits; 0 for IPv4 and for none (RFC 6437)
 */
public record PacketMarks(int trafficClass, int flowLabel) {
  /** What packets carry that are not marked. */
  public static final PacketMarks NONE = new PacketMarks(0, 0);

  private static final int CONTROL_ROOM = 256;

  /** {@code struct cmsghdr} on 64-bit Linux: length, level, type. */
  private static final int CMSG_HEADER = 16;

  private static final int CMSG_TYPE = 12;
  private static final int IP_TOS = 1;
  private static final int FLOW_LABEL_BITS = 20;
  private static final int TRAFFIC_CLASS = 0xff;

  /**
   * Asks the kernel, which remembers the marks of the packet that completed the handshake (in
   * {@code rcv_tos} and {@code rcv_flowinfo}) and tells them to those who want to receive them: so
   * that is switched on for the moment of the question.
   */
  static PacketMarks received(int fd, boolean ipv4) throws LinuxException {
    Option wish = ipv4 ? Option.IP_RECVTOS : Option.IPV6_FLOWINFO;
    boolean wished = RawSocket.isSet(fd, wish);
    if (!wished) {
      RawSocket.set(fd, wish, true);
    }
    try {
      return ipv4 ? ofIpv4(fd) : ofIpv6(fd);
    } finally {
      if (!wished) {
        RawSocket.set(fd, wish, false);
      }
    }
  }

  private static PacketMarks ofIpv4(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    int length = RawSocket.get(fd, Option.IP_PKTOPTIONS, scratch, CONTROL_ROOM);
    int at = find(scratch.memory(), length, IP_TOS);
    return at < 0 ? NONE : new PacketMarks(scratch.memory().getInt(at) & TRAFFIC_CLASS, 0);
  }

  /** In network order: four bits of version, eight of traffic class, twenty of flow label. */
  private static PacketMarks ofIpv6(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    int length = RawSocket.get(fd, Option.IPV6_2292PKTOPTIONS, scratch, CONTROL_ROOM);
    int at = find(scratch.memory(), length, Option.IPV6_FLOWINFO.number);
    if (at < 0) {
      return NONE;
    }
    int info = scratch.memory().getInt(at);
    if (scratch.memory().order() == ByteOrder.LITTLE_ENDIAN) {
      info = Integer.reverseBytes(info);
    }
    return new PacketMarks(
        (info >>> FLOW_LABEL_BITS) & TRAFFIC_CLASS, info & ((1 << FLOW_LABEL_BITS) - 1));
  }

  /** Where the data of a control message is; −1 if there is none of that type. */
  private static int find(ByteBuffer control, int length, int type) {
    int at = 0;
    while (at + CMSG_HEADER < length) {
      long size = control.getLong(at);
      if (control.getInt(at + CMSG_TYPE) == type) {
        return at + CMSG_HEADER;
      }
      at += (int) Math.max(CMSG_HEADER, (size + Long.BYTES - 1) & -Long.BYTES);
    }
    return -1;
  }
}
