package dev.baton.it.wire;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How fast a client reads. May be changed from any thread while the client is reading; a client
 * that was kept waiting then reads faster until it is back on schedule.
 */
public final class Pace {

  private static final long UNLIMITED = Long.MAX_VALUE;

  private static final int SMALL = 4 << 10;
  private static final int TINY = 1 << 10;

  private volatile long bytesPerSecond;
  private volatile @Nullable Thread waiting;

  // What follows is the reader's: the schedule since the rate was last changed.
  private long scheduledRate;
  private long startNanos;
  private long sinceStart;

  private Pace(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** As fast as it comes. */
  public static Pace unlimited() {
    return new Pace(UNLIMITED);
  }

  /** At a steady rate. */
  public static Pace bytesPerSecond(long rate) {
    return new Pace(rate);
  }

  /** From now on at this rate. */
  public void change(long newBytesPerSecond) {
    bytesPerSecond = newBytesPerSecond;
    LockSupport.unpark(waiting);
  }

  /** From now on as fast as it comes. */
  public void lift() {
    change(UNLIMITED);
  }

  /**
   * How much to read at once, so that reading is even: a millisecond's worth, or up to {@link
   * #SMALL} of twenty, or {@link #TINY}, because a hundred slow clients that wake up every
   * millisecond are busier than their servers.
   */
  int slice(int most) {
    long rate = bytesPerSecond;
    long slice = Math.max(rate / 1000, Math.max(TINY, Math.min(SMALL, rate / 50)));
    return (int) Math.max(1, Math.min(most, slice));
  }

  /** Waits until it is time to read on after {@code n} more bytes. */
  void consumed(int n) {
    long rate = bytesPerSecond;
    if (rate == UNLIMITED) {
      return;
    }
    if (rate != scheduledRate) {
      scheduledRate = rate;
      startNanos = System.nanoTime();
      sinceStart = 0;
    }
    sinceStart += n;
    long due = startNanos + (long) (sinceStart * 1e9 / rate);
    waiting = Thread.currentThread();
    for (long left = due - System.nanoTime();
        left > 0 && bytesPerSecond == rate;
        left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    waiting = null;
  }
}
