package dev.baton.http;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The raw bytes of the requests not yet answered, up to a bound. Beyond it nothing more is kept
 * until a later request begins. Positions count from the connection's first byte.
 */
final class ReplayBuffer {
  private static final int SMALL = 1 << 10;
  private static final int MAX_KEPT_IDLE = 64 << 10;

  private final int max;
  private byte[] bytes = new byte[SMALL];
  private int from;
  private int to;

  /** The position of {@code bytes[from]}. */
  private long start;

  private boolean full;

  ReplayBuffer(int max) {
    this.max = max;
  }

  /**
   * A request begins at {@code position}: if earlier ones were too long, keep at least this one.
   */
  void requestBegins(long position) {
    if (full) {
      from = 0;
      to = 0;
      start = position;
      full = false;
    }
  }

  /** The request in progress will never be replayed: keep nothing more of it. */
  void stop() {
    full = true;
  }

  /** Keeps {@code source[at, at + count)}; the buffer's position does not move. */
  void append(ByteBuffer source, int at, int count) {
    if (hasRoom(count)) {
      source.get(at, bytes, to, count);
      to += count;
    }
  }

  /** Keeps {@code source[at, at + count)}. */
  void append(byte[] source, int at, int count) {
    if (hasRoom(count)) {
      System.arraycopy(source, at, bytes, to, count);
      to += count;
    }
  }

  /** Makes room; false if there is nothing more to be kept. */
  private boolean hasRoom(int count) {
    if (full) {
      return false;
    }
    if (count > max - (to - from)) {
      full = true;
      return false;
    }
    if (count > bytes.length - to) {
      makeRoom(count);
    }
    return true;
  }

  private void makeRoom(int count) {
    int length = to - from;
    byte[] target = bytes;
    if (count > bytes.length - length) {
      long wanted = Math.max(bytes.length * 2L, (long) length + count);
      target = new byte[(int) Math.min(Math.max(max, SMALL), wanted)];
    }
    System.arraycopy(bytes, from, target, 0, length);
    bytes = target;
    from = 0;
    to = length;
  }

  /** The bytes before {@code position} are answered. */
  void forget(long position) {
    long gone = position - start;
    if (gone >= to - from) {
      from = 0;
      to = 0;
      start = position;
      if (bytes.length > MAX_KEPT_IDLE) {
        bytes = new byte[SMALL];
      }
    } else if (gone > 0) {
      from += (int) gone;
      start = position;
    }
  }

  /** Whether every byte from {@code position} to the last read is here. */
  boolean holdsFrom(long position) {
    return !full && start <= position;
  }

  /** What is here from {@code position} on. */
  byte[] copy(long position) {
    return Arrays.copyOfRange(bytes, from + (int) (position - start), to);
  }

  /**
   * The first line of what is here if that starts at {@code position}, without CRLF; else empty.
   */
  byte[] firstLine(long position) {
    if (start != position) {
      return new byte[0];
    }
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\r') {
        return Arrays.copyOfRange(bytes, from, i);
      }
    }
    return new byte[0];
  }
}
