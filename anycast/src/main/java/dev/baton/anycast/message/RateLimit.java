package dev.baton.anycast.message;

import java.util.concurrent.TimeUnit;

/** How often something may be said to strangers: a number a second, not saved up for longer. */
public final class RateLimit {

  private final int perSecond;
  private double available;
  private long lastNanos;

  /**
   * @param perSecond how often in a second, at least 1
   * @param nowNanos the time
   */
  public RateLimit(int perSecond, long nowNanos) {
    this.perSecond = perSecond;
    this.available = perSecond;
    this.lastNanos = nowNanos;
  }

  /** Whether it may be said now; it counts as said then. */
  public boolean allows(long nowNanos) {
    double seconds = (double) (nowNanos - lastNanos) / TimeUnit.SECONDS.toNanos(1);
    available = Math.min(perSecond, available + seconds * perSecond);
    lastNanos = nowNanos;
    if (available < 1) {
      return false;
    }
    available--;
    return true;
  }
}
