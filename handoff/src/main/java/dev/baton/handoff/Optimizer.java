package dev.baton.handoff;

import dev.baton.linux.ThreadPriority;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The JVM's optimizing compiler, which stands back while connections are moved. A JVM that has just
 * started finds everything worth compiling at once when a hundred clients come; all of them would
 * wait for it, and none has anything of it in that second.
 */
public final class Optimizer {
  private static final String THREADS = "C2 Compiler";

  /** A few handoffs at a time are no reason. */
  private static final int MANY = 4;

  private static final int NEVER = Integer.MAX_VALUE;

  private final Log log;
  private final int many;
  private int coming;
  private ThreadPriority.@Nullable Lowered lowered;

  Optimizer(Log log) {
    this(log, MANY);
  }

  private Optimizer(Log log, int many) {
    this.log = log;
    this.many = many;
  }

  /** One that is left alone, whatever comes. */
  static Optimizer untouched(Log log) {
    return new Optimizer(log, NEVER);
  }

  /**
   * Lets it stand back for good: this JVM stops, and what is compiled from now on would not be used
   * for long.
   */
  public static void standBack(Log log) {
    lower(log);
  }

  /** A connection begins to come here; to be called on a thread of the node. */
  synchronized void begin() {
    coming++;
    if (coming == many && lowered == null && ThreadPriority.raise()) { // or it would be for good
      lowered = lower(log);
    }
  }

  /** A connection has come, or will not. */
  synchronized void end() {
    coming--;
    if (coming == 0 && lowered != null) {
      lowered.restore();
      lowered = null;
    }
  }

  private static ThreadPriority.@Nullable Lowered lower(Log log) {
    try {
      return ThreadPriority.lower(THREADS);
    } catch (IOException e) {
      log.warn("the compiler does not stand back, and a drain may take longer", e);
      return null;
    }
  }
}
