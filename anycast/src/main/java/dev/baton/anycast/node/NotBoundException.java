package dev.baton.anycast.node;

/** A binding was not made: at a client, or at the home agent. */
public final class NotBoundException extends Exception {

  /** Why not. */
  public enum Reason {
    /** It says itself that it does not know Mobile IPv6. */
    NO_MOBILE_IPV6,
    /** It does not answer: it does not know Mobile IPv6, or nothing gets there or back. */
    SILENT,
    /** It has refused. */
    REFUSED,
    /** Somebody here wanted something else meanwhile. */
    GIVEN_UP
  }

  private final Reason reason;

  NotBoundException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why not. */
  public Reason reason() {
    return reason;
  }
}
