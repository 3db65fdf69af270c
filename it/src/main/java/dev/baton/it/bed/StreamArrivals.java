package dev.baton.it.bed;

import java.util.Arrays;

/** When which byte of a stream came. Thread-safe. */
final class StreamArrivals {

  private long[] ends = new long[1 << 12];
  private long[] times = new long[1 << 12];
  private int count;

  /**
   * Some bytes have come.
   *
   * @param end position in the stream behind the last of them
   * @param nanos on the scale of {@link System#nanoTime}
   */
  synchronized void add(long end, long nanos) {
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, 2 * count);
      times = Arrays.copyOf(times, 2 * count);
    }
    ends[count] = end;
    times[count++] = nanos;
    notifyAll();
  }

  /** How many bytes have come. */
  synchronized long received() {
    return count == 0 ? 0 : ends[count - 1];
  }

  /** Waits until a byte has come; returns whether it has before the time was over. */
  synchronized boolean await(long position, long millis) throws InterruptedException {
    long deadline = System.nanoTime() + millis * 1_000_000;
    while (received() <= position) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /**
   * How long the bytes from a position on came after those before it: 0 if they came together.
   *
   * @param position of a byte that has come
   * @return in nanoseconds
   */
  synchronized long gapNanos(long position) {
    int first = firstBeyond(position);
    boolean together = first == 0 || ends[first - 1] < position;
    return together ? 0 : times[first] - times[first - 1];
  }

  private int firstBeyond(long position) {
    int found = Arrays.binarySearch(ends, 0, count, position);
    int first = found >= 0 ? found + 1 : -found - 1;
    if (first == count) {
      throw new IllegalStateException("byte %,d has not come".formatted(position));
    }
    return first;
  }

  /** The longest time between two arrivals in a span of time, in nanoseconds. */
  synchronized long longestGapNanos(long fromNanos, long toNanos) {
    long longest = 0;
    for (int i = 1; i < count; i++) {
      if (times[i - 1] - fromNanos >= 0 && times[i] - toNanos <= 0) {
        longest = Math.max(longest, times[i] - times[i - 1]);
      }
    }
    return longest;
  }
}
