package dev.baton.it.wire;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A response being received by a thread of its own, while the test does something to the server.
 */
public final class Download {

  private static final long PATIENCE_SECONDS = 60;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final FutureTask<Reply> task;
  private final Request request;
  private long received;
  private volatile long endNanos;

  private Download(ClientConnection connection, Request request, ExpectedBody expected) {
    this.request = request;
    this.task =
        new FutureTask<>(() -> connection.receive(request, expected, this::progress)) {
          @Override
          protected void done() {
            endNanos = System.nanoTime();
            signal(received());
          }
        };
  }

  /** Sends the request and begins to receive. */
  public static Download start(ClientConnection connection, Request request, ExpectedBody expected)
      throws IOException {
    connection.send(request);
    return receive(connection, request, expected);
  }

  /** Begins to receive the answer to a request that was sent already. */
  public static Download receive(
      ClientConnection connection, Request request, ExpectedBody expected) {
    Download download = new Download(connection, request, expected);
    Thread thread = new Thread(download.task, "client " + request);
    thread.setDaemon(true);
    thread.start();
    return download;
  }

  private void progress(long position) {
    signal(position);
  }

  private void signal(long position) {
    lock.lock();
    try {
      received = position;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Body bytes received so far. */
  public long received() {
    lock.lock();
    try {
      return received;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the response has been received whole, or has failed. */
  public boolean isOver() {
    return task.isDone();
  }

  /** When it was over, on the scale of {@link System#nanoTime}; only after {@link #finish}. */
  public long endNanos() {
    return endNanos;
  }

  /**
   * Waits until so many body bytes have arrived.
   *
   * @throws IOException if the response ended, well or badly, before that
   */
  public void awaitReceived(long bytes) throws IOException, InterruptedException {
    long left = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    lock.lock();
    try {
      while (received < bytes) {
        if (task.isDone()) {
          break;
        }
        left = changed.awaitNanos(left);
        if (left <= 0) {
          throw new IOException("%s: only %,d bytes of %,d".formatted(request, received, bytes));
        }
      }
    } finally {
      lock.unlock();
    }
    if (received() < bytes) {
      Reply reply = finish();
      throw new IOException("%s was over before byte %,d: %s".formatted(request, bytes, reply));
    }
  }

  /**
   * Waits for the end.
   *
   * @throws IOException what went wrong with the response
   */
  public Reply finish() throws IOException, InterruptedException {
    try {
      return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(
          "%s failed after %,d body bytes: %s".formatted(request, received(), e.getCause()),
          e.getCause());
    } catch (TimeoutException | CancellationException e) {
      throw new IOException("%s hangs at %,d body bytes".formatted(request, received()), e);
    }
  }

  @Override
  public String toString() {
    String state = "under way";
    if (task.isDone()) {
      try {
        state = "over, " + task.get();
      } catch (ExecutionException e) {
        state = "failed, " + e.getCause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return "%s at %,d body bytes: %s".formatted(request, received(), state);
  }
}
