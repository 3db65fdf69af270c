package dev.baton.handoff.trust;

import java.time.Duration;
import java.time.Instant;

/**
 * The right of a node to be in the group, until it must be looked at again.
 *
 * @param node whose
 * @param issued when the right was looked at
 * @param end when it must be looked at again
 */
record Ticket(String node, Instant issued, Instant end) {

  /**
   * Issues a ticket.
   *
   * @param life how long it lasts
   * @param right when the node's right ends in any case: no ticket lasts longer
   */
  static Ticket issue(String node, Instant now, Duration life, Instant right) {
    Instant usual = now.plus(life);
    return new Ticket(node, now, usual.isBefore(right) ? usual : right);
  }

  /** Whether the right must be looked at; so it must after the clock was set back. */
  boolean over(Instant now) {
    return !now.isBefore(end) || now.isBefore(issued);
  }
}
