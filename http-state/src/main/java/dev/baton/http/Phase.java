package dev.baton.http;

/** Where a connection is between two requests, as {@link HttpTracker} sees it. */
public enum Phase {
  /** No byte of a request is waiting for an answer. */
  IDLE("idle"),
  /** A request has partly arrived and may still be given to another server in full. */
  REQUEST("request"),
  /** The application has the request; no byte of its final response has been sent. */
  APPLICATION("application"),
  /** Part of a response's header section, final or interim, has been sent. */
  RESPONSE_HEADER("response"),
  /** The header section has been sent completely, the body has not. */
  RESPONSE("response"),
  /** The last response has been sent; the server is about to close the connection. */
  CLOSING("closing"),
  /** The bytes are not HTTP/1.x, or cannot be followed with certainty any more. */
  UNTRACKED("untracked");

  private final String word;

  Phase(String word) {
    this.word = word;
  }

  /** The phase in one lower-case word, for display. Both response phases read "response". */
  public String word() {
    return word;
  }
}
