package dev.baton.linux.steer;

import java.net.InetAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * One end of tunnels, as all nodes know it from its address alone: what they need to agree on is a
 * function of that.
 *
 * @param address of a node, by which the others reach it
 */
record TunnelPoint(InetAddress address) {

  /** In front of the name of every link of ours. */
  static final String LINK_PREFIX = "baton-";

  private static final int LOCAL_UNICAST = 0x02;
  private static final int CLASS_E = 0xf0;

  private byte[] digest(int from, int to) {
    try {
      byte[] all = MessageDigest.getInstance("SHA-256").digest(address.getAddress());
      return Arrays.copyOfRange(all, from, to);
    } catch (NoSuchAlgorithmException e) {
      throw new LinkageError("every JDK has SHA-256", e);
    }
  }

  /** The name of the link there. */
  String link() {
    return LINK_PREFIX + HexFormat.of().formatHex(digest(0, 4));
  }

  /** The hardware address of the link there. */
  byte[] mac() {
    byte[] mac = digest(0, 6);
    mac[0] = LOCAL_UNICAST;
    return mac;
  }

  /** The VXLAN network of the link there, 24 bits. */
  int vni() {
    byte[] bytes = digest(6, 9);
    return (bytes[0] & 0xff) << 16 | (bytes[1] & 0xff) << 8 | (bytes[2] & 0xff);
  }

  /**
   * An address of the other protocol or this, by which the link's neighbour table knows this point.
   * It is never in a packet: an IPv4 point is its IPv4-mapped address, an IPv6 point has some
   * address that nobody can have.
   *
   * @param length 4 or 16
   */
  byte[] neighbour(int length) {
    byte[] own = address.getAddress();
    if (own.length == length) {
      return own;
    }
    if (length == 16) {
      return Addresses.mapped(own);
    }
    byte[] some = digest(9, 13);
    some[0] |= (byte) CLASS_E;
    return some;
  }
}
