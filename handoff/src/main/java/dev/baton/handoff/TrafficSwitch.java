package dev.baton.handoff;

import java.io.IOException;

/**
 * How a client's packets come to the node that has its connection. Both the donor and the acceptor
 * call their own, in this order: {@link #prepare}, {@link #switchTo} (acceptor only), {@link
 * #release}.
 */
public interface TrafficSwitch {

  /**
   * Before the connection's socket goes away at the donor: from now on no packet of the flow may
   * meet a host without a socket and be answered with a reset.
   *
   * @throws IOException if that cannot be assured; the connection must stay where it is then
   */
  void prepare(Flow flow) throws IOException;

  /** The acceptor's socket is there: packets of the flow come here from now on. */
  void switchTo(Flow flow) throws IOException;

  /** The handoff is over, either way. May be called without {@link #prepare}. */
  void release(Flow flow);
}
