package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link PacketPath} asks of the protocol it serves. All of it is called by the path's
 * thread; what is asked per packet must neither wait nor allocate, and may be answered from a table
 * that other threads change. Nothing may be thrown.
 */
public sealed interface Role {

  /**
   * Takes a packet whose last header is a mobility header, with everything that is in front of it:
   * destination options with a home address, a routing header of type 2. Neither these nor the
   * checksum have been checked against anything, but the extension headers are well formed.
   *
   * @param packet the whole packet, from position to limit; the role's own
   */
  void mobility(ByteBuffer packet);

  /** A correspondent node: this host talks to mobile nodes (RFC 6275 §9). */
  non-sealed interface Correspondent extends Role {

    /**
     * The care-of address of a home address, as one of this host's addresses has been told; each
     * has a binding cache of its own (RFC 6275 §9.1).
     *
     * @param homeHigh the first 64 bits of the home address
     * @param homeLow the others
     * @param ownHigh the same of this host's address
     * @return the same object as long as it is the same address; null if there is no binding
     */
    @Nullable Ip6 careOf(long homeHigh, long homeLow, long ownHigh, long ownLow);

    /** The bindings for a home address; unlike {@link #careOf} this does not count as using one. */
    List<Bound> bound(Ip6 home);

    /**
     * A binding for a home address.
     *
     * @param own the address of this host that has it
     * @param careOf where it leads
     */
    record Bound(Ip6 own, Ip6 careOf) {}

    /**
     * Is told of a packet that was dropped because its home address option agrees with no binding:
     * its sender gets a binding error with status 1 (RFC 6275 §9.3.1).
     *
     * @param source where it came from
     * @param home what its option said
     * @param own the address of this host it was for
     */
    void unverified(Ip6 source, Ip6 home, Ip6 own);
  }

  /** A home agent, on a router (RFC 6275 §10). */
  non-sealed interface HomeAgent extends Role {

    /**
     * The care-of address of a home address.
     *
     * @param homeHigh the first 64 bits of the home address
     * @param homeLow the others
     * @return the same object as long as it is the same address; null if there is no registration
     */
    @Nullable Ip6 careOf(long homeHigh, long homeLow);
  }

  /** A mobile node: its home addresses are contact addresses (RFC 6275 §11). */
  non-sealed interface Node extends Role {

    /**
     * The care-of address that a client has been told for a contact address.
     *
     * @return the same object as long as it is the same address; null if the client has no binding
     */
    @Nullable Ip6 careOf(long contactHigh, long contactLow, long clientHigh, long clientLow);

    /**
     * What to do with packets to clients without a binding; and which tunnel is believed.
     *
     * @return the tunnel: to the home agent, if this node has registered the contact address there,
     *     or to the node that has; {@link Tunnel#AT_HOME} if the node is at home, so that packets
     *     go as they are; null to drop them
     */
    @Nullable Tunnel tunnel(long contactHigh, long contactLow);

    /**
     * Whether what another node sends from a contact address goes on by this one's tunnel: this is
     * the contact node, and the other one of its group.
     *
     * @param from where it comes from
     */
    boolean relays(long contactHigh, long contactLow, Ip6 from);

    /**
     * Whether this is another node of the group: what it sends in a tunnel, to a contact address,
     * it has itself got from a client.
     *
     * @param from where it comes from
     */
    boolean isMember(long contactHigh, long contactLow, Ip6 from);

    /**
     * The way to the node that has a TCP connection of which a packet has come here, because the
     * client has not heard of that node, or the home agent has not.
     *
     * @param ports the client's, in the first 16 bits, and the server's
     * @return the tunnel, the same object as long as it is the same; null if the connection is
     *     here, or nowhere
     */
    @Nullable Tunnel elsewhere(
        long contactHigh, long contactLow, long clientHigh, long clientLow, int ports);

    /**
     * Takes a packet out of a tunnel whose last header is a mobility header: one that is believed,
     * or one that this node {@linkplain #relays relays}.
     *
     * @param from where the tunnel begins
     * @param inner the whole packet, as with {@link #mobility}
     */
    void tunnelled(Ip6 from, ByteBuffer inner);

    /**
     * Is told that the receiver of a packet does not know one of its headers. Anybody can say so.
     *
     * @param quoted the packet as the receiver quotes it, which may be anything
     */
    void notUnderstood(ByteBuffer quoted);
  }

  /**
   * The tunnel between a mobile node and its home agent, or another node of the group.
   *
   * @param careOf this node's end
   * @param homeAgent the other end
   */
  record Tunnel(Ip6 careOf, Ip6 homeAgent) {

    /** No tunnel is needed. */
    public static final Tunnel AT_HOME = new Tunnel(Ip6.UNSPECIFIED, Ip6.UNSPECIFIED);
  }
}
