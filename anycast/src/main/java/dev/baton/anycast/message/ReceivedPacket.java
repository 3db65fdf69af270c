package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityMessage.BindingError;
import dev.baton.anycast.message.MobilityOption.BindingAuthorization;
import dev.baton.anycast.message.MobilityOption.MessageAuthentication;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A mobility message as it came: what it says, and its bytes, which the authenticators cover.
 *
 * <p>Whatever the bytes are, reading them ends with a packet or a {@link MalformedPacketException},
 * after time and memory in proportion to their number.
 */
public final class ReceivedPacket {

  private static final int HOP_BY_HOP = 0;
  private static final int PAD_1 = 0;

  private final MobilityPacket packet;
  private final byte[] header;
  private final OptionArea area;

  private ReceivedPacket(MobilityPacket packet, byte[] header, OptionArea area) {
    this.packet = packet;
    this.header = header;
    this.area = area;
  }

  /**
   * Reads the IPv6 packet between a buffer's position and limit, which both stay; bytes behind the
   * packet are ignored. Checks are those of RFC 6275 §9.2 in its order: checksum, type, payload
   * proto, header length.
   */
  public static ReceivedPacket decode(ByteBuffer buffer) throws MalformedPacketException {
    return new Reader(buffer).read();
  }

  /** What came. */
  public MobilityPacket packet() {
    return packet;
  }

  /** The mobility header's bytes; not to be changed. */
  byte[] header() {
    return header;
  }

  /** Whether it ends with binding authorization data, as it must to a correspondent (§6.2.7). */
  public boolean endsWithAuthorization() {
    return lastAuthorization() != null;
  }

  /** The binding authorization data, if nothing follows it, not even padding (§6.2.7). */
  @Nullable BindingAuthorization lastAuthorization() {
    return area.endsWithAuthorization() && last() instanceof BindingAuthorization authorization
        ? authorization
        : null;
  }

  /** The authentication option of RFC 4285, if no other option follows it. */
  public @Nullable MessageAuthentication lastAuthentication() {
    return last() instanceof MessageAuthentication authentication ? authentication : null;
  }

  int messageAuthenticationAt() {
    return area.messageAuthenticationAt();
  }

  private @Nullable MobilityOption last() {
    var options = area.options();
    return options.isEmpty() ? null : options.get(options.size() - 1);
  }

  /** One pass over the chain of headers. Indices count from the first byte of the IPv6 header. */
  private static final class Reader {

    private final ByteBuffer packet;
    private int end;
    private @Nullable Ip6 homeAddress;
    private @Nullable Ip6 routedTo;

    Reader(ByteBuffer buffer) {
      this.packet = buffer.slice();
    }

    ReceivedPacket read() throws MalformedPacketException {
      require(packet.limit() >= MobilityPacket.IPV6_HEADER, "no whole IPv6 header");
      require((packet.get(0) & 0xf0) == 0x60, "not an IPv6 packet");
      end = MobilityPacket.IPV6_HEADER + (packet.getShort(4) & 0xffff);
      require(end <= packet.limit(), "shorter than its IPv6 header says");
      int next = packet.get(6) & 0xff;
      int at = MobilityPacket.IPV6_HEADER;
      while (next != MobilityPacket.NEXT_MOBILITY) {
        require(at + 8 <= end, "an extension header is cut off");
        int length = 8 * (packet.get(at + 1) & 0xff) + 8;
        require(at + length <= end, "an extension header goes beyond the packet");
        switch (next) {
          case MobilityPacket.NEXT_ROUTING -> routing(at, length);
          case MobilityPacket.NEXT_OPTIONS, HOP_BY_HOP -> options(at + 2, at + length, next);
          default -> throw MalformedPacketException.format("no mobility header, but " + next);
        }
        next = packet.get(at) & 0xff;
        at += length;
      }
      return mobility(at);
    }

