package dev.baton.http;

/** Bytes whose meaning is not certain. The message is the reason shown to people. */
final class Unparsable extends Exception {
  private static final long serialVersionUID = 1;

  private final String reason;

  Unparsable(String reason) {
    super(reason, null, false, false);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
