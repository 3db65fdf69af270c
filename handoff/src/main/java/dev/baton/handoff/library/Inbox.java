package dev.baton.handoff.library;

import dev.baton.handoff.wire.RefusedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Where connections that have come meet those who receive them. Room is reserved before a
 * connection leaves its donor, so that it never comes to where there is none. Nobody sends
 * connections to an application that has never asked for one.
 */
final class Inbox implements Closeable {
  /** Connections that have come and that nobody has received yet; as for {@code listen(2)}. */
  private static final int BACKLOG = 128;

  private final Executor delivery;
  private final Deque<Received> waiting = new ArrayDeque<>();
  private final Deque<CompletableFuture<Received>> receivers = new ArrayDeque<>();
  private boolean opened;
  private boolean closed;
  private int reserved;

  /**
   * @param delivery runs what receivers do with what they get
   */
  Inbox(Executor delivery) {
    this.delivery = delivery;
  }

  /**
   * Reserves room for one connection, until {@link #put} or {@link #release}.
   *
   * @throws RefusedException if there is none, or nobody receives
   */
  synchronized void reserve() throws IOException {
    if (!opened || closed) {
      throw new RefusedException("the application here receives no connections");
    }
    if (waiting.size() + reserved >= BACKLOG + receivers.size()) {
      throw new RefusedException(
          waiting.size() + " connections wait for the application here to receive them already");
    }
    reserved++;
  }

  /** Gives reserved room back. */
  synchronized void release() {
    reserved--;
  }

  /** A connection has come, into room that was reserved. */
  void put(Received received) throws IOException {
    synchronized (this) {
      reserved--;
    }
    deliver(received);
  }

  /**
   * Receives the next connection.
   *
   * @return completed when there is one; exceptionally at {@link #close}. Whoever does not want it
   *     any more cancels it, and the connection waits for the next
   */
  CompletableFuture<Received> next() {
    CompletableFuture<Received> receiver = new CompletableFuture<>();
    synchronized (this) {
      opened = true;
      if (closed) {
        receiver.completeExceptionally(new ClosedChannelException());
        return receiver;
      }
      Received first = waiting.poll();
      if (first != null) {
        receiver.complete(first);
      } else {
        receivers.removeIf(CompletableFuture::isDone);
        receivers.add(receiver);
      }
    }
    return receiver;
  }

  private void deliver(Received received) throws IOException {
    CompletableFuture<Received> receiver;
    synchronized (this) {
      receiver = closed ? null : receivers.poll();
      if (receiver == null && !closed) {
        waiting.add(received);
        return;
      }
    }
    if (receiver == null) {
      received.channel().close();
      return;
    }
    delivery.execute(
        () -> {
          if (!receiver.complete(received)) {
            redeliver(received);
          }
        });
  }

  /** A connection that was received and not looked at waits for the next who receives. */
  void putBack(Received received) throws IOException {
    deliver(received);
  }

  private void redeliver(Received received) {
    try {
      deliver(received);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Ends the connections that nobody has received. */
  @Override
  public void close() throws IOException {
    List<Received> left;
    List<CompletableFuture<Received>> disappointed;
    synchronized (this) {
      closed = true;
      left = new ArrayList<>(waiting);
      waiting.clear();
      disappointed = new ArrayList<>(receivers);
      receivers.clear();
    }
    disappointed.forEach(receiver -> receiver.completeExceptionally(new ClosedChannelException()));
    for (Received received : left) {
      received.channel().close();
    }
  }
}
