package dev.baton.anycast.host;

import dev.baton.anycast.Threads;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Has something done when its time has come, by a thread of its own. The thread is in the network
 * namespace of the one that made it.
 */
final class Ticker implements AutoCloseable {

  private final LongSupplier tick;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Calls it at once for the first time.
   *
   * @param name of the thread
   * @param tick does what is due, and returns when to be called again, as {@link System#nanoTime};
   *     must not throw
   */
  Ticker(String name, LongSupplier tick) {
    this.tick = tick;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!closed) {
      long left = tick.getAsLong() - System.nanoTime();
      if (left > 0 && !closed) {
        LockSupport.parkNanos(this, left); // not at all if somebody has woken us meanwhile
      }
    }
  }

  /** Something may be due earlier than was said. Never waits; any thread may call it. */
  void wake() {
    LockSupport.unpark(thread);
  }

  /** Ends after what is being done now. Must not be called by what is done. */
  @Override
  public void close() {
    closed = true;
    wake();
    Threads.join(thread);
  }
}
