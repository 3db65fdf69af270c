package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The correspondent node's part (RFC 6275 §9.3). */
final class CorrespondentEngine extends Engine {

  private final Role.Correspondent role;
  private final Predicate<Packet> leaving;

  /**
   * @param leaving whether this host sends a packet, rather than gets it; only asked if there is no
   *     binding
   */
  CorrespondentEngine(Exits exits, Role.Correspondent role, Predicate<Packet> leaving) {
    super(exits);
    this.role = role;
    this.leaving = leaving;
  }

  @Override
  Reason decide(Packet packet) {
    if (headers.protocol() == HeaderChain.MOBILITY) {
      return leaving.test(packet) ? sendPast(packet) : mobility(packet);
    }
    if (headers.hasHomeAddress()) {
      return fromMobile(packet);
    }
    Ip6 careOf = careOf(packet, Packet.DESTINATION, Packet.SOURCE);
    if (careOf != null) {
      if (headers.hasRouting()) {
        return Reason.LOOPED;
      }
      Rewriting.addRouting(packet, headers, careOf);
      return send(packet, Reason.ROUTED);
    }
    return leaving.test(packet) ? sendPast(packet) : deliver(packet, Reason.UNTOUCHED);
  }

  /**
   * But for acknowledgements, mobility messages go home whether there is a binding or not (§6.1).
   */
  @Override
  void sendOwn(Packet packet) {
    if (leaving.test(packet)) {
      sendPast(packet);
    } else {
      super.sendOwn(packet);
    }
  }

  private Reason fromMobile(Packet packet) {
    int home = headers.homeAddressAt();
    Ip6 careOf = careOf(packet, home, Packet.DESTINATION);
    if (careOf == null || !packet.hasAddress(Packet.SOURCE, careOf)) {
      role.unverified(
          packet.address(Packet.SOURCE), packet.address(home), packet.address(Packet.DESTINATION));
      return Reason.UNVERIFIED_HOME_ADDRESS;
    }
    Rewriting.removeHomeAddress(packet, headers);
    return deliver(packet, Reason.HOME_ADDRESS_REMOVED);
  }

  private @Nullable Ip6 careOf(Packet packet, int home, int own) {
    return role.careOf(
        packet.getLong(home),
        packet.getLong(home + Long.BYTES),
        packet.getLong(own),
        packet.getLong(own + Long.BYTES));
  }
}
