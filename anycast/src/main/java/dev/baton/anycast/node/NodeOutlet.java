package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Outlet;

/** Where a node puts what it has to say: directly, or into a tunnel. */
public interface NodeOutlet extends Outlet {

  /**
   * Sends a packet inside another (RFC 2473): to the home agent, the contact node or an acceptor.
   *
   * @param from this node's end of the tunnel
   * @param to the other end
   */
  void tunnel(Ip6 from, Ip6 to, MobilityPacket inner);
}
