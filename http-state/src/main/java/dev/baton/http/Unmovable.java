package dev.baton.http;

/**
 * Why a connection has to stay where it is.
 *
 * @param reason in plain words, without a full stop
 * @param permanent true if it holds for the rest of the connection's life, false if it passes, at
 *     the latest when the response in progress has ended
 */
public record Unmovable(String reason, boolean permanent) {
  static Unmovable forNow(String reason) {
    return new Unmovable(reason, false);
  }

  static Unmovable forever(String reason) {
    return new Unmovable(reason, true);
  }
}
