package dev.baton.http;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The CRC32C of a body's prefix, as far as its bytes were seen without a gap. It can be continued
 * from a value computed elsewhere.
 */
final class Digest implements Sink {
  /** CRC32C's polynomial without its leading term, bit-reversed. */
  private static final int POLYNOMIAL = 0x82F63B78;

  /** The polynomials 1 and x^8, bit-reversed. */
  private static final int ONE = 0x80000000;

  private static final int X8 = 0x00800000;

  private final CRC32C live = new CRC32C();
  private int base;
  private long baseLength;
  private long liveLength;
  private boolean broken;

  void begin() {
    begin(0, 0, false);
  }

  /**
   * Continues from a value.
   *
   * @param broken whether bytes after the first {@code length} have already been missed
   */
  void begin(int value, long length, boolean broken) {
    live.reset();
    liveLength = 0;
    base = value;
    baseLength = length;
    this.broken = broken;
  }

  @Override
  public void data(ByteBuffer source, int count) {
    if (broken) {
      source.position(source.position() + count);
      return;
    }
    int limit = source.limit();
    source.limit(source.position() + count);
    live.update(source);
    source.limit(limit);
    liveLength += count;
  }

  /** Bytes were missed: the digest covers no more than it does now. */
  void gap() {
    broken = true;
  }

  /** Decoded bytes covered, from the body's first. */
  long length() {
    return baseLength + liveLength;
  }

  int value() {
    int value = (int) live.getValue();
    return baseLength == 0 ? value : join(base, value, liveLength);
  }

  /** The CRC32C of two pieces in a row, from theirs and the length of the second. */
  static int join(int first, int second, long secondLength) {
    int shift = ONE;
    int power = X8;
    for (long n = secondLength; n > 0; n >>>= 1) {
      if ((n & 1) == 1) {
        shift = multiply(shift, power);
      }
      power = multiply(power, power);
    }
    return multiply(shift, first) ^ second;
  }

  /** The product of two polynomials over GF(2) modulo CRC32C's, all bit-reversed. */
  private static int multiply(int a, int b) {
    int product = 0;
    for (int bit = 31; bit >= 0; bit--) {
      if ((a >>> bit & 1) == 1) {
        product ^= b;
      }
      b = (b & 1) == 1 ? b >>> 1 ^ POLYNOMIAL : b >>> 1;
    }
    return product;
  }
}
