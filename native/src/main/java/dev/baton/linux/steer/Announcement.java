package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Frames that tell a subnet at which hardware address an address is. */
final class Announcement {

  static final int ARPHRD_ETHER = 1;
  private static final short ETH_P_IP = 0x0800;
  private static final short ETH_P_ARP = 0x0806;
  static final short ETH_P_IPV6 = (short) 0x86dd;

  static final int ETHERNET_LENGTH = 14;
  private static final int MAC_LENGTH = 6;
  private static final int SOCKADDR_LL_LENGTH = 20;

  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
  private static final byte[] ALL_NODES_MAC = {0x33, 0x33, 0, 0, 0, 1};
  private static final byte[] ALL_NODES = {
    (byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
  };

  private static final short ARP_REQUEST = 1;
  private static final short ARP_REPLY = 2;

  static final byte ICMPV6 = 58;
  static final byte NEIGHBOUR_ADVERTISEMENT = (byte) 136;
  private static final int OVERRIDE = 0x20000000;
  private static final byte TARGET_LINK_LAYER_ADDRESS = 2;
  private static final int ADVERTISEMENT_LENGTH = 32;
  static final int IPV6_LENGTH = 40;
  static final int CHECKSUM_AT = 2;

  private Announcement() {}

  static void send(Rtnetlink.Link link, InetAddress address) throws LinuxException {
    if (link.hardware() != ARPHRD_ETHER) {
      return;
    }
    String doing = "announce " + address.getHostAddress() + " on " + link.name();
    int fd = Calls.open(Calls.AF_PACKET, Calls.SOCK_RAW, 0, doing);
    try {
      for (byte[] frame : frames(HexFormat.of().parseHex(link.mac()), address.getAddress())) {
        send(fd, frame, link.index(), doing);
      }
    } finally {
      Calls.close(fd);
    }
  }

  private static List<byte[]> frames(byte[] mac, byte[] address) {
    return address.length == 4
        ? List.of(arp(ARP_REQUEST, mac, address), arp(ARP_REPLY, mac, address))
        : List.of(advertisement(mac, address));
  }

  private static byte[] arp(short operation, byte[] mac, byte[] address) {
    short ethernet = 1;
    return ethernet(BROADCAST, mac, ETH_P_ARP, 28)
        .putShort(ethernet)
        .putShort(ETH_P_IP)
        .put((byte) MAC_LENGTH)
        .put((byte) address.length)
        .putShort(operation)
        .put(mac)
        .put(address)
        .put(operation == ARP_REPLY ? BROADCAST : new byte[MAC_LENGTH])
        .put(address)
        .array();
  }

  private static byte[] advertisement(byte[] mac, byte[] address) {
    byte[] frame =
        ethernet(ALL_NODES_MAC, mac, ETH_P_IPV6, IPV6_LENGTH + ADVERTISEMENT_LENGTH)
            .putInt(6 << 28)
            .putShort((short) ADVERTISEMENT_LENGTH)
            .put(ICMPV6)
            .put((byte) 255)
            .put(address)
            .put(ALL_NODES)
            .put(NEIGHBOUR_ADVERTISEMENT)
            .put((byte) 0)
            .putShort((short) 0)
            .putInt(OVERRIDE)
            .put(address)
            .put(TARGET_LINK_LAYER_ADDRESS)
            .put((byte) 1)
            .put(mac)
            .array();
    int body = ETHERNET_LENGTH + IPV6_LENGTH;
    return ByteBuffer.wrap(frame).putShort(body + CHECKSUM_AT, checksum(frame)).array();
  }

  /** Of the ICMPv6 message with the pseudo-header: both addresses, length and protocol. */
  static short checksum(byte[] frame) {
    int addresses = ETHERNET_LENGTH + 8;
    ByteBuffer summed = ByteBuffer.wrap(Arrays.copyOfRange(frame, addresses, frame.length));
    int sum = frame.length - ETHERNET_LENGTH - IPV6_LENGTH + ICMPV6;
    while (summed.hasRemaining()) {
      sum += summed.getShort() & 0xffff;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }

  static ByteBuffer ethernet(byte[] to, byte[] from, short protocol, int length) {
    return ByteBuffer.allocate(ETHERNET_LENGTH + length).put(to).put(from).putShort(protocol);
  }

  static void send(int fd, byte[] frame, int link, String doing) throws LinuxException {
    try (Memory memory = new Memory(SOCKADDR_LL_LENGTH + frame.length)) {
      memory.clear(SOCKADDR_LL_LENGTH);
      memory.setShort(0, (short) Calls.AF_PACKET);
      memory.setInt(4, link);
      memory.write(SOCKADDR_LL_LENGTH, frame, 0, frame.length);
      long at = Pointer.nativeValue(memory);
      if (Calls.sendto(fd, at + SOCKADDR_LL_LENGTH, frame.length, 0, at, SOCKADDR_LL_LENGTH) < 0) {
        throw Calls.failure(doing + ": sendto");
      }
    }
  }
}
