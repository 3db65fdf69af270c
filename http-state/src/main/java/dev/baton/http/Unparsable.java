package dev.baton.http;

/** Bytes whose meaning is not certain. The message is the reason shown to people. */
final class Unparsable extends Exception {
  private static final long serialVersionUID = 1;

  private final String reason;
  private final boolean otherProtocol;

  Unparsable(String reason) {
    this(reason, false);
  }

  private Unparsable(String reason, boolean otherProtocol) {
    super(reason, null, false, false);
    this.reason = reason;
    this.otherProtocol = otherProtocol;
  }

  /** The bytes are perfectly clear, but not HTTP/1.x. */
  static Unparsable otherProtocol(String name) {
    return new Unparsable(name, true);
  }

  String reason() {
    return reason;
  }

  /** The reason for a connection to stay, where {@code direction} is "request" or "response". */
  Unmovable unmovable(String direction) {
    return Unmovable.forever(otherProtocol ? reason : direction + ": " + reason);
  }
}
