package dev.baton.handoff.wire;

import java.io.IOException;

/** The peer said something that this node cannot understand or will not accept. */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was wrong, in one line
   */
  public ProtocolException(String message) {
    super(message);
  }
}
