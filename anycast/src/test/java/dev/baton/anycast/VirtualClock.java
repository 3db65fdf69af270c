package dev.baton.anycast;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Time that passes when a test says so. */
public final class VirtualClock implements LongSupplier {

  // Close to where it runs over, which System.nanoTime may do at any time.
  private long nanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);

  @Override
  public long getAsLong() {
    return nanos;
  }

  public void seconds(double seconds) {
    nanos += (long) (seconds * TimeUnit.SECONDS.toNanos(1));
  }

  public void advanceTo(long nanos) {
    this.nanos = nanos;
  }
}
