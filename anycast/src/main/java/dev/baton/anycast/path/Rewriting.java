package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;

/**
 * Puts on and takes off what Mobile IPv6 adds to packets. TCP and UDP checksums stay as they are:
 * they are those of the packet without it. Each method is given the packet's headers as they were
 * read; these are not valid any more afterwards.
 */
final class Rewriting {

  private static final int SEGMENTS_LEFT = 1;
  private static final int IPV6_VERSION = 6 << 28;
  private static final int HOP_LIMIT = 64;
  private static final int ECN = 3;
  private static final int ECN_SHIFT = 20;

  private Rewriting() {}

  /** Sends a packet to a care-of address, with its destination in a routing header. */
  static void addRouting(Packet packet, HeaderChain headers, Ip6 careOf) {
    int at = headers.routingPlace();
    int next = packet.get(headers.routingPlaceLink());
    packet.open(at, HeaderChain.ADDED);
    packet.put(headers.routingPlaceLink(), HeaderChain.ROUTING);
    packet.put(at, next);
    packet.put(at + 1, HeaderChain.ADDED / 8 - 1);
    packet.put(at + 2, HeaderChain.ROUTING_TYPE);
    packet.put(at + 3, SEGMENTS_LEFT);
    packet.putInt(at + 4, 0);
    packet.copyAddress(Packet.DESTINATION, at + 8);
    packet.putAddress(Packet.DESTINATION, careOf);
    lengthen(packet, HeaderChain.ADDED);
  }

  /** Takes the routing header off; its address becomes the destination. */
  static void removeRouting(Packet packet, HeaderChain headers) {
    packet.copyAddress(headers.routedToAt(), Packet.DESTINATION);
    remove(packet, headers.routingAt(), headers.routingLink(), HeaderChain.ADDED);
  }

  /** Sends a packet from a care-of address, with its source in a home address option. */
  static void addHomeAddress(Packet packet, HeaderChain headers, Ip6 careOf) {
    int at = headers.optionsPlace();
    int next = packet.get(headers.optionsPlaceLink());
    packet.open(at, HeaderChain.ADDED);
    packet.put(headers.optionsPlaceLink(), HeaderChain.DESTINATION_OPTIONS);
    packet.put(at, next);
    packet.put(at + 1, HeaderChain.ADDED / 8 - 1);
    packet.putInt(at + 2, HeaderChain.PADN << 24 | 2 << 16); // so that the address is aligned
    packet.put(at + 6, HeaderChain.HOME_ADDRESS);
    packet.put(at + 7, HeaderChain.HOME_ADDRESS_LENGTH);
    packet.copyAddress(Packet.SOURCE, at + 8);
    packet.putAddress(Packet.SOURCE, careOf);
    lengthen(packet, HeaderChain.ADDED);
  }

  /**
   * Takes the home address option off; its address becomes the source. Other options stay where
   * they are.
   */
  static void removeHomeAddress(Packet packet, HeaderChain headers) {
    int address = headers.homeAddressAt();
    packet.copyAddress(address, Packet.SOURCE);
    if (headers.hasOtherOptions()) {
      packet.put(address - 2, HeaderChain.PADN);
      packet.putLong(address, 0);
      packet.putLong(address + Long.BYTES, 0);
    } else {
      remove(packet, headers.optionsAt(), headers.optionsLink(), headers.optionsLength());
    }
  }

  private static void remove(Packet packet, int at, int link, int length) {
    packet.put(link, packet.get(at));
    packet.remove(at, length);
    lengthen(packet, -length);
  }

  /** Of a quoted packet the length says more than is there. */
  private static void lengthen(Packet packet, int by) {
    packet.putShort(Packet.PAYLOAD_LENGTH, packet.getShort(Packet.PAYLOAD_LENGTH) + by);
  }

  /** Puts a packet into another one (RFC 2473); congestion marks are copied (RFC 6040). */
  static void encapsulate(Packet packet, Ip6 from, Ip6 to) {
    int inner = packet.getInt(0);
    int length = packet.length();
    packet.open(0, Packet.HEADER);
    packet.putInt(0, IPV6_VERSION | (inner & 0x0ff0_0000));
    packet.putShort(Packet.PAYLOAD_LENGTH, length);
    packet.put(Packet.NEXT_HEADER, HeaderChain.IPV6);
    packet.put(Packet.HOP_LIMIT, HOP_LIMIT);
    packet.putAddress(Packet.SOURCE, from);
    packet.putAddress(Packet.DESTINATION, to);
  }

  /**
   * Takes a packet out of another one.
   *
   * @return false if it must be dropped: it passed congestion that its sender does not understand
   */
  static boolean decapsulate(Packet packet, HeaderChain headers) {
    int outer = packet.getInt(0) >>> ECN_SHIFT & ECN;
    packet.remove(0, headers.payloadAt());
    int first = packet.length() < Packet.HEADER ? 0 : packet.getInt(0);
    int inner = first >>> ECN_SHIFT & ECN;
    if (outer == ECN && inner != ECN && inner != 0) {
      packet.putInt(0, first | ECN << ECN_SHIFT);
    }
    return outer != ECN || inner != 0;
  }
}
