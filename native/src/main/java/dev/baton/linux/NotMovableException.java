package dev.baton.linux;

import java.io.IOException;

/**
 * A connection cannot be moved, or a socket cannot become this connection, for a reason that lies
 * in the connection and not in a failed system call. Nothing has happened to it; a frozen
 * connection is still frozen.
 */
public final class NotMovableException extends IOException {

  /**
   * @param message why, in one line
   */
  public NotMovableException(String message) {
    super(message);
  }
}
