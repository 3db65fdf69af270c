package dev.baton.it.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The times a client stood in {@code read} with nothing to read: what a pause of the server looks
 * like from outside. Thread-safe.
 */
public final class Waits {

  /** Shorter ones are the cost of the call and not kept, in nanoseconds. */
  private static final long WORTH_KEEPING = 100_000;

  private long[] ends = new long[256];
  private long[] durations = new long[256];
  private int count;

  synchronized void add(long endNanos, long durationNanos) {
    if (durationNanos < WORTH_KEEPING) {
      return;
    }
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, 2 * count);
      durations = Arrays.copyOf(durations, 2 * count);
    }
    ends[count] = endNanos;
    durations[count++] = durationNanos;
  }

  /** The longest of all, in nanoseconds; 0 if none was worth keeping. */
  public synchronized long longestNanos() {
    return Arrays.stream(durations, 0, count).max().orElse(0);
  }

  /**
   * The longest that overlaps a span of time.
   *
   * @param fromNanos on the scale of {@link System#nanoTime}
   * @param toNanos on the same scale
   * @return in nanoseconds; 0 if none was worth keeping
   */
  public synchronized long longestNanosBetween(long fromNanos, long toNanos) {
    long longest = 0;
    for (int i = 0; i < count; i++) {
      if (ends[i] - fromNanos >= 0 && ends[i] - durations[i] - toNanos <= 0) {
        longest = Math.max(longest, durations[i]);
      }
    }
    return longest;
  }

  /**
   * The first of some length that ends after a point in time.
   *
   * @param fromNanos on the scale of {@link System#nanoTime}
   * @param atLeastNanos shorter ones do not count
   * @return null if there was none
   */
  public synchronized @Nullable Wait firstAfter(long fromNanos, long atLeastNanos) {
    for (int i = 0; i < count; i++) {
      if (ends[i] - fromNanos >= 0 && durations[i] >= atLeastNanos) {
        return new Wait(ends[i], durations[i]);
      }
    }
    return null;
  }

  /**
   * One wait.
   *
   * @param endNanos on the scale of {@link System#nanoTime}
   * @param nanos how long it was
   */
  public record Wait(long endNanos, long nanos) {}
}
