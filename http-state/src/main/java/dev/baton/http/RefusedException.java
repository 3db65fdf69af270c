package dev.baton.http;

/**
 * A response regenerated elsewhere does not continue the one in progress. Nothing has happened to
 * the client; the message says in plain words what differs.
 */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1;

  RefusedException(String reason) {
    super(reason);
  }
}
