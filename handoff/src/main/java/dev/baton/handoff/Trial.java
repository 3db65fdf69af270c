package dev.baton.handoff;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Tries a node that is to get the new connections: it rehearses some of those that are here, while
 * they go on where they are. That says early whether they could follow; and a server that has never
 * served anybody begins to work before a client waits for it.
 */
final class Trial {
  /** How many connections are tried. */
  private static final int CONNECTIONS = 8;

  /** How long whoever asks is kept; what takes longer goes on alone. */
  private static final long MILLIS = 1_000;

  private final Donor donor;
  private final Executor executor;
  private final Log log;

  Trial(Donor donor, Executor executor, Log log) {
    this.donor = donor;
    this.executor = executor;
    this.log = log;
  }

  /** Tries it. One line tells if connections could not be continued there. */
  void of(String successor, Collection<? extends ServedConnection> connections) {
    List<CompletableFuture<Optional<String>>> trials =
        connections.stream()
            .filter(connection -> connection.unmovable() == null)
            .limit(CONNECTIONS)
            .map(connection -> begin(connection, successor))
            .toList();
    CompletableFuture.allOf(trials.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, MILLIS, TimeUnit.MILLISECONDS)
        .join();
    List<String> refusals =
        trials.stream()
            .map(trial -> trial.getNow(Optional.empty()).orElse(null))
            .filter(Objects::nonNull)
            .map(Objects::requireNonNull)
            .toList();
    if (!refusals.isEmpty()) {
      log.info(
          "node "
              + successor
              + " could not continue "
              + refusals.size()
              + " of "
              + trials.size()
              + " connections it was tried with, the first because: "
              + refusals.get(0)
              + "; a drain will try again");
    }
  }

  private CompletableFuture<Optional<String>> begin(ServedConnection connection, String successor) {
    return CompletableFuture.supplyAsync(() -> donor.tryOut(connection, successor), executor);
  }
}
