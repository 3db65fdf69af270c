package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A mobility message in its IPv6 packet.
 *
 * @param source the IPv6 header's source
 * @param destination the IPv6 header's destination
 * @param homeAddress what the home address option says (RFC 6275 §6.3), or null
 * @param routedTo the address in the type 2 routing header (§6.4), or null
 * @param message what the packet says
 */
public record MobilityPacket(
    Ip6 source,
    Ip6 destination,
    @Nullable Ip6 homeAddress,
    @Nullable Ip6 routedTo,
    MobilityMessage message) {

  static final int IPV6_HEADER = 40;

  /** Either extension header with its one address takes as much. */
  static final int EXTENSION_HEADER = 24;

  static final int NEXT_ROUTING = 43;
  static final int NEXT_OPTIONS = 60;
  static final int NEXT_MOBILITY = 135;
  static final int ROUTING_TYPE_2 = 2;
  static final int HOME_ADDRESS_OPTION = 0xc9;

  private static final int HOP_LIMIT = 64;

  /** A message without extension headers. */
  public MobilityPacket(Ip6 source, Ip6 destination, MobilityMessage message) {
    this(source, destination, null, null, message);
  }

  /** The same packet with another message. */
  public MobilityPacket withMessage(MobilityMessage other) {
    return new MobilityPacket(source, destination, homeAddress, routedTo, other);
  }

  /** Who speaks, wherever it is: the home address, or the source. */
  public Ip6 sender() {
    return homeAddress != null ? homeAddress : source;
  }

  /** Who is spoken to, wherever it is: the routing header's address, or the destination. */
  public Ip6 receiver() {
    return routedTo != null ? routedTo : destination;
  }

  /** The whole IPv6 packet, with checksum. */
  public byte[] encode() {
    byte[] header = MobilityHeader.encode(message);
    MobilityHeader.writeChecksum(header, sender(), receiver());
    int extensions =
        (homeAddress == null ? 0 : EXTENSION_HEADER) + (routedTo == null ? 0 : EXTENSION_HEADER);
    ByteBuffer packet = ByteBuffer.allocate(IPV6_HEADER + extensions + header.length);
    packet.putInt(6 << 28).putShort((short) (extensions + header.length));
    packet.put((byte) first()).put((byte) HOP_LIMIT);
    source.write(packet, 8);
    destination.write(packet, 24);
    packet.position(IPV6_HEADER);
    if (routedTo != null) {
      int next = homeAddress != null ? NEXT_OPTIONS : NEXT_MOBILITY;
      packet.put((byte) next).put((byte) 2).put((byte) ROUTING_TYPE_2).put((byte) 1).putInt(0);
      packet.put(routedTo.bytes());
    }
    if (homeAddress != null) {
      // Four bytes of padding bring the option to 8n+6.
      packet
          .put((byte) NEXT_MOBILITY)
          .put((byte) 2)
          .put((byte) 1)
          .put((byte) 2)
          .putShort((short) 0);
      packet.put((byte) HOME_ADDRESS_OPTION).put((byte) Ip6.LENGTH).put(homeAddress.bytes());
    }
    return packet.put(header).array();
  }

  private int first() {
    if (routedTo != null) {
      return NEXT_ROUTING;
    }
    return homeAddress != null ? NEXT_OPTIONS : NEXT_MOBILITY;
  }
}
