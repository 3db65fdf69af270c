package dev.baton.handoff;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a handoff or a drain; printed as it is by {@code handoff --json} and {@code drain
 * --json}.
 *
 * @param from the donor
 * @param to the acceptor; null if a drain found none
 * @param handedOff how many connections moved
 * @param skipped how many were left alone
 * @param failed how many handoffs were tried and did not happen
 * @param connections each of them
 */
public record HandoffReport(
    String from,
    @Nullable String to,
    int handedOff,
    int skipped,
    int failed,
    List<Row> connections) {

  /** Counts the rows. */
  public static HandoffReport of(String from, @Nullable String to, List<Row> rows) {
    return new HandoffReport(
        from,
        to,
        count(rows, Result.HANDED_OFF),
        count(rows, Result.SKIPPED),
        count(rows, Result.FAILED),
        List.copyOf(rows));
  }

  private static int count(List<Row> rows, Result result) {
    return (int) rows.stream().filter(row -> row.result().equals(result.text())).count();
  }

  /** What became of one connection. */
  public enum Result {
    /** It is served by the acceptor now. */
    HANDED_OFF("handed-off"),
    /** It was left alone; the reason says why. */
    SKIPPED("skipped"),
    /** A handoff was tried, did not happen, and the donor carries on; the reason says why. */
    FAILED("failed");

    private final String text;

    Result(String text) {
      this.text = text;
    }

    /** The word used in JSON. */
    public String text() {
      return text;
    }
  }

  /**
   * One connection.
   *
   * @param to the acceptor of this one
   * @param sent body bytes of the current response sent when it moved
   * @param result the {@link Result#text() word} of a {@link Result}
   * @param reason why not, if not handed off
   * @param phaseMicros how long each phase took
   * @param pauseMicros from the freeze to the activation, in microseconds
   * @param stateBytes what the donor told the acceptor for this, in bytes: the request, where the
   *     response is, and the socket
   */
  public record Row(
      String id,
      String client,
      String state,
      @Nullable String method,
      @Nullable String uri,
      long sent,
      @Nullable String to,
      String result,
      @Nullable String reason,
      PhaseMicros phaseMicros,
      long pauseMicros,
      long stateBytes) {}

  /**
   * The phases of one handoff, in microseconds.
   *
   * @param prepare the rehearsal, and the wait for a slow client's turn, while the donor still
   *     sends
   * @param hold the donor's server held, while the acceptor comes to the same byte and the client
   *     empties the send queue
   * @param freeze of the socket
   * @param extract of its state, and its release
   * @param transfer of {@code Init}
   * @param recreate of the socket at the acceptor
   * @param switched of traffic
   * @param activate of the socket
   */
  public record PhaseMicros(
      long prepare,
      long hold,
      long freeze,
      long extract,
      long transfer,
      long recreate,
      @com.fasterxml.jackson.annotation.JsonProperty("switch") long switched,
      long activate) {

    /** Nothing happened. */
    public static final PhaseMicros NONE = new PhaseMicros(0, 0, 0, 0, 0, 0, 0, 0);

    /** For how long the connection was nowhere active: from the freeze to the activation. */
    public long pause() {
      return freeze + extract + transfer + recreate + switched + activate;
    }
  }
}
