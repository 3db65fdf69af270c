package dev.baton.handoff.library;

import org.jspecify.annotations.Nullable;

/**
 * The connection is still here and as it was; the client has noticed at most a pause. It can be
 * served on, or handed off again.
 */
public final class NotHandedOffException extends HandoffException {
  private static final long serialVersionUID = 1;

  NotHandedOffException(String what, @Nullable Throwable cause) {
    super(what, cause);
  }

  @Override
  HandoffException toldHere() {
    return new NotHandedOffException(what, this);
  }
}
