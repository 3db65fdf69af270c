package dev.baton.handoff;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lines about callers. Anybody who reaches a node's port can be the reason for one, as often as he
 * likes, and the log is the host's: so there are only so many a minute, and the next one after that
 * tells how many there would have been.
 */
final class Complaints {
  /** How many lines there are in a minute. */
  static final int LINES = 20;

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Log log;
  private final LongSupplier clock;
  private long minute;
  private int lines;
  private int unsaid;

  /**
   * @param clock in nanoseconds, never set back
   */
  Complaints(Log log, LongSupplier clock) {
    this.log = log;
    this.clock = clock;
    this.minute = clock.getAsLong();
  }

  /** As {@link Log#info}. */
  void info(String line) {
    if (mayBeSaid()) {
      log.info(line);
    }
  }

  /** As {@link Log#warn(String)}. */
  void warn(String line) {
    if (mayBeSaid()) {
      log.warn(line);
    }
  }

  /** As {@link Log#warn(String, Throwable)}. */
  void warn(String line, Throwable cause) {
    if (mayBeSaid()) {
      log.warn(line, cause);
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
