package dev.baton.agent;

import java.util.logging.Level;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for {@code java.util.logging.Logger} in JNA, and says nothing. JNA asks for a logger
 * when it is first used, which in an agent is before the host's {@code main}; the host could then
 * no longer install a log manager of its own. The build writes this class's name over the other one
 * in JNA's class files, which is why both names are of the same length.
 */
@SuppressWarnings("UnusedVariable") // what is said is not heard
public final class QuietLog {

  private static final QuietLog QUIET = new QuietLog();

  private QuietLog() {}

  /** As in {@code Logger}. */
  public static QuietLog getLogger(String name) {
    return QUIET;
  }

  /** As in {@code Logger}; never. */
  public boolean isLoggable(Level level) {
    return false;
  }

  /** As in {@code Logger}; does nothing. */
  public void log(Level level, String message) {}

  /** As in {@code Logger}; does nothing. */
  public void log(Level level, String message, @Nullable Object parameter) {}

  /** As in {@code Logger}; does nothing. */
  public void log(Level level, String message, @Nullable Throwable thrown) {}

  /** As in {@code Logger}; does nothing. */
  public void log(Level level, String message, @Nullable Object[] parameters) {}
}
