package dev.baton.handoff;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lines about callers. Anybody who reaches a node's port can be the reason for one, as often as he
 * likes, and the log is the host's: so there are only so many a minute, and the next one after that
 * tells how many there would have been.
 */
public final class Complaints {
  /** How many lines there are in a minute. */
  static final int LINES = 20;

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** For how long a line is not said a second time, where it need not be. */
  private static final long ONCE_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** A line that was said, and how often it could have been said again. */
  private static final class Said {
    final long nanos;
    int again;

    Said(long nanos) {
      this.nanos = nanos;
    }
  }

  private final Log log;
  private final LongSupplier clock;
  private long minute;
  private int lines;
  private int unsaid;

  /** Lines of the last ten minutes; no more than there were, so it cannot grow. */
  private final Map<String, Said> said = new HashMap<>();

  /**
   * @param clock in nanoseconds, never set back
   */
  Complaints(Log log, LongSupplier clock) {
    this.log = log;
    this.clock = clock;
    this.minute = clock.getAsLong();
  }

  /** As {@link Log#info}. */
  public void info(String line) {
    if (mayBeSaid()) {
      log.info(line);
    }
  }

  /** As {@link Log#warn(String)}. */
  public void warn(String line) {
    if (mayBeSaid()) {
      log.warn(line);
    }
  }

  /** As {@link Log#warn(String, Throwable)}. */
  public void warn(String line, Throwable cause) {
    if (mayBeSaid()) {
      log.warn(line, cause);
    }
  }

  /**
   * As {@link Log#warn(String)}, but the same line is said again only after ten minutes, with how
   * often that was: for a caller who is turned away and knocks on and on.
   */
  public synchronized void once(String line) {
    long now = clock.getAsLong();
    Said before = said.get(line);
    if (before != null && now - before.nanos < ONCE_NANOS) {
      before.again++;
    } else if (mayBeSaid()) {
      said.values().removeIf(old -> now - old.nanos >= ONCE_NANOS);
      said.put(line, new Said(now));
      log.warn(
          before == null || before.again == 0
              ? line
              : line + " (and so " + before.again + " times since this was last said)");
    }
  }

  private synchronized boolean mayBeSaid() {
    long now = clock.getAsLong();
    if (now - minute > MINUTE_NANOS) {
      minute = now;
      lines = 0;
      if (unsaid > 0) {
        log.warn(
            unsaid + " more callers were refused or cut off, too many to tell of each in the log");
        unsaid = 0;
      }
    }
    if (lines < LINES) {
      lines++;
      return true;
    }
    unsaid++;
    return false;
  }
}
