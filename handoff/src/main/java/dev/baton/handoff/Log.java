package dev.baton.handoff;

import java.io.PrintStream;
import java.util.Objects;

/**
 * Baton's lines on the host's standard error. One event, one line: what happened, what it means for
 * the connections, what to do. No logging library, because the host's own must not be woken.
 */
public final class Log {
  private final PrintStream out;
  private final String prefix;
  private final Complaints complaints = new Complaints(this, System::nanoTime);

  /**
   * @param out where lines go; not closed
   * @param node the node's name, shown in each line
   */
  public Log(PrintStream out, String node) {
    this.out = Objects.requireNonNull(out);
    this.prefix = "baton[" + node + "]: ";
  }

  /** Something the operator wants to know. */
  public void info(String line) {
    out.println(prefix + line);
  }

  /** Something that is not as it should be, and what it means. */
  public void warn(String line) {
    out.println(prefix + "WARNING: " + line);
  }

  /** As {@link #warn(String)}, with the cause's own words. */
  public void warn(String line, Throwable cause) {
    warn(line + ": " + words(cause));
  }

  /** For lines that callers can be the reason for, as often as they like. */
  public Complaints complaints() {
    return complaints;
  }

  /** An exception in one line: its message, or its kind where it has none. */
  public static String words(Throwable cause) {
    String message = cause.getMessage();
    return message == null || message.isBlank()
        ? cause.getClass().getSimpleName()
        : message.replaceAll("\\s*\\R\\s*", "; ");
  }
}
