package dev.baton.handoff.library;

import org.jspecify.annotations.Nullable;

/**
 * The connection is not here any more, its channel is closed, and the acceptor did not say that it
 * has it. It may: it fell silent, or died, after the connection had left. If it has not, the client
 * gets a reset or nothing more; in no case do two nodes write to it.
 */
public final class ConnectionLostException extends HandoffException {
  private static final long serialVersionUID = 1;

  ConnectionLostException(String what, @Nullable Throwable cause) {
    super(what, cause);
  }

  @Override
  HandoffException toldHere() {
    return new ConnectionLostException(what, this);
  }
}
