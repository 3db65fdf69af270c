package dev.baton.handoff;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.Semaphore;

/**
 * Keeps the send queues that travel at one time within a part of the heap: a slow client's queue is
 * megabytes long, and a drain moves many connections at once in a JVM whose heap is the host's.
 */
final class Freight {
  /** How often a queue is in memory on its way: read, cut in two, encoded, framed. */
  private static final int COPIES = 8;

  private static final int KIB = 1 << 10;

  private final int room;
  private final Semaphore free;

  /**
   * @param heapBytes the part of the heap that may be used
   */
  Freight(long heapBytes) {
    room = (int) Math.max(1, Math.min(Integer.MAX_VALUE, heapBytes / COPIES / KIB));
    free = new Semaphore(room, true);
  }

  /** A quarter of this JVM's heap. */
  static Freight ofThisJvm() {
    return new Freight(Runtime.getRuntime().maxMemory() / 4);
  }

  /** Room for one queue. */
  interface Share extends Closeable {
    @Override
    void close();
  }

  /**
   * Waits until there is room for a queue of about this length; one that is longer than all the
   * room there is travels alone.
   *
   * @return to be closed when it has arrived
   */
  Share load(int bytes) throws IOException {
    int share = Math.min(room, bytes / KIB + 1);
    try {
      free.acquire(share);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while other connections move", e);
    }
    return () -> free.release(share);
  }
}
