package dev.baton.it.net;

import java.nio.ByteBuffer;

/** What is done to threads here. */
final class Threads {

  private static final int SCHED_RR = 2;

  private Threads() {}

  /**
   * Gives the calling thread a processor before others that want it: a network does not wait for
   * its hosts. Says so if that is not permitted.
   */
  @SuppressWarnings("SystemOut")
  static void goFirst() {
    ByteBuffer priority = Calls.scratch().putInt(0, 1);
    if (Calls.sched_setscheduler(0, SCHED_RR, Calls.address(priority)) != 0) {
      System.err.printf(
          "%s shares processors with the hosts, times will vary: %s%n",
          Thread.currentThread().getName(),
          Calls.failure("sched_setscheduler(SCHED_RR)").getMessage());
    }
  }

  /** Waits for the end of a thread that has been told to end, also if interrupted meanwhile. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
