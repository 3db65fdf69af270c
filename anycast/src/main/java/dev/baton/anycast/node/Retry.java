package dev.baton.anycast.node;

import java.util.concurrent.TimeUnit;

/** When a message is to be repeated: each time after twice the time (RFC 6275 §11.8, §12). */
final class Retry {

  /** INITIAL_BINDACK_TIMEOUT, and InitialBindackTimeoutFirstReg for a home agent's first. */
  static final long INITIAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  static final long FIRST_REGISTRATION_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

  /** MAX_BINDACK_TIMEOUT. */
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(32);

  private boolean active;
  private long dueNanos;
  private long intervalNanos;

  boolean isActive() {
    return active;
  }

  /** A new message was sent. */
  void begin(long nowNanos, long initialNanos) {
    active = true;
    intervalNanos = initialNanos;
    dueNanos = nowNanos + initialNanos;
  }

  /** The message was sent once more. */
  void again(long nowNanos) {
    intervalNanos = Math.min(2 * intervalNanos, LONGEST_NANOS);
    dueNanos = nowNanos + intervalNanos;
  }

  void end() {
    active = false;
  }

  boolean isDue(long nowNanos) {
    return active && dueNanos - nowNanos <= 0;
  }

  /** When it is due, if that is earlier than something else. */
  long earlier(long otherNanos) {
    return active && dueNanos - otherNanos < 0 ? dueNanos : otherNanos;
  }
}
