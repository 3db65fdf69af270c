package dev.baton.agent.hooks;

import org.jspecify.annotations.Nullable;

/** A hook cannot be installed. Nothing is woven in when this arrives. */
public final class HookException extends Exception {
  private static final long serialVersionUID = 1L;

  HookException(Object hook, String problem, @Nullable Throwable cause) {
    super(hook + " cannot be installed on JDK " + Runtime.version() + ": " + problem, cause);
  }
}
