package dev.baton.handoff.trust;

import java.io.IOException;

/**
 * A node is not let in, or not talked to any more. The message says why and what to do; the log has
 * it already.
 */
public final class NotAdmittedException extends IOException {
  private static final long serialVersionUID = 1;

  NotAdmittedException(String message) {
    super(message);
  }
}
