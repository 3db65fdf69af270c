package dev.baton.http;

import java.util.Arrays;

/**
 * The requests not yet answered whose header sections are complete, the oldest first: where each
 * starts and ends, and the flags of {@link RequestHeader}. A ring of numbers, so that a request
 * costs no object.
 */
final class RequestQueue {
  private static final int MAX = 1 << 12;
  private static final long OPEN = -1;

  private long[] starts = new long[4];
  private long[] ends = new long[4];
  private int[] flags = new int[4];
  private int first;
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  /** Adds a request whose end is not known yet. */
  void add(long start, int requestFlags) throws Unparsable {
    if (size == starts.length) {
      grow();
    }
    int at = index(size++);
    starts[at] = start;
    ends[at] = OPEN;
    flags[at] = requestFlags;
  }

  private void grow() throws Unparsable {
    if (size == MAX) {
      throw new Unparsable("more than " + MAX + " requests waiting for an answer");
    }
    long[] oldStarts = starts;
    long[] oldEnds = ends;
    int[] oldFlags = flags;
    starts = Arrays.copyOf(oldStarts, size * 2);
    ends = Arrays.copyOf(oldEnds, size * 2);
    flags = Arrays.copyOf(oldFlags, size * 2);
    for (int i = 0; i < size; i++) {
      int from = (first + i) & (size - 1);
      starts[i] = oldStarts[from];
      ends[i] = oldEnds[from];
      flags[i] = oldFlags[from];
    }
    first = 0;
  }

  /** The newest request has been read completely. */
  void closeLast(long end) {
    ends[index(size - 1)] = end;
  }

  void removeFirst() {
    first = (first + 1) & (starts.length - 1);
    size--;
  }

  void clear() {
    size = 0;
  }

  long firstStart() {
    return starts[first];
  }

  /** The position after the oldest request's last byte; only if {@link #firstComplete()}. */
  long firstEnd() {
    return ends[first];
  }

  boolean firstComplete() {
    return ends[first] != OPEN;
  }

  boolean firstHas(int flag) {
    return (flags[first] & flag) != 0;
  }

  /** The flags any request in the queue has. */
  int anyFlags() {
    int any = 0;
    for (int i = 0; i < size; i++) {
      any |= flags[index(i)];
    }
    return any;
  }

  private int index(int i) {
    return (first + i) & (starts.length - 1);
  }
}
