package dev.baton.handoff.library;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A connection was not handed off. The two kinds say where it is now. */
public abstract sealed class HandoffException extends IOException
    permits NotHandedOffException, ConnectionLostException {
  private static final long serialVersionUID = 1;

  /** What happened, in words. */
  final String what;

  HandoffException(String what, @Nullable Throwable cause) {
    super(what, cause);
    this.what = what;
  }

  /** The same, with the stack of the thread that asked for the handoff. */
  abstract HandoffException toldHere();
}
