package dev.baton.handoff;

import dev.baton.handoff.wire.RefusedException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How a client's packets come to the node that has its connection. Both the donor and the acceptor
 * call their own, in this order: {@link #approach}, {@link #prepare}, {@link #switchTo} (acceptor
 * only), {@link #release}.
 */
public interface TrafficSwitch {

  /**
   * Whether donor and acceptor each have a socket of their own for the connection. The donor's then
   * stays, frozen, until the acceptor's is active; else it has to go before the acceptor's can be
   * made.
   */
  boolean betweenHosts();

  /**
   * Why the packets of a flow cannot be switched; null if they can.
   *
   * @param flow of a connection of this node
   */
  @Nullable String objection(Flow flow);

  /**
   * A connection is about to leave or to come. What takes time is done now, while nobody waits.
   *
   * @throws IOException if its packets could not be switched at the moment
   */
  default void approach() throws IOException {
    // On one host nothing takes time.
  }

  /**
   * Before the connection's socket goes away at the donor: from now on no packet of the flow may
   * meet a host without a socket and be answered with a reset.
   *
   * @throws IOException if that cannot be assured; the connection must stay where it is then
   */
  void prepare(Flow flow) throws IOException;

  /**
   * The acceptor's socket is there: packets of the flow come here from now on.
   *
   * @param handoff what donor and acceptor call this handoff; null on one host
   * @throws RefusedException if the donor has taken the connection back
   */
  void switchTo(Flow flow, @Nullable String handoff) throws IOException;

  /**
   * The donor has heard nothing from the acceptor and does not know whether it lives. Decides the
   * handoff, unless it is decided.
   *
   * @return whether the connection is the donor's, and stays so; otherwise it is the acceptor's
   * @throws IOException if that cannot be found out; the connection may be anybody's then
   */
  boolean keep(Flow flow, String handoff) throws IOException;

  /**
   * The handoff is over, either way. May be called without {@link #prepare}.
   *
   * @param left whether the connection has left this host: packets of it may still come
   */
  void release(Flow flow, boolean left);
}
