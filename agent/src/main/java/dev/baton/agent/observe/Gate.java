package dev.baton.agent.observe;

import java.util.concurrent.CountDownLatch;

/**
 * A closed gate. The host's threads wait before it, or are sent away with "nothing now" when their
 * descriptor is a non-blocking one. It opens once; the next closing is another gate.
 */
final class Gate {
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

  /** Waits until the gate opens. An interrupt is kept for the host, which has to see it. */
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