    private void routing(int at, int length) throws MalformedPacketException {
      int type = packet.get(at + 2) & 0xff;
      int left = packet.get(at + 3) & 0xff;
      if (left == 0) {
        return;
      }
      if (type != MobilityPacket.ROUTING_TYPE_2) {
        throw MalformedPacketException.field("routing header of type " + type, 0, at + 2);
      }
      if (length != MobilityPacket.EXTENSION_HEADER) {
        throw MalformedPacketException.field("length of the type 2 routing header", 0, at + 1);
      }
      if (left != 1) {
        throw MalformedPacketException.field("segments left is not 1", 0, at + 3);
      }
      require(routedTo == null, "two type 2 routing headers");
      routedTo = Ip6.read(packet, at + 8);
      require(routedTo.isGlobalUnicast(), "the routing header's address is not routable");
    }

    private void options(int from, int to, int kind) throws MalformedPacketException {
      int at = from;
      while (at < to) {
        int type = packet.get(at) & 0xff;
        if (type == PAD_1) {
          at++;
          continue;
        }
        require(at + 2 <= to, "the last destination option has no length");
        int length = packet.get(at + 1) & 0xff;
        require(at + 2 + length <= to, "a destination option goes beyond its header");
        if (type == MobilityPacket.HOME_ADDRESS_OPTION && kind == MobilityPacket.NEXT_OPTIONS) {
          require(length == Ip6.LENGTH, "length of the home address option");
          require(homeAddress == null, "two home address options");
          homeAddress = Ip6.read(packet, at + 2);
          require(homeAddress.isGlobalUnicast(), "the home address is not routable");
        } else if (type >>> 6 >= 2) {
          throw MalformedPacketException.field("unknown destination option " + type, 2, at);
        } else {
          require(type >>> 6 == 0, "an unknown destination option wants the packet discarded");
        }
        at += 2 + length;
      }
    }

    private ReceivedPacket mobility(int at) throws MalformedPacketException {
      int length = end - at;
      require(length >= MobilityHeader.UNCOUNTED, "the mobility header is cut off");
      byte[] header = new byte[length];
      packet.get(at, header);
      Ip6 source = Ip6.read(packet, 8);
      Ip6 destination = Ip6.read(packet, 24);
      if (!MobilityHeader.checksumIsRight(
          header,
          homeAddress != null ? homeAddress : source,
          routedTo != null ? routedTo : destination)) {
        throw MalformedPacketException.checksum();
      }
      int type = header[2] & 0xff;
      int fixed = MobilityHeader.fixedLength(type);
      if (fixed < 0) {
        throw MalformedPacketException.unknownType(type, unknownType(source, destination));
      }
      if ((header[0] & 0xff) != MobilityHeader.NO_NEXT_HEADER) {
        throw MalformedPacketException.field("payload proto is not 59", 0, at);
      }
      int announced = 8 * (header[1] & 0xff) + MobilityHeader.UNCOUNTED;
      if (announced < MobilityHeader.leastLength(type)) {
        throw MalformedPacketException.field("the mobility header is too short", 0, at + 1);
      }
      require(announced == length, "the mobility header is not as long as it says");
      OptionArea area = OptionArea.read(ByteBuffer.wrap(header), fixed);
      MobilityMessage message = MobilityHeader.message(header, area);
      return new ReceivedPacket(
          new MobilityPacket(source, destination, homeAddress, routedTo, message), header, area);
    }

    /** Goes where the packet came from, and names the home address if there was one (§9.3.3). */
    private MobilityPacket unknownType(Ip6 source, Ip6 destination) {
      Ip6 home = homeAddress != null ? homeAddress : Ip6.UNSPECIFIED;
      return new MobilityPacket(
          routedTo != null ? routedTo : destination,
          source,
          new BindingError(BindingError.UNKNOWN_TYPE, home));
    }

    private static void require(boolean right, String otherwise) throws MalformedPacketException {
      if (!right) {
        throw MalformedPacketException.format(otherwise);
      }
    }
  }
}
