package dev.baton.anycast;

/** What is done to threads here. */
public final class Threads {

  private Threads() {}

  /** Waits for the end of a thread that has been told to end, also if interrupted meanwhile. */
  public static void join(Thread thread) {
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
