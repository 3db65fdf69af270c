package dev.baton.it.net;

import java.nio.ByteBuffer;

/**
 * An IPv4 or IPv6 packet on its way through the router, in memory outside the heap that serves one
 * packet after the other. For one thread.
 */
final class Packet {

  /** Room for one, in bytes. */
  static final int ROOM = 2048;

  static final int V4_HEADER = 20;
  static final int V6_HEADER = 40;

  /** The packet from byte 0 on, in network byte order. */
  final ByteBuffer memory;

  /** Where that is. */
  final long address;

  /** Bytes of {@link #memory} that are the packet. */
  int length;

  /** Where it came from and where it goes. */
  Passage passage = Passage.NOWHERE;

  /** Which of the passage's lanes it is in. */
  int stage;

  Packet(ByteBuffer memory, long address) {
    this.memory = memory;
    this.address = address;
  }

  /** Becomes the same packet at the same place of its way. */
  void copy(Packet original) {
    memory.put(0, original.memory, 0, original.length);
    length = original.length;
    passage = original.passage;
    stage = original.stage;
  }

  boolean isV6() {
    return version() == 6;
  }

  private int version() {
    return (memory.get(0) >> 4) & 0xf;
  }

  /** Whether this is one whole packet that may leave its link. */
  boolean isForwardable() {
    return switch (version()) {
      case 4 ->
          length >= V4_HEADER
              && Short.toUnsignedInt(memory.getShort(2)) == length
              && isGlobalV4(memory.getInt(12))
              && isGlobalV4(memory.getInt(16));
      case 6 ->
          length >= V6_HEADER
              && Short.toUnsignedInt(memory.getShort(4)) == length - V6_HEADER
              && isGlobalV6(8)
              && isGlobalV6(24);
      default -> false;
    };
  }

  /** Not a host's or link's own, not a group. */
  private static boolean isGlobalV4(int address) {
    int first = address >>> 24;
    return first != 0 && first != 127 && first < 224 && address >>> 16 != ((169 << 8) | 254);
  }

  private boolean isGlobalV6(int at) {
    int start = Short.toUnsignedInt(memory.getShort(at));
    boolean group = start >> 8 == 0xff;
    boolean linkLocal = (start & 0xffc0) == 0xfe80;
    boolean hostsOwn = memory.getLong(at) == 0 && memory.getLong(at + 8) >>> 1 == 0;
    return !group && !linkLocal && !hostsOwn;
  }

  /** The first half of the destination, as {@link Prefix} counts. */
  long destinationHigh() {
    return isV6() ? memory.getLong(24) : 0;
  }

  /** The second half of the destination, as {@link Prefix} counts. */
  long destinationLow() {
    return isV6() ? memory.getLong(32) : Prefix.mapped(memory.getInt(16));
  }

  /**
   * Takes one off the hop limit or time to live.
   *
   * @return false, and the packet is as it was, if it may go no further
   */
  boolean hop() {
    int place = isV6() ? 7 : 8;
    int left = Byte.toUnsignedInt(memory.get(place));
    if (left <= 1) {
      return false;
    }
    memory.put(place, (byte) (left - 1));
    if (!isV6()) {
      // RFC 1624: one less in the upper half of a word is so much more in the checksum.
      int sum = Short.toUnsignedInt(memory.getShort(10)) + 0x100;
      memory.putShort(10, (short) (sum + (sum >> 16)));
    }
    return true;
  }

  /** The Internet checksum of a part of this, begun with {@code start}. */
  short checksum(long start, int from, int to) {
    long sum = start;
    for (int i = from; i + 1 < to; i += 2) {
      sum += Short.toUnsignedInt(memory.getShort(i));
    }
    if ((to - from) % 2 == 1) {
      sum += (long) Byte.toUnsignedInt(memory.get(to - 1)) << 8;
    }
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (short) ~sum;
  }
}
