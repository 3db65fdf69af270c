package dev.baton.handoff.library;

import dev.baton.linux.TcpConnection;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Ends connections in the way that loses nothing: ours is said to be all, the client's rest is
 * thrown away, and only when both sides have ended the socket is closed. A plain close resets a
 * connection on which something is unread, and what the client has not got yet is lost with that.
 */
final class Farewells implements Closeable {
  private static final long LOOK_MILLIS = 10;

  /** How long a client may take to get the rest and to end its side. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final ThreadPoolExecutor executor;
  private final Executor later;
  private final Set<TcpConnection> underWay = ConcurrentHashMap.newKeySet();
  private final ByteBuffer unwanted = ByteBuffer.allocateDirect(64 << 10);

  /**
   * @param threads makes the one thread there is at a time
   */
  Farewells(ThreadFactory threads) {
    executor =
        new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
    executor.allowCoreThreadTimeOut(true);
    later = CompletableFuture.delayedExecutor(LOOK_MILLIS, TimeUnit.MILLISECONDS, executor);
  }

  /**
   * Ends a connection.
   *
   * @param tcp live; owned by this object from now on
   * @param over run when the connection is over, or its client's time is up
   */
  void begin(TcpConnection tcp, Runnable over) throws IOException {
    tcp.shutdownOutput();
    underWay.add(tcp);
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    executor.execute(() -> look(tcp, over, deadline));
  }

  private void look(TcpConnection tcp, Runnable over, long deadline) {
    boolean done;
    try {
      done = isOver(tcp) || System.nanoTime() > deadline;
    } catch (IOException | IllegalStateException e) {
      done = true; // the client has reset it, or this has been closed
    }
    if (!done) {
      later.execute(() -> look(tcp, over, deadline));
      return;
    }
    underWay.remove(tcp);
    tcp.close();
    over.run();
  }

  private boolean isOver(TcpConnection tcp) throws IOException {
    int read;
    do {
      read = tcp.read(unwanted.clear());
    } while (read > 0);
    return read == 0 && tcp.queued() == 0;
  }

  /** Leaves the rest to the kernel. */
  @Override
  public void close() {
    executor.shutdown();
    underWay.forEach(TcpConnection::close);
  }
}
