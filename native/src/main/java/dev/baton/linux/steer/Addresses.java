package dev.baton.linux.steer;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;

/** Addresses as netlink and nftables want them. */
final class Addresses {

  /** In front of the IPv4 address in an IPv4-mapped one. */
  private static final byte[] MAPPED = HexFormat.of().parseHex("00000000000000000000ffff");

  private Addresses() {}

  static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
    }
  }

  /** The address by itself: no host name, no scope. */
  static InetAddress plain(InetAddress address) {
    return of(address.getAddress());
  }

  static boolean isIpv4(InetAddress address) {
    return address.getAddress().length == 4;
  }

  static int family(byte[] address) {
    return address.length == 4 ? Calls.AF_INET : Calls.AF_INET6;
  }

  static byte[] mapped(byte[] ipv4) {
    byte[] mapped = Arrays.copyOf(MAPPED, 16);
    System.arraycopy(ipv4, 0, mapped, MAPPED.length, ipv4.length);
    return mapped;
  }

  /** A number that is the same for the same addresses; theirs would be a mere sum of bytes. */
  static int hash(Set<InetAddress> addresses) {
    Set<String> sorted = new TreeSet<>();
    addresses.forEach(address -> sorted.add(address.getHostAddress()));
    return sorted.toString().hashCode();
  }

  /** Whether an address is within the subnet of another. */
  static boolean inSubnet(InetAddress address, InetAddress other, int prefix) {
    byte[] one = address.getAddress();
    byte[] two = other.getAddress();
    if (one.length != two.length) {
      return false;
    }
    int differs = new BigInteger(1, one).xor(new BigInteger(1, two)).bitLength();
    return differs <= one.length * 8 - prefix;
  }

  /** What to write in native order so that it is there in network order. */
  static long networkOrder(long value) {
    return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Long.reverseBytes(value);
  }

  /** The same for 16 bits. */
  static int networkOrder16(short value) {
    boolean same = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    return Short.toUnsignedInt(same ? value : Short.reverseBytes(value));
  }
}
