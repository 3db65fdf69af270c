package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;

/** The home agent's part (RFC 6275 §10.4). */
final class HomeAgentEngine extends Engine {

  private final Role.HomeAgent role;
  private final Ip6 own;

  /**
   * @param own the home agent's address, its end of all tunnels
   */
  HomeAgentEngine(Exits exits, Role.HomeAgent role, Ip6 own) {
    super(exits);
    this.role = role;
    this.own = own;
  }

  @Override
  Reason decide(Packet packet) {
    if (!packet.hasAddress(Packet.DESTINATION, own)) {
      return toMobile(packet);
    }
    if (headers.protocol() == HeaderChain.MOBILITY) {
      return mobility(packet);
    }
    if (headers.protocol() == HeaderChain.IPV6) {
      return fromMobile(packet);
    }
    return deliver(packet, Reason.UNTOUCHED);
  }

  private Reason toMobile(Packet packet) {
    Ip6 careOf =
        role.careOf(packet.getLong(Packet.DESTINATION), packet.getLong(Packet.DESTINATION + 8));
    if (careOf == null) {
      return Reason.UNBOUND;
    }
    Rewriting.encapsulate(packet, own, careOf);
    return send(packet, Reason.TUNNELLED);
  }

  /** A packet in another is believed only if that comes from its care-of address. */
  private Reason fromMobile(Packet packet) {
    int inner = headers.payloadAt();
    if (packet.length() < inner + Packet.HEADER) {
      return Reason.TRUNCATED;
    }
    int home = inner + Packet.SOURCE;
    Ip6 careOf = role.careOf(packet.getLong(home), packet.getLong(home + 8));
    if (careOf == null || !packet.hasAddress(Packet.SOURCE, careOf)) {
      return Reason.WRONG_TUNNEL;
    }
    Reason wrong = unwrap(packet);
    return wrong != null ? wrong : deliver(packet, Reason.UNTUNNELLED);
  }
}
