package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of a packet that comes out of the TUN device, and rewrites it; one for each
 * role. For one thread.
 */
abstract class Engine {

  final HeaderChain headers = new HeaderChain();
  private final Exits exits;

  Engine(Exits exits) {
    this.exits = exits;
  }

  /** Where packets go from an engine. */
  interface Exits {

    /** Into this host, as if the packet had come in from a network; a router forwards it. */
    void deliver(Packet packet);

    /** Out of this host, by its routes. */
    void send(Packet packet);

    /** Out of this host, to a home address, although packets to it are diverted. */
    void sendPast(Packet packet);

    /** To the role, as a mobility message. */
    void mobility(Packet packet);

    /** To the role, as a mobility message that came in a tunnel from somewhere. */
    void tunnelled(Ip6 from, Packet inner);

    void count(Reason reason);
  }

  /** Deals with a packet. */
  final void handle(Packet packet) {
    Reason wrong = headers.read(packet);
    if (wrong != null) {
      exits.count(wrong);
    } else if (packet.get(Packet.DESTINATION) == 0xff) {
      exits.count(Reason.MULTICAST);
    } else if (packet.length() > Packet.LONGEST - Packet.HEADER) {
      exits.count(Reason.UNKNOWN_OFFLOAD); // what is put on would not fit
    } else {
      exits.count(decide(packet));
    }
  }

  /** The same for one whose {@link #headers} have been read. */
  abstract Reason decide(Packet packet);

  /** Sends a packet that the role has made. */
  void sendOwn(Packet packet) {
    exits.send(packet);
  }

  final Reason deliver(Packet packet, Reason reason) {
    exits.deliver(packet);
    return reason;
  }

  final Reason send(Packet packet, Reason reason) {
    exits.send(packet);
    return reason;
  }

  final Reason sendPast(Packet packet) {
    exits.sendPast(packet);
    return Reason.UNTOUCHED;
  }

  final Reason mobility(Packet packet) {
    exits.mobility(packet);
    return Reason.MOBILITY;
  }

  final Reason tunnelled(Ip6 from, Packet inner) {
    exits.tunnelled(from, inner);
    return Reason.MOBILITY;
  }

  /** Takes a packet out of a tunnel and reads its headers; null if all is well. */
  final @Nullable Reason unwrap(Packet packet) {
    return Rewriting.decapsulate(packet, headers) ? headers.read(packet) : Reason.WRONG_TUNNEL;
  }
}
