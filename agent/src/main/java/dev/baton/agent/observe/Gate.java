package dev.baton.agent.observe;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A closed gate. The host's threads wait before it; those that must not block wait half a
 * millisecond and are then sent away with "nothing now": without that, a selector that finds the
 * socket ready would come back at once and take the processor from the very handoff it waits for.
 * It opens once; the next closing is another gate.
 */
class Gate {
  private static final long PATIENCE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  private final boolean blocking;
  private final CountDownLatch open = new CountDownLatch(1);

  /**
   * @param blocking whether the descriptor is in blocking mode
   */
  Gate(boolean blocking) {
    this.blocking = blocking;
  }

  boolean blocking() {
    return blocking;
  }

  /**
   * Waits before the gate as the descriptor's mode allows. An interrupt is kept for the host, which
   * has to see it.
   *
   * @return whether it is open
   */
  boolean pass() {
    if (blocking) {
      await();
      return true;
    }
    return await(PATIENCE_NANOS);
  }

  /** Waits so long at most; returns whether it is open. An interrupt is kept, and ends the wait. */
  final boolean await(long nanos) {
    try {
      return open.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits until the gate opens, whatever the mode. */
  void await() {
    boolean interrupted = false;
    while (true) {
      try {
        open.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void open() {
    open.countDown();
  }
}
