package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.HandoffReport.Row;
import dev.baton.handoff.wire.Message;
import dev.baton.linux.Listener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands everything over: all connections at once, the accept queue too, and those that cannot be
 * moved yet as soon as they can. Ends when nothing is left, or at its deadline.
 */
final class Drain {
  private static final long TICK_MILLIS = 5;
  private static final long PROGRESS_MILLIS = 100;
  private static final int TRIES = 3;
  private static final int AT_ONCE = 32;

  /** Nothing may be left for this long before the drain believes it. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Host host;
  private final Donor donor;
  private final HandoffPolicy policy;
  private final CompletionService<Row> moves;
  private final Supplier<List<NodeInfo>> targets;
  private final Map<String, Integer> tries = new HashMap<>();
  private final List<Row> rows = new ArrayList<>();
  private final Map<String, ServedConnection> underWay = new HashMap<>();

  /**
   * @param targets the nodes that can take a connection now
   */
  Drain(
      Host host,
      Donor donor,
      HandoffPolicy policy,
      Executor executor,
      Supplier<List<NodeInfo>> targets) {
    this.host = host;
    this.donor = donor;
    this.policy = policy;
    this.moves = new ExecutorCompletionService<>(executor);
    this.targets = targets;
  }

  /**
   * Drains.
   *
   * @param self this node's name
   * @param to the acceptor of all; null to ask the policy for each
   * @param timeoutNanos how long it may take
   */
  HandoffReport run(
      String self, @Nullable String to, long timeoutNanos, Consumer<Message.Progress> progress)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    long lastBusy = begun;
    long lastProgress = begun;
    List<NodeInfo> nodes = targets.get();
    while (System.nanoTime() - begun < timeoutNanos) {
      int waiting = 0;
      int remaining = 0;
      for (ServedConnection connection : host.connections()) {
        remaining++;
        if (underWay.containsKey(connection.id()) || underWay.size() >= AT_ONCE) {
          continue;
        }
        if (connection.unmovable() != null
            || tries.getOrDefault(connection.id(), 0) >= TRIES
            || !begin(connection, to, nodes)) {
          waiting++;
        }
      }
      long now = System.nanoTime();
      if (remaining > 0 || !underWay.isEmpty() || queued() > 0) {
        lastBusy = now;
      } else if (now - lastBusy > QUIET_NANOS) {
        break;
      }
      if (now - lastProgress > TimeUnit.MILLISECONDS.toNanos(PROGRESS_MILLIS)) {
        lastProgress = now;
        progress.accept(new Message.Progress(moved(), remaining, waiting));
        nodes = targets.get();
      }
      collect(moves.poll(TICK_MILLIS, TimeUnit.MILLISECONDS), nodes);
    }
    while (!underWay.isEmpty()) {
      collect(moves.take(), nodes);
    }
    leaveAlone();
    progress.accept(new Message.Progress(moved(), host.connections().size(), 0));
    return HandoffReport.of(self, to == null ? commonTarget() : to, rows);
  }

  private boolean begin(ServedConnection connection, @Nullable String to, List<NodeInfo> nodes) {
    String target = to;
    if (target == null) {
      Optional<NodeInfo> chosen = policy.selectTarget(connection, nodes);
      if (chosen.isEmpty()) {
        return false;
      }
      target = chosen.get().name();
    }
    String acceptor = target;
    underWay.put(connection.id(), connection);
    moves.submit(() -> donor.handOff(connection, acceptor));
    return true;
  }

  private void collect(@Nullable Future<Row> move, List<NodeInfo> nodes) throws IOException {
    if (move == null) {
      return;
    }
    Row row;
    try {
      row = move.get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IOException("a handoff broke", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    ServedConnection connection = underWay.remove(row.id());
    if (row.result().equals(Result.HANDED_OFF.text())) {
      rows.add(row);
    } else if (row.result().equals(Result.FAILED.text())) {
      int failures = tries.merge(row.id(), 1, Integer::sum);
      if (connection != null) {
        nodes.stream()
            .filter(node -> node.name().equals(row.to()))
            .forEach(node -> policy.failed(connection, node));
      }
      if (failures == TRIES) {
        rows.add(row);
      }
    }
  }

  /** What is still here when the drain ends. */
  private void leaveAlone() {
    for (ServedConnection connection : host.connections()) {
      String reason = connection.unmovable();
      if (rows.stream().noneMatch(row -> row.id().equals(connection.id()))) {
        rows.add(
            Donor.row(
                connection,
                null,
                Result.SKIPPED,
                reason == null ? "the drain ran out of time" : reason));
      }
    }
  }

  private @Nullable String commonTarget() {
    List<String> names =
        rows.stream().map(Row::to).filter(name -> name != null).distinct().toList();
    return names.size() == 1 ? names.get(0) : null;
  }

  private int moved() {
    return (int) rows.stream().filter(row -> row.result().equals(Result.HANDED_OFF.text())).count();
  }

  private int queued() throws IOException {
    int queued = 0;
    for (Listener listener : host.listeners()) {
      queued += listener.acceptQueueLength();
    }
    return queued;
  }
}
