package dev.baton.demo;

import java.io.IOException;

/** What the client sent is not HTTP as {@link SocketConnection} understands it. */
final class BadRequest extends IOException {

  private static final long serialVersionUID = 1;

  BadRequest(String message) {
    super(message);
  }
}
