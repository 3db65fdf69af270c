package dev.baton.anycast.path;

import org.jspecify.annotations.Nullable;

/**
 * What stands between a packet's IPv6 header and what it carries. Filled anew for each packet.
 * Looks for the two things that Mobile IPv6 puts there, and at nothing that is encrypted or in a
 * fragment (RFC 8200 §4, RFC 6275 §6.3, §6.4). Whatever it says lies within the packet. For one
 * thread.
 */
final class HeaderChain {

  static final int HOP_BY_HOP = 0;
  static final int TCP = 6;
  static final int IPV6 = 41;
  static final int ROUTING = 43;
  static final int ICMPV6 = 58;
  static final int DESTINATION_OPTIONS = 60;
  static final int MOBILITY = 135;

  static final int PAD1 = 0;
  static final int PADN = 1;
  static final int HOME_ADDRESS = 0xc9;
  static final int HOME_ADDRESS_LENGTH = 16;
  static final int ROUTING_TYPE = 2;

  /** A routing header of type 2, or destination options with nothing but a home address. */
  static final int ADDED = 24;

  private static final int NONE = -1;

  /** No honest packet has more; RFC 8504 §5.3 lets hosts limit them. */
  private static final int MOST_HEADERS = 8;

  private int protocol;
  private int payloadAt;
  private int hopByHopEnd;
  private int hopByHopLink;
  private int routingEnd;
  private int routingEndLink;
  private int routingAt;
  private int routingLink;
  private int optionsAt;
  private int optionsLink;
  private int optionsLength;
  private int homeAddressAt;
  private boolean otherOptions;

  /**
   * Reads a packet's headers. A packet longer than it says is made as long as it says.
   *
   * @return null, or what is wrong with it
   */
  @Nullable Reason read(Packet packet) {
    if (packet.length() < Packet.HEADER || packet.get(0) >>> 4 != 6) {
      return Reason.NOT_IPV6;
    }
    int length = Packet.HEADER + packet.getShort(Packet.PAYLOAD_LENGTH);
    if (length > packet.length()) {
      return Reason.TRUNCATED;
    }
    packet.truncate(length);
    return walk(packet);
  }

  /** Reads headers of a packet whose end may be missing. */
  @Nullable Reason walk(Packet packet) {
    routingAt = NONE;
    optionsAt = NONE;
    hopByHopEnd = Packet.HEADER;
    hopByHopLink = Packet.NEXT_HEADER;
    routingEnd = Packet.HEADER;
    routingEndLink = Packet.NEXT_HEADER;
    int link = Packet.NEXT_HEADER;
    int at = Packet.HEADER;
    for (int count = 0; ; count++) {
      protocol = packet.get(link);
      payloadAt = at;
      if (protocol != HOP_BY_HOP && protocol != ROUTING && protocol != DESTINATION_OPTIONS) {
        return null;
      }
      if (count == MOST_HEADERS) {
        return Reason.TOO_MANY_HEADERS;
      }
      if (at + 8 > packet.length()) {
        return Reason.TRUNCATED;
      }
      int length = 8 + 8 * packet.get(at + 1);
      if (at + length > packet.length()) {
        return Reason.TRUNCATED;
      }
      Reason wrong = look(packet, link, at, length);
      if (wrong != null) {
        return wrong;
      }
      link = at;
      at += length;
    }
  }

  private @Nullable Reason look(Packet packet, int link, int at, int length) {
    switch (protocol) {
      case HOP_BY_HOP -> {
        if (link != Packet.NEXT_HEADER) {
          return Reason.HEADERS_OUT_OF_ORDER;
        }
        hopByHopEnd = at + length;
        hopByHopLink = at;
        routingEnd = at + length;
        routingEndLink = at;
      }
      case ROUTING -> {
        routingEnd = at + length;
        routingEndLink = at;
        if (packet.get(at + 2) == ROUTING_TYPE) {
          if (length != ADDED || packet.get(at + 3) != 1 || routingAt != NONE) {
            return Reason.BAD_ROUTING_HEADER;
          }
          routingAt = at;
          routingLink = link;
        }
      }
      default -> {
        return options(packet, link, at, length);
      }
    }
    return null;
  }

  private @Nullable Reason options(Packet packet, int link, int from, int length) {
    boolean others = false;
    boolean home = false;
    int end = from + length;
    for (int at = from + 2; at < end; ) {
      int type = packet.get(at);
      if (type == PAD1) {
        at++;
        continue;
      }
      if (at + 2 > end || at + 2 + packet.get(at + 1) > end) {
        return Reason.BAD_OPTIONS;
      }
      int size = packet.get(at + 1);
      if (type == HOME_ADDRESS) {
        if (size != HOME_ADDRESS_LENGTH || optionsAt != NONE) {
          return Reason.BAD_OPTIONS;
        }
        home = true;
        optionsAt = from;
        optionsLink = link;
        optionsLength = length;
        homeAddressAt = at + 2;
      } else {
        others |= type != PADN;
      }
      at += 2 + size;
    }
    if (home) {
      otherOptions = others;
    }
    return null;
  }

  /** What the packet carries: the first next header that is not looked into. */
  int protocol() {
    return protocol;
  }

  /** Where that begins, which may be the end of the packet. */
  int payloadAt() {
    return payloadAt;
  }

  /** Where a routing header belongs: behind the hop-by-hop options. */
  int routingPlace() {
    return hopByHopEnd;
  }

  /** Where the next header is that says what stands at {@link #routingPlace}. */
  int routingPlaceLink() {
    return hopByHopLink;
  }

  /** Where a home address option belongs: behind the routing header, if there is one. */
  int optionsPlace() {
    return routingEnd;
  }

  /** Where the next header is that says what stands at {@link #optionsPlace}. */
  int optionsPlaceLink() {
    return routingEndLink;
  }

  /** Whether there is a routing header of type 2, with one segment left. */
  boolean hasRouting() {
    return routingAt != NONE;
  }

  /** Where it begins. */
  int routingAt() {
    return routingAt;
  }

  /** Where the next header is that says so. */
  int routingLink() {
    return routingLink;
  }

  /** Where the address in it is. */
  int routedToAt() {
    return routingAt + 8;
  }

  /** Whether there is a home address option. */
  boolean hasHomeAddress() {
    return optionsAt != NONE;
  }

  /** Where the header begins that has it. */
  int optionsAt() {
    return optionsAt;
  }

  /** Where the next header is that says so. */
  int optionsLink() {
    return optionsLink;
  }

  /** The length of that header. */
  int optionsLength() {
    return optionsLength;
  }

  /** Where the address in the option is. */
  int homeAddressAt() {
    return homeAddressAt;
  }

  /** Whether the same header has options beside it that are more than padding. */
  boolean hasOtherOptions() {
    return otherOptions;
  }
}
