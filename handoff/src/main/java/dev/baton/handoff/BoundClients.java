package dev.baton.handoff;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.node.Activation;
import dev.baton.anycast.node.MobileNode;
import dev.baton.anycast.node.Move;
import dev.baton.anycast.node.NotBoundException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The clients that send to this node because they were told its address, and what is known of those
 * that cannot be told.
 *
 * <p>Thread-safe. What becomes of a client is learnt on the data path's thread, which does not
 * wait.
 */
final class BoundClients {

  /** How long a handoff waits, while the donor still serves, for a client that does not answer. */
  private static final long TEST_MILLIS = 1_000;

  /** How long a connection waits, frozen, for the client's acknowledgement: one repetition. */
  private static final long BOUND_MILLIS = 1_200;

  /** How long a client that has no Mobile IPv6 is not asked again. */
  private static final long WITHOUT_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** The same for one that is only silent: it may be the way there. */
  private static final long SILENT_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** More of them are not remembered. */
  private static final int MOST_WITHOUT = 1 << 14;

  /** A client that has no connection here for so long goes back to the contact node. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** No handoff takes so long from {@code Prepare} to {@code Init}. */
  private static final long ABANDONED_NANOS = TimeUnit.MINUTES.toNanos(2);

  private static final long LEAVE_MILLIS = 1_000;

  private static final long BUSY = 0;

  /** A client of one contact address. */
  record Client(Ip6 contact, Ip6 address) {
    static Client of(Flow flow) {
      return new Client(Ip6.of(flow.server().getAddress()), Ip6.of(flow.client().getAddress()));
    }
  }

  /** Return routability with a client, and since when. */
  private record Test(CompletableFuture<Void> done, long sinceNanos) {}

  private final MobilePremises premises;
  private final Activation activation;
  private final Log log;
  private final LongAdder bound = new LongAdder();
  private final LongAdder tunnelled = new LongAdder();
  private final Map<Client, Test> tests = new ConcurrentHashMap<>();

  /** Who has no Mobile IPv6, and until when that is taken for granted. */
  private final Map<Ip6, Long> without = new ConcurrentHashMap<>();

  /** Whose binding is this node's, and since when it has had no connection here. */
  private final Map<Client, Long> clients = new ConcurrentHashMap<>();

  /**
   * @param premises stays the caller's
   * @param activation when a connection goes on whose client is being bound
   */
  BoundClients(MobilePremises premises, Activation activation, Log log) {
    this.premises = premises;
    this.activation = activation;
    this.log = log;
    premises.tells(this::ended);
  }

  /** What became of the clients of connections that came here. */
  NodeInfo.Mobility counters() {
    return new NodeInfo.Mobility(bound.sum(), tunnelled.sum());
  }

  /** A client's part in its contact address, on this node. */
  MobileNode node(Client client) {
    return premises.at(client.contact);
  }

  /** Whether a client sends all its packets here. */
  boolean includes(Client client) {
    return clients.containsKey(client);
  }

  /** Begins return routability with a client that may come. */
  void expect(Client client) {
    if (isWithout(client.address)) {
      return;
    }
    try {
      CompletableFuture<Void> test = node(client).prepare(client.address).toCompletableFuture();
      tests.put(client, new Test(test, System.nanoTime()));
      CompletableFuture<Void> unused = test.whenComplete((done, failure) -> learn(client, failure));
    } catch (IllegalStateException e) {
      log.complaints().once("no more clients can be bound to this node: " + Log.words(e));
    }
  }

