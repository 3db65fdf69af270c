package dev.baton.anycast.path;

import java.nio.ByteBuffer;

/** The Internet checksum (RFC 1071). Sums are kept in 64 bits and folded at the end. */
final class Checksum {

  private static final long LOW = 0xffff_ffffL;

  private Checksum() {}

  /**
   * Adds up bytes as big-endian 16-bit words.
   *
   * @return far from overflowing, even if some are added
   */
  static long sum(ByteBuffer memory, int from, int length) {
    long even = 0;
    long odd = 0;
    int at = from;
    int end = from + length;
    for (; at + 16 <= end; at += 16) {
      long one = memory.getLong(at);
      long two = memory.getLong(at + 8);
      even += (one >>> 32) + (two >>> 32);
      odd += (one & LOW) + (two & LOW);
    }
    long sum = even + odd;
    for (; at + 2 <= end; at += 2) {
      sum += memory.getShort(at) & 0xffff;
    }
    if (at < end) {
      sum += (memory.get(at) & 0xff) << 8;
    }
    return sum;
  }

  /** Folds a sum, which is not negative, into 16 bits. */
  static int fold(long sum) {
    long folded = sum;
    while (folded >>> 16 != 0) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return (int) folded;
  }
}
