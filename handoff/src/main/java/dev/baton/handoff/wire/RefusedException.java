package dev.baton.handoff.wire;

import java.io.IOException;

/** The peer refused, and said why. Nothing has happened to any client. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason the peer's words
   */
  public RefusedException(String reason) {
    super(reason);
  }
}
