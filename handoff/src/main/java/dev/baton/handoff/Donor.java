package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.linux.NotMovableException;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The donor's side of a handoff. It serves the client until the acceptor stands ready at the very
 * same byte ({@link RehearsedHandoff}); only then it freezes, extracts and releases the socket
 * ({@link Departure}). If the acceptor does not answer after that, the donor puts the socket back
 * where it was, under its own server, which has been waiting at the gate and notices nothing.
 */
final class Donor {
  private final Departures departures;
  private final Log log;

  Donor(Departures departures, Log log) {
    this.departures = departures;
    this.log = log;
  }

  /**
   * Hands one connection off.
   *
   * @param to the acceptor
   * @return what became of it; never throws, because a connection that fails must fail alone
   */
  HandoffReport.Row handOff(ServedConnection connection, String to) {
    if (!connection.claim()) {
      return row(
          connection, to, Result.SKIPPED, "it is closed, or another handoff of it is under way");
    }
    RehearsedHandoff attempt = new RehearsedHandoff(departures, connection, to, true);
    try {
      String reason = connection.unmovable();
      if (reason != null) {
        return row(connection, to, Result.SKIPPED, reason);
      }
      try {
        return attempt.run();
      } catch (RehearsedHandoff.TooBoldException e) {
        attempt = new RehearsedHandoff(departures, connection, to, false);
        return attempt.run();
      } catch (RefusedException e) {
        if (!attempt.isOutOfDate()) {
          throw e;
        }
        attempt = new RehearsedHandoff(departures, connection, to, true);
        return attempt.run();
      }
    } catch (NotMovableException e) {
      return row(connection, to, Result.SKIPPED, Log.words(e));
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (attempt.wasLeftToItself(e)) {
        return row(connection, to, Result.SKIPPED, Log.words(e));
      }
      log.warn(
          "connection "
              + connection.id()
              + " of "
              + connection.client()
              + " was not handed off to "
              + to
              + (attempt.lost() ? " and is lost with it" : " and stays here"),
          e);
      return row(connection, to, Result.FAILED, Log.words(e));
    } finally {
      connection.unclaim();
    }
  }

  /**
   * Has a node rehearse a connection, which stays here whatever comes of it. It is not claimed: a
   * handoff of it may begin meanwhile.
   *
   * @return why the node could not take it over; empty if it could, or if the connection has gone
   *     or goes its own way meanwhile
   */
  Optional<String> tryOut(ServedConnection connection, String to) {
    RehearsedHandoff attempt = new RehearsedHandoff(departures, connection, to, true);
    try {
      attempt.rehearseOnly();
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      if (attempt.wasLeftToItself(e) || attempt.isOutOfDate() || !connection.claim()) {
        return Optional.empty();
      }
      connection.unclaim();
      return Optional.of(Log.words(e));
    }
  }

  /** A row about a connection that did not move. */
  static HandoffReport.Row row(
      ServedConnection connection, @Nullable String to, Result result, @Nullable String reason) {
    return row(connection.info(), to, result, reason, PhaseMicros.NONE, 0);
  }

  /** A row about a connection as it was. */
  static HandoffReport.Row row(
      ConnectionInfo info,
      @Nullable String to,
      Result result,
      @Nullable String reason,
      PhaseMicros phases,
      long stateBytes) {
    return new HandoffReport.Row(
        info.id(),
        info.client(),
        info.state(),
        info.method(),
        info.uri(),
        info.sent(),
        to,
        result.text(),
        reason,
        phases,
        phases.pause(),
        stateBytes);
  }
}
