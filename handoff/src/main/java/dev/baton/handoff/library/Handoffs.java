package dev.baton.handoff.library;

import dev.baton.handoff.ApplicationHost.Outcome;
import dev.baton.handoff.Log;
import dev.baton.handoff.Node;
import dev.baton.linux.OwnSockets;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.ThreadPriority;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The handoffs that an application has asked for. They run on threads of the node: an interrupt of
 * the caller's in the middle of a handoff would close the conversation with the acceptor, and leave
 * it open whose the connection is.
 */
final class Handoffs implements Closeable {
  /** Handoffs under way at one time; the others wait for their turn, and their clients need not. */
  private static final int AT_ONCE = 32;

  private final Node node;
  private final Log log;
  private final ThreadPoolExecutor executor;
  private final Set<SocketChannel> leaving = ConcurrentHashMap.newKeySet();

  Handoffs(Node node, Log log, ThreadFactory threads) {
    this.node = node;
    this.log = log;
    this.executor =
        new ThreadPoolExecutor(
            AT_ONCE,
            AT_ONCE,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> threads.newThread(() -> runFirst(task)));
    executor.allowCoreThreadTimeOut(true);
  }

  /** A client waits for these threads, as for all others of a node. */
  private static void runFirst(Runnable task) {
    ThreadPriority.raise();
    task.run();
  }

  /**
   * Begins a handoff, as {@link AnycastNode#handoff} says.
   *
   * @return completed with a {@link HandoffException} if it is not done
   */
  CompletableFuture<HandedOff> begin(SocketChannel client, String acceptor, byte[] state) {
    if (state.length > AnycastNode.MAX_STATE) {
      throw new IllegalArgumentException(
          "a state of " + state.length + " bytes, where " + AnycastNode.MAX_STATE + " are allowed");
    }
    byte[] own = state.clone();
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return handOff(client, acceptor, own);
          } catch (HandoffException e) {
            throw new CompletionException(e);
          }
        },
        executor);
  }

  private HandedOff handOff(SocketChannel client, String acceptor, byte[] state)
      throws HandoffException {
    if (!leaving.add(client)) {
      throw new NotHandedOffException("another handoff of " + client + " is under way", null);
    }
    try (TcpConnection tcp = OwnSockets.connection(client)) {
      String what = "the connection of " + tcp.remote();
      Outcome outcome = node.handOff(tcp, acceptor, state);
      switch (outcome.fate()) {
        case THERE -> closeQuietly(client);
        case LOST -> {
          closeQuietly(client);
          throw new ConnectionLostException(
              what + " left for " + acceptor + ", which does not say that it has it" + why(outcome),
              outcome.why());
        }
        case HERE ->
            throw new NotHandedOffException(
                what + " was not handed off to " + acceptor + " and is still here" + why(outcome),
                outcome.why());
      }
      return new HandedOff(
          acceptor, Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(outcome.phases().pause())));
    } catch (HandoffException e) {
      throw e;
    } catch (IOException e) {
      throw new NotHandedOffException(client + " cannot be handed off: " + e.getMessage(), e);
    } finally {
      leaving.remove(client);
    }
  }

  private static String why(Outcome outcome) {
    return outcome.why() == null ? "" : ": " + Log.words(outcome.why());
  }

  /** Its connection has been released: to close it says nothing to the client. */
  private void closeQuietly(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      log.warn("a channel whose connection has left could not be closed", e);
    }
  }

  /** Begins no handoff any more; those that have begun go on. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
