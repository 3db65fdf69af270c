package dev.baton.examples;

import java.nio.ByteBuffer;

/**
 * What a client of a {@link NumberServer} gets: lines of 16 bytes, numbered from 0. Any part of it
 * can be made without the rest.
 */
final class Numbers {
  private static final int LINE = 16;

  /** Most that is made at one time. */
  private static final int PIECE = 64 << 10;

  private Numbers() {}

  /** The bytes from one offset to another, or as many of them as are made at one time. */
  static ByteBuffer between(long from, long to) {
    int length = (int) Math.min(PIECE, to - from);
    int skip = (int) (from % LINE);
    byte[] bytes = new byte[(skip + length + LINE - 1) / LINE * LINE];
    for (int at = 0; at < bytes.length; at += LINE) {
      long number = from / LINE + at / LINE;
      for (int digit = LINE - 2; digit >= 0; digit--) {
        bytes[at + digit] = (byte) ('0' + number % 10);
        number /= 10;
      }
      bytes[at + LINE - 1] = '\n';
    }
    return ByteBuffer.wrap(bytes, skip, length);
  }
}
