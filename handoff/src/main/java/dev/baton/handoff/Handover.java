package dev.baton.handoff;

import dev.baton.handoff.policy.Avoidance;
import dev.baton.handoff.policy.HandoffPolicy;
import dev.baton.handoff.policy.SameHostFirst;
import dev.baton.handoff.wire.Message;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a node hands everything over: connections go to its successor on this host, else to the rest
 * of the group as the policy says; and so do new ones, from the beginning of the drain on.
 */
final class Handover {
  /** How often the other nodes describe themselves meanwhile. */
  private static final long CENSUS_MILLIS = 100;

  /** Others may not have noticed for so long, and still send connections here. */
  private static final long UNNOTICED_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final NodeConfig config;
  private final String namespace;
  private final Host host;
  private final Group group;
  private final Switches switches;
  private final Census census;
  private final Donor donor;
  private final Selection selection;
  private final Executor executor;
  private final Log log;
  private final AtomicBoolean draining = new AtomicBoolean();
  private volatile boolean drained;
  private volatile long endNanos;
  private volatile boolean stopping;

  /**
   * @param namespace this node's network namespace
   * @param elsewhere selects among nodes on other hosts
   */
  Handover(
      NodeConfig config,
      String namespace,
      Host host,
      Group group,
      Switches switches,
      Census census,
      Donor donor,
      HandoffPolicy elsewhere,
      Executor executor,
      Log log) {
    this.config = config;
    this.namespace = namespace;
    this.host = host;
    this.group = group;
    this.switches = switches;
    this.census = census;
    this.donor = donor;
    this.selection =
        new Selection(
            census,
            switches,
            new Avoidance(new SameHostFirst(namespace, elsewhere), System::nanoTime));
    this.executor = executor;
    this.log = log;
  }

  /** Whether everything is being handed over now, or the JVM stops. */
  boolean draining() {
    return draining.get() || stopping;
  }

  /**
   * Whether everything has been handed over, and no node of this host has the new connections: they
   * are not for this node either.
   */
  boolean drained() {
    return drained;
  }

  /** Whether a node that is handed a connection now has to refuse it. */
  boolean refuses() {
    return draining() || (drained && System.nanoTime() - endNanos < UNNOTICED_NANOS);
  }

  /** This JVM stops. */
  void stop() {
    stopping = true;
  }

  /**
   * Somebody has use for this node again.
   *
   * @return whether it was drained until now
   */
  boolean undo() {
    boolean was = drained;
    drained = false;
    return was;
  }

  /**
   * Hands everything over, until nothing is left or the drain's time is up.
   *
   * @param to the acceptor; null to select one for each
   * @param giveUp is run before: this node does not ask for new connections any more, and those
   *     that come are not served here
   * @param progress called as it goes
   * @throws IOException if there is no one to hand over to; nothing has happened then
   */
  HandoffReport drain(@Nullable String to, Runnable giveUp, Consumer<Message.Progress> progress)
      throws IOException {
    List<NodeInfo> targets =
        targets().stream().filter(node -> to == null || node.name().equals(to)).toList();
    if (targets.isEmpty()) {
      throw new IOException(
          to == null
              ? "there is no other node of group '" + group.name() + "' to hand over to"
              : "node '" + to + "' of group '" + group.name() + "' cannot take over from here");
    }
    if (!draining.compareAndSet(false, true)) {
      throw new IOException("a drain is under way already");
    }
    try (Closeable fresh = census.keepFresh(CENSUS_MILLIS)) {
      NodeInfo successor = SameHostFirst.successor(namespace, targets).orElse(null);
      drained = successor == null;
      giveUp.run();
      if (successor != null) {
        giveNewConnectionsTo(successor.name());
      }
      return new Drain(host, donor, selection, executor)
          .run(config.node(), to, config.drainTimeout().toNanos(), progress);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted in the middle of a drain", e);
    } finally {
      endNanos = System.nanoTime();
      draining.set(false);
    }
  }

  private void giveNewConnectionsTo(String successor) throws IOException {
    try (NodeClient client = group.open(successor, config.node())) {
      client
          .channel()
          .ask(
              new Message.NewConnections(successor), Message.Ready.class, NodeClient.ANSWER_MILLIS);
    }
  }

  /** Hands everything over to this node itself, for practice. */
  HandoffReport intoItself() throws IOException, InterruptedException {
    return new Drain(host, donor, selection, executor)
        .run(config.node(), config.node(), config.drainTimeout().toNanos(), progress -> {});
  }

  /** Whether there is something to hand over, and a node that a drain could hand it over to. */
  boolean hasSuccessor() {
    if (host.listeners().isEmpty() && host.connections().isEmpty()) {
      return false;
    }
    try {
      return !targets().isEmpty();
    } catch (IOException e) {
      log.warn("the other nodes cannot be listed", e);
      return false;
    }
  }

  /** The nodes that a connection could go to. */
  List<NodeInfo> targets() throws IOException {
    Census.Snapshot nodes = census.take();
    List<Integer> ports = nodes.self().ports();
    return nodes.others().stream()
        .filter(node -> !node.draining())
        .filter(node -> switches.reach(node.namespace()))
        .filter(node -> ports.isEmpty() || node.ports().stream().anyMatch(ports::contains))
        .toList();
  }
}
