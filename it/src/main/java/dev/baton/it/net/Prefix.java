package dev.baton.it.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * Some of the first bits of an address. IPv4 addresses count as their IPv4-mapped IPv6 ones.
 *
 * @param high first half of the address
 * @param low second half of the address
 * @param bits how many count, 0 to 128
 */
record Prefix(long high, long low, int bits) {

  private static final int ADDRESS_BITS = 128;
  private static final int IPV4_BITS = 32;
  private static final long MAPPED = 0xffff_0000_0000L;

  /** Of {@code ADDRESS/BITS} as people write it; an address alone has all of its bits. */
  static Prefix of(String text) {
    String[] parts = text.split("/", 2);
    byte[] address;
    try {
      if (!parts[0].matches("[0-9a-fA-F.:]+")) {
        throw new UnknownHostException("not an address but a name");
      }
      address = InetAddress.getByName(parts[0]).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not a prefix: " + text, e);
    }
    int addressBits = address.length * 8;
    int bits = parts.length == 1 ? addressBits : Integer.parseInt(parts[1]);
    if (bits < 0 || bits > addressBits) {
      throw new IllegalArgumentException("not a prefix: " + text);
    }
    ByteBuffer buffer = ByteBuffer.wrap(address);
    return addressBits == IPV4_BITS
        ? new Prefix(0, mapped(buffer.getInt()), bits + ADDRESS_BITS - IPV4_BITS)
        : new Prefix(buffer.getLong(), buffer.getLong(), bits);
  }

  /** The second half of an IPv4-mapped address; the first is 0. */
  static long mapped(int ipv4) {
    return MAPPED | Integer.toUnsignedLong(ipv4);
  }

  boolean contains(long addressHigh, long addressLow) {
    return ((high ^ addressHigh) & mask(bits)) == 0
        && ((low ^ addressLow) & mask(bits - Long.SIZE)) == 0;
  }

  private static long mask(int ones) {
    return ones <= 0 ? 0 : -1L << Math.max(0, Long.SIZE - ones);
  }
}
