package dev.baton.handoff;

import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * How a client's packets come to the node that has its connection. Both the donor and the acceptor
 * call their own, in this order: {@link #approach}, {@link #expect}, {@link #prepare}, {@link
 * #reserve}, {@link #switchTo} and {@link #take} (acceptor only), {@link #offer} (donor only),
 * {@link #release}.
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
   * The acceptor, while the donor still serves the client: what can be done in advance for {@link
   * #take} begins now. Does not wait.
   */
  default void expect(Flow flow) {
    // Mostly nothing.
  }

  /**
   * Before the connection's socket goes away at the donor: from now on no packet of the flow may
   * meet a host without a socket and be answered with a reset.
   *
   * @throws IOException if that cannot be assured; the connection must stay where it is then
   */
  void prepare(Flow flow) throws IOException;

  /** What lets an acceptor activate a connection before its packets come here. */
  interface Reservation extends Closeable {

    /**
     * The connection is about to be activated.
     *
     * @return false if it is too late, and the packets have to be switched first
     */
    boolean use(String handoff);

    /** The arrival is over, either way. Gives back what has not been used. */
    @Override
    void close();
  }

  /**
   * The acceptor, before the donor freezes the connection: sees to it that the donor cannot take it
   * back without the acceptor's knowing, so that {@link #switchTo} need not be waited for.
   *
   * @return null if {@link #switchTo} has to come first
   */
  default @Nullable Reservation reserve(Flow flow, String handoff) {
    return null;
  }

  /**
   * In place of {@link #switchTo}, when what was reserved has been used.
   *
   * @throws RefusedException if the connection is not this node's
   * @throws IOException if it cannot be found out whether the packets come here
   */
  default void switchReserved(Flow flow, String handoff) throws IOException {
    throw new IllegalStateException("nothing was reserved");
  }

  /**
   * The donor's last word, for {@code Init}: what the acceptor must know to {@link #take} the
   * client. What follows is {@link #release}.
   *
   * @param to where the acceptor takes packets
   * @return null if the client stays where it is, or cannot be moved
   */
  default Message.@Nullable Mobility offer(Flow flow, InetAddress to) {
    return null;
  }

  /**
   * The acceptor, after the connection has become its own and before it is activated: has the
   * client send its packets here directly, if that is possible. If it is not, they come all the
   * same.
   *
   * @param offered what the donor has said
   */
  default void take(Flow flow, Message.@Nullable Mobility offered) {
    // Packets come by way of the contact node.
  }

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
   * @param unused whether the acceptor has not used what it may have reserved, and no longer can
   * @return whether the connection is the donor's, and stays so; otherwise it is the acceptor's
   * @throws IOException if that cannot be found out; the connection may be anybody's then
   */
  boolean keep(Flow flow, String handoff, boolean unused) throws IOException;

  /**
   * The handoff is over, either way. May be called without {@link #prepare}.
   *
   * @param left whether the connection has left this host: packets of it may still come
   */
  void release(Flow flow, boolean left);
}
