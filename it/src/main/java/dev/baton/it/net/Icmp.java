package dev.baton.it.net;

import java.net.Inet4Address;
import java.net.Inet6Address;

/**
 * What the router tells the sender of a packet it does not forward.
 *
 * @param ipv6 who tells it, over IPv6
 * @param ipv4 who tells it, over IPv4
 */
record Icmp(Inet6Address ipv6, Inet4Address ipv4) {

  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;
  private static final int HEADER = 8;
  private static final int HOPS = 64;
  private static final int ECHO_REPLY = 0;
  private static final int ECHO = 8;
  private static final int DO_NOT_FRAGMENT = 0x4000;
  private static final int FRAGMENT_OFFSET = 0x1fff;

  /** The most an error over IPv6 may have, RFC 4443 §2.4(c). */
  private static final int V6_MOST = 1280;

  /** The most an error over IPv4 may have, RFC 1812 §4.3.2.3. */
  private static final int V4_MOST = 576;

  /** Writes Time Exceeded about a packet; returns whether there is anything to be told. */
  boolean timeExceeded(Packet about, Packet answer) {
    return about.isV6() ? overV6(3, 0, about, answer) : overV4(11, 0, 0, about, answer);
  }

  /**
   * Writes Packet Too Big, or Fragmentation Needed, about a packet; returns whether there is
   * anything to be told.
   *
   * @param mtu the largest packet that would pass, in bytes
   */
  boolean tooBig(Packet about, int mtu, Packet answer) {
    if (about.isV6()) {
      return overV6(2, mtu, about, answer);
    }
    return (about.memory.getShort(6) & DO_NOT_FRAGMENT) != 0 && overV4(3, 4, mtu, about, answer);
  }

  private boolean overV6(int type, int word, Packet about, Packet answer) {
    int itsProtocol = about.memory.get(6);
    int itsType = about.memory.get(Packet.V6_HEADER);
    if (itsProtocol == ICMPV6 && itsType >= 0) {
      return false; // No errors about errors; their types are below 128.
    }
    int quoted = Math.min(about.length, V6_MOST - Packet.V6_HEADER - HEADER);
    int payload = HEADER + quoted;
    answer.length = Packet.V6_HEADER + payload;
    answer.memory.putInt(0, 6 << 28);
    answer.memory.putShort(4, (short) payload);
    answer.memory.put(6, (byte) ICMPV6);
    answer.memory.put(7, (byte) HOPS);
    answer.memory.put(8, ipv6.getAddress());
    answer.memory.put(24, about.memory, 8, 16);
    message(answer, Packet.V6_HEADER, type, 0, word, about, quoted);
    // The pseudo-header is both addresses, which lie just before the message, length and protocol.
    answer.memory.putShort(
        Packet.V6_HEADER + 2, answer.checksum((long) payload + ICMPV6, 8, answer.length));
    return true;
  }

  private boolean overV4(int type, int code, int word, Packet about, Packet answer) {
    int itsHeader = (about.memory.get(0) & 0xf) * 4;
    int itsType = about.memory.get(itsHeader);
    boolean error = about.memory.get(9) == ICMP && itsType != ECHO && itsType != ECHO_REPLY;
    if (error || (about.memory.getShort(6) & FRAGMENT_OFFSET) != 0) {
      return false; // No errors about errors, nor about any but a first fragment.
    }
    int quoted = Math.min(about.length, V4_MOST - Packet.V4_HEADER - HEADER);
    answer.length = Packet.V4_HEADER + HEADER + quoted;
    answer.memory.putInt(0, (4 << 28) | ((Packet.V4_HEADER / 4) << 24) | answer.length);
    answer.memory.putInt(4, 0);
    answer.memory.putInt(8, (HOPS << 24) | (ICMP << 16));
    answer.memory.put(12, ipv4.getAddress());
    answer.memory.putInt(16, about.memory.getInt(12));
    answer.memory.putShort(10, answer.checksum(0, 0, Packet.V4_HEADER));
    message(answer, Packet.V4_HEADER, type, code, word, about, quoted);
    answer.memory.putShort(
        Packet.V4_HEADER + 2, answer.checksum(0, Packet.V4_HEADER, answer.length));
    return true;
  }

  private static void message(
      Packet answer, int at, int type, int code, int word, Packet about, int quoted) {
    answer.memory.putInt(at, (type << 24) | (code << 16));
    answer.memory.putInt(at + 4, word);
    answer.memory.put(at + HEADER, about.memory, 0, quoted);
  }
}
