package dev.baton.it.bed;

import dev.baton.anycast.Ip6;
import dev.baton.it.net.PcapFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An IPv6 packet of a capture, as far as Mobile IPv6 goes. Read without the code that is tested.
 *
 * @param nanos when, since 1970
 * @param tunnel the ends of the packet it is in, or null
 * @param source of the IPv6 header
 * @param destination of the IPv6 header
 * @param home what the home address option says, or null
 * @param routedTo what the type 2 routing header says, or null
 * @param protocol what it carries
 * @param mobilityType of the mobility header, or -1
 * @param sequence of a binding update, or -1
 * @param data how many bytes of a TCP stream it has
 */
public record MobilePacket(
    long nanos,
    @Nullable Tunnel tunnel,
    Ip6 source,
    Ip6 destination,
    @Nullable Ip6 home,
    @Nullable Ip6 routedTo,
    int protocol,
    int mobilityType,
    int sequence,
    int data) {

  /** Asks for a home keygen token; a type of mobility header, as those that follow. */
  public static final int HOME_TEST_INIT = 1;

  /** Asks for a care-of keygen token. */
  public static final int CARE_OF_TEST_INIT = 2;

  /** The home keygen token. */
  public static final int HOME_TEST = 3;

  /** The care-of keygen token. */
  public static final int CARE_OF_TEST = 4;

  /** Tells a care-of address. */
  public static final int BINDING_UPDATE = 5;

  /** Answers that. */
  public static final int BINDING_ACKNOWLEDGEMENT = 6;

  private static final int ETHERNET = 1;

  private static final int ETHERNET_HEADER = 14;
  private static final int TCP = 6;
  private static final int IPV6_HEADER = 40;
  private static final int IPV6 = 41;
  private static final int ROUTING = 43;
  private static final int OPTIONS = 60;
  private static final int MOBILITY = 135;
  private static final int HOME_ADDRESS_AT = 8;

  /** The two ends of a tunnel. */
  public record Tunnel(Ip6 from, Ip6 to) {}

  /** The IPv6 packets of a capture, in their order. */
  public static List<MobilePacket> all(PcapFile capture) {
    List<MobilePacket> packets = new ArrayList<>();
    for (PcapFile.Packet each : capture.records()) {
      int at = capture.linkType() == ETHERNET ? ETHERNET_HEADER : 0;
      ByteBuffer bytes = each.bytes();
      if (bytes.limit() >= at + IPV6_HEADER && bytes.get(at) >>> 4 == 6) {
        packets.add(read(each.nanos(), null, bytes.slice(at, bytes.limit() - at)));
      }
    }
    return packets;
  }

  private static MobilePacket read(long nanos, @Nullable Tunnel tunnel, ByteBuffer bytes) {
    Ip6 source = Ip6.read(bytes, 8);
    Ip6 destination = Ip6.read(bytes, 24);
    Ip6 home = null;
    Ip6 routedTo = null;
    int next = bytes.get(6);
    int at = IPV6_HEADER;
    while (next == ROUTING || next == OPTIONS) {
      if (next == ROUTING) {
        routedTo = Ip6.read(bytes, at + 8);
      } else {
        home = Ip6.read(bytes, at + HOME_ADDRESS_AT);
      }
      next = bytes.get(at);
      at += 8 + 8 * bytes.get(at + 1);
    }
    next = Byte.toUnsignedInt((byte) next);
    if (next == IPV6) {
      Tunnel around = new Tunnel(source, destination);
      return read(nanos, around, bytes.slice(at, bytes.limit() - at));
    }
    int type = next == MOBILITY ? bytes.get(at + 2) : -1;
    int sequence = type == BINDING_UPDATE ? bytes.getShort(at + 6) & 0xffff : -1;
    int end = IPV6_HEADER + Short.toUnsignedInt(bytes.getShort(4));
    int data = next == TCP ? end - at - (bytes.get(at + 12) >> 4 & 0xf) * 4 : 0;
    return new MobilePacket(
        nanos, tunnel, source, destination, home, routedTo, next, type, sequence, data);
  }

  /** Whether it belongs to a TCP connection with an address, wherever that is in the packet. */
  public boolean isTcpWith(Ip6 address) {
    return protocol == TCP
        && (source.equals(address)
            || destination.equals(address)
            || address.equals(home)
            || address.equals(routedTo));
  }
}
