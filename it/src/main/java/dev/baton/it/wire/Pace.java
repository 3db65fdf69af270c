package dev.baton.it.wire;

import java.util.concurrent.locks.LockSupport;

/**
 * How fast a client reads. May be changed from any thread while the client is reading; a client
 * that was kept waiting then reads faster until it is back on schedule.
 */
public final class Pace {

  private static final long UNLIMITED = Long.MAX_VALUE;

  private volatile long bytesPerSecond;

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
  }

  /** From now on as fast as it comes. */
  public void lift() {
    change(UNLIMITED);
  }

  /** How much to read at once: a millisecond's worth, so that reading is even. */
  int slice(int most) {
    return (int) Math.max(1, Math.min(most, bytesPerSecond / 1000));
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
    for (long left = due - System.nanoTime();
        left > 0 && bytesPerSecond == rate;
        left = due - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, 20_000_000));
    }
  }
}
