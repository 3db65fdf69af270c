package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.HandoffReport.Row;
import dev.baton.handoff.wire.Message;
import dev.baton.http.Phase;
import dev.baton.linux.Listener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands everything over: all connections at once, the accept queue too, and those that cannot be
 * moved yet as soon as they can. Ends when nothing is left, or at its deadline.
 */
final class Drain {
  private static final long TICK_MILLIS = 5;
  private static final long PROGRESS_MILLIS = 100;

  /** Of one connection at one node. */
  private static final int TRIES = 3;

  private static final int MOST_AT_ONCE = 32;
  private static final int LEAST_AT_ONCE = 4;

  /**
   * What could not be moved is left alone for so long before it is tried again; for twice as long
   * each time it fails.
   */
  private static final long BREATH_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** Nothing may be left for this long before the drain believes it. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Host host;
  private final Donor donor;
  private final Selection selection;
  private final CompletionService<Row> moves;
  private final List<Row> rows = new ArrayList<>();

  /** By id, with what was selected; nothing was if the acceptor was named. */
  private final Map<String, Optional<Selection.Choice>> underWay = new HashMap<>();

  private final Map<String, Trouble> troubles = new HashMap<>();

  /** Fewer while handoffs fail: perhaps the machines are too busy for so many. */
  private int atOnce = MOST_AT_ONCE;

  /** What has been in the way of a connection so far. */
  private static final class Trouble {
    private final Set<String> refusedBy = new HashSet<>();
    private int failures;
    private long lastNanos;
    private @Nullable String reason;

    void add(Row row) {
      lastNanos = System.nanoTime();
      reason = row.reason();
      if (row.result().equals(Result.FAILED.text())) {
        failures++;
        if (row.to() != null) {
          refusedBy.add(row.to());
        }
      }
    }

    boolean isForGood() {
      return failures >= TRIES * Math.max(1, refusedBy.size());
    }

    boolean isOver() {
      return !isForGood() && System.nanoTime() - lastNanos > BREATH_NANOS << failures;
    }
  }

  /** Whether a connection can be moved at the moment. */
  private enum Standing {
    MOVING,
    WAITING,
    /** It is idle, and no node could take it: nothing to wait for. */
    LEFT
  }

  /**
   * @param selection finds the nodes that connections go to
   */
  Drain(Host host, Donor donor, Selection selection, Executor executor) {
    this.host = host;
    this.donor = donor;
    this.selection = selection;
    this.moves = new ExecutorCompletionService<>(executor);
  }

  /**
   * Drains.
   *
   * @param self this node's name
   * @param to the acceptor of all; null to select one for each
   * @param timeoutNanos how long it may take
   */
  HandoffReport run(
      String self, @Nullable String to, long timeoutNanos, Consumer<Message.Progress> progress)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    long lastBusy = begun;
    long lastProgress = begun;
    while (System.nanoTime() - begun < timeoutNanos) {
      int waiting = 0;
      int left = 0;
      int remaining = 0;
      for (ServedConnection connection : host.connections()) {
        remaining++;
        if (underWay.containsKey(connection.id()) || underWay.size() >= atOnce) {
          continue;
        }
        Standing standing = begin(connection, to);
        waiting += standing == Standing.MOVING ? 0 : 1;
        left += standing == Standing.LEFT ? 1 : 0;
      }
      long now = System.nanoTime();
      if (remaining > left || !underWay.isEmpty() || queued() > 0) {
        lastBusy = now;
      } else if (now - lastBusy > QUIET_NANOS) {
        break;
      }
      if (now - lastProgress > TimeUnit.MILLISECONDS.toNanos(PROGRESS_MILLIS)) {
        lastProgress = now;
        progress.accept(new Message.Progress(moved(), remaining, waiting));
      }
      collect(moves.poll(TICK_MILLIS, TimeUnit.MILLISECONDS));
    }
    while (!underWay.isEmpty()) {
      collect(moves.take());
    }
    leaveAlone();
    progress.accept(new Message.Progress(moved(), host.connections().size(), 0));
    return HandoffReport.of(self, to == null ? commonTarget() : to, rows);
  }

  private Standing begin(ServedConnection connection, @Nullable String to) {
    Trouble trouble = troubles.get(connection.id());
    if (connection.unmovable() != null || (trouble != null && !trouble.isOver())) {
      return Standing.WAITING;
    }
    if (to != null) {
      submit(connection, Optional.empty(), to);
      return Standing.MOVING;
    }
    Optional<Selection.Choice> choice;
    try {
      choice = selection.away(connection, trouble == null ? Set.of() : trouble.refusedBy);
    } catch (IOException e) {
      return Standing.WAITING; // it is over, and gone the next time
    }
    if (choice.isEmpty()) {
      return connection.info().state().equals(Phase.IDLE.word()) ? Standing.LEFT : Standing.WAITING;
    }
    submit(connection, choice, choice.get().node().name());
    return Standing.MOVING;
  }

  private void submit(
      ServedConnection connection, Optional<Selection.Choice> choice, String acceptor) {
    underWay.put(connection.id(), choice);
    moves.submit(() -> donor.handOff(connection, acceptor));
  }

  private void collect(@Nullable Future<Row> move) throws IOException {
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
    Optional<Selection.Choice> choice = underWay.remove(row.id());
    if (choice != null) {
      choice.ifPresent(made -> Selection.learn(made, row));
    }
    if (row.result().equals(Result.HANDED_OFF.text())) {
      rows.add(row);
      atOnce = Math.min(MOST_AT_ONCE, atOnce + 1);
      return;
    }
    Trouble trouble = troubles.computeIfAbsent(row.id(), id -> new Trouble());
    trouble.add(row);
    if (row.result().equals(Result.FAILED.text())) {
      atOnce = Math.max(LEAST_AT_ONCE, atOnce / 2);
      if (trouble.isForGood()) {
        rows.add(row);
      }
    }
  }

  /** What is still here when the drain ends. */
  private void leaveAlone() {
    for (ServedConnection connection : host.connections()) {
      if (rows.stream().noneMatch(row -> row.id().equals(connection.id()))) {
        rows.add(Donor.row(connection, null, Result.SKIPPED, whyHere(connection)));
      }
    }
  }

  private String whyHere(ServedConnection connection) {
    String reason = connection.unmovable();
    Trouble trouble = troubles.get(connection.id());
    if (reason == null && trouble != null) {
      reason = trouble.reason;
    }
    if (reason != null) {
      return reason;
    }
    try {
      return selection.away(connection, Set.of()).isEmpty()
          ? "no node that serves its port can be reached from its address"
          : "the drain ran out of time";
    } catch (IOException e) {
      return "it has just ended";
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
