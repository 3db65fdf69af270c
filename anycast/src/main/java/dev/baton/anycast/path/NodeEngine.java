package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;
import java.util.Collection;
import java.util.List;

/** The mobile node's part (RFC 6275 §11.3). */
final class NodeEngine extends Engine {

  private final Role.Node role;
  private final Ip6[] contacts;

  /**
   * @param contacts the contact addresses, all of which this host has
   */
  NodeEngine(Exits exits, Role.Node role, Collection<Ip6> contacts) {
    super(exits);
    this.role = role;
    this.contacts = List.copyOf(contacts).toArray(new Ip6[0]);
  }

  @Override
  Reason decide(Packet packet) {
    if (isContact(packet, Packet.SOURCE)) {
      return fromContact(packet);
    }
    if (headers.protocol() == HeaderChain.MOBILITY) {
      return mobility(packet);
    }
    if (headers.hasRouting()) {
      if (!isContact(packet, headers.routedToAt())) {
        return Reason.NOT_OURS;
      }
      int ports = ports(packet);
      Rewriting.removeRouting(packet, headers);
      return deliverOrSendOn(packet, ports, Reason.UNROUTED);
    }
    if (headers.protocol() == HeaderChain.IPV6) {
      return fromTunnel(packet);
    }
    return deliver(packet, Reason.UNTOUCHED);
  }

  private Reason fromContact(Packet packet) {
    if (headers.hasHomeAddress() || headers.hasRouting()) {
      return Reason.LOOPED;
    }
    Ip6 careOf =
        role.careOf(
            packet.getLong(Packet.SOURCE),
            packet.getLong(Packet.SOURCE + 8),
            packet.getLong(Packet.DESTINATION),
            packet.getLong(Packet.DESTINATION + 8));
    if (careOf == null) {
      return unbound(packet);
    }
    Rewriting.addHomeAddress(packet, headers, careOf);
    return send(packet, Reason.HOME_ADDRESS_ADDED);
  }

  private Reason unbound(Packet packet) {
    Role.Tunnel tunnel =
        role.tunnel(packet.getLong(Packet.SOURCE), packet.getLong(Packet.SOURCE + 8));
    if (tunnel == null) {
      return Reason.UNBOUND;
    }
    if (tunnel.equals(Role.Tunnel.AT_HOME)) {
      return send(packet, Reason.UNTOUCHED);
    }
    Rewriting.encapsulate(packet, tunnel.careOf(), tunnel.homeAgent());
    return send(packet, Reason.TUNNELLED);
  }

  /**
   * A packet in another is believed only if that comes from the home agent (RFC 6275 §11.3.3), or
   * within the group; of a node that is not the contact node only what belongs to connections.
   */
  private Reason fromTunnel(Packet packet) {
    int inner = headers.payloadAt();
    if (packet.length() < inner + Packet.HEADER) {
      return Reason.TRUNCATED;
    }
    if (isContact(packet, inner + Packet.SOURCE)) {
      return fromMember(packet, inner + Packet.SOURCE);
    }
    int contact = inner + Packet.DESTINATION;
    if (!isContact(packet, contact)) {
      return deliver(packet, Reason.UNTOUCHED); // another tunnel of this host
    }
    long high = packet.getLong(contact);
    long low = packet.getLong(contact + 8);
    Role.Tunnel tunnel = role.tunnel(high, low);
    if (tunnel == null || !packet.hasAddress(Packet.DESTINATION, tunnel.careOf())) {
      return Reason.WRONG_TUNNEL;
    }
    boolean believed = packet.hasAddress(Packet.SOURCE, tunnel.homeAgent());
    if (!believed && !role.isMember(high, low, packet.address(Packet.SOURCE))) {
      return Reason.WRONG_TUNNEL;
    }
    Reason wrong = unwrap(packet);
    if (wrong != null) {
      return wrong;
    }
    if (!believed) {
      return headers.protocol() == HeaderChain.TCP
          ? deliverOrSendOn(packet, ports(packet), Reason.UNTUNNELLED)
          : Reason.WRONG_TUNNEL;
    }
    return headers.protocol() == HeaderChain.MOBILITY
        ? tunnelled(tunnel.homeAgent(), packet)
        : deliverOrSendOn(packet, ports(packet), Reason.UNTUNNELLED);
  }

  /**
   * Whoever has given a connection away still gets its packets until the client has heard of it.
   *
   * @param ports of a TCP segment, else 0
   */
  private Reason deliverOrSendOn(Packet packet, int ports, Reason delivered) {
    Role.Tunnel way =
        ports == 0
            ? null
            : role.elsewhere(
                packet.getLong(Packet.DESTINATION),
                packet.getLong(Packet.DESTINATION + 8),
                packet.getLong(Packet.SOURCE),
                packet.getLong(Packet.SOURCE + 8),
                ports);
    if (way == null) {
      return deliver(packet, delivered);
    }
    int hops = packet.get(Packet.HOP_LIMIT);
    if (hops <= 1) {
      return Reason.LOOPED;
    }
    packet.put(Packet.HOP_LIMIT, hops - 1);
    Rewriting.encapsulate(packet, way.careOf(), way.homeAgent());
    return send(packet, Reason.SENT_ON);
  }

  private int ports(Packet packet) {
    return headers.protocol() == HeaderChain.TCP && packet.length() >= headers.payloadAt() + 4
        ? packet.getInt(headers.payloadAt())
        : 0;
  }

  /** An acceptor has no tunnel to the home agent but by the contact node. */
  private Reason fromMember(Packet packet, int contact) {
    Ip6 from = packet.address(Packet.SOURCE);
    long high = packet.getLong(contact);
    long low = packet.getLong(contact + 8);
    Role.Tunnel tunnel = role.tunnel(high, low);
    if (tunnel == null || !role.relays(high, low, from)) {
      return Reason.WRONG_TUNNEL;
    }
    Reason wrong = unwrap(packet);
    if (wrong != null) {
      return wrong;
    }
    if (headers.protocol() == HeaderChain.MOBILITY) {
      return tunnelled(from, packet);
    }
    Rewriting.encapsulate(packet, tunnel.careOf(), tunnel.homeAgent());
    return send(packet, Reason.RELAYED);
  }

  private boolean isContact(Packet packet, int at) {
    for (Ip6 contact : contacts) {
      if (packet.hasAddress(at, contact)) {
        return true;
      }
    }
    return false;
  }
}
