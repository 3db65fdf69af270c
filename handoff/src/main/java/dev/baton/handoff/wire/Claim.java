package dev.baton.handoff.wire;

/** What one of the two sides of a handoff wants of the contact node. */
public enum Claim {
  /**
   * The acceptor, before the donor freezes the connection: that nobody else is told that the
   * connection is his, so that the acceptor need not ask when it comes. Moves no packets.
   */
  RESERVE,

  /** The acceptor: what it has reserved it has not used, and never will. */
  WAIVE,

  /** Either side: the connection, unless it is the other's. */
  TAKE,

  /**
   * The donor: the connection, unless it is the other's. What the acceptor has reserved does not
   * count, for it has not used it, and no longer can.
   */
  TAKE_BACK
}