  /** Waits, not for long, until it is known whether a client can follow. */
  void awaitTest(Client client) {
    Test test = tests.get(client);
    if (test == null) {
      return;
    }
    try {
      test.done.get(TEST_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      return; // learnt already
    } catch (TimeoutException e) {
      tests.remove(client, test); // and nobody waits for it again
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Has a client send to this node, and waits for as long as a connection of it that has come here
   * should not be activated. Whatever comes of it, it can be then: there is a longer way.
   *
   * @param sequence the donor's last, or negative
   */
  void take(Client client, int sequence) {
    Test test = tests.get(client);
    if (isWithout(client.address)) {
      tunnelled.increment();
      return;
    }
    OptionalInt last = sequence < 0 ? OptionalInt.empty() : OptionalInt.of(sequence);
    Move move = bind(client, last);
    if (move != null && test != null && test.done.isDone()) {
      await(activation == Activation.PIPELINED ? move.updateSent() : move.acknowledged());
    }
  }

  /**
   * A client sends here because this is the contact node: it is to send here whoever is that, if it
   * can be told. Nothing waits for it.
   */
  void hold(Client client) {
    if (!includes(client) && !isWithout(client.address)) {
      Move unused = bind(client, OptionalInt.empty());
    }
  }

  /** Null if it cannot be bound. */
  private @Nullable Move bind(Client client, OptionalInt last) {
    Move move;
    try {
      move = node(client).bind(client.address, last, activation);
    } catch (IllegalStateException e) {
      tunnelled.increment();
      log.complaints().once("no more clients can be bound to this node: " + Log.words(e));
      return null;
    }
    clients.put(client, BUSY);
    CompletionStage<Void> unused =
        move.acknowledged().whenComplete((done, failure) -> answered(client, failure));
    return move;
  }

  private void answered(Client client, @Nullable Throwable failure) {
    learn(client, failure);
    if (failure == null) {
      bound.increment();
    } else {
      tunnelled.increment();
      if (!isGivenUp(failure)) {
        clients.remove(client);
      }
    }
  }

  private static void await(CompletionStage<Void> binding) {
    try {
      binding.toCompletableFuture().get(BOUND_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return; // it is tried again and again by itself, or is not possible
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Another node has a client now. */
  void release(Client client) {
    clients.remove(client);
    node(client).release(client.address);
  }

  /** A client is to send to the contact node again, whoever it has been bound to. */
  void sendHome(Client client) {
    if (!isWithout(client.address)) {
      clients.remove(client);
      CompletionStage<Void> unused = node(client).clear(client.address);
    }
  }

  private boolean isWithout(Ip6 client) {
    Long until = without.get(client);
    return until != null && System.nanoTime() - until < 0;
  }

  private void learn(Client client, @Nullable Throwable failure) {
    if (failure != null
        && cause(failure) instanceof NotBoundException why
        && !isGivenUp(why)
        && without.size() < MOST_WITHOUT
        && without.put(client.address, System.nanoTime() + memory(why)) == null) {
      log.complaints()
          .info(
              Log.words(why) + "; its packets go by the contact node, as with baton.switch=steer");
    }
  }

  private static long memory(NotBoundException why) {
    return why.reason() == NotBoundException.Reason.SILENT ? SILENT_NANOS : WITHOUT_NANOS;
  }

  private static boolean isGivenUp(Throwable failure) {
    return cause(failure) instanceof NotBoundException why
        && why.reason() == NotBoundException.Reason.GIVEN_UP;
  }

  private static @Nullable Throwable cause(Throwable failure) {
    return failure instanceof CompletionException ? failure.getCause() : failure;
  }

  private void ended(Ip6 contact, Ip6 client, NotBoundException why) {
    clients.remove(new Client(contact, client));
    log.complaints().info(Log.words(why) + "; its packets go by the contact node");
  }

  /**
   * Does what the time has come for.
   *
   * @param busy who has connections here
   */
  void tidy(Set<InetAddress> busy) {
    long now = System.nanoTime();
    without.values().removeIf(until -> now - until >= 0);
    tests.values().removeIf(test -> now - test.sinceNanos >= ABANDONED_NANOS);
    for (Map.Entry<Client, Long> each : Map.copyOf(clients).entrySet()) {
      Client client = each.getKey();
      Long since = each.getValue();
      if (busy.contains(client.address.toInetAddress())) {
        clients.replace(client, since, BUSY);
      } else if (since == BUSY) {
        clients.replace(client, since, now);
      } else if (now - since > IDLE_NANOS && clients.remove(client, since)) {
        CompletionStage<Void> unused = node(client).clear(client.address);
      }
    }
  }

  /** Has all clients send to the contact node again: this node will not be there. */
  void leave() {
    List<CompletableFuture<Void>> cleared = new ArrayList<>();
    for (Client client : List.copyOf(clients.keySet())) {
      cleared.add(node(client).clear(client.address).toCompletableFuture());
    }
    try {
      CompletableFuture.allOf(cleared.toArray(CompletableFuture[]::new))
          .get(LEAVE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.info("some clients do not know that this node has left: " + Log.words(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
