package dev.baton.it.wire;

import java.io.IOException;

/** A server sent what it must not. */
public final class WrongBytes extends IOException {

  private static final long serialVersionUID = 1;

  /** With the facts. */
  public WrongBytes(String message) {
    super(message);
  }
}
