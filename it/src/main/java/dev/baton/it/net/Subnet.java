package dev.baton.it.net;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * The addresses of one segment or of one host's link to the wide area: {@code
 * 2001:db8:0:NUMBER::/64} and {@code 10.70.NUMBER.0/24}. Members have the numbers from 1 in the
 * order they came; the others up to 253 are free for contact addresses and the like.
 *
 * @param number 1 to 255
 */
public record Subnet(int number) {

  private static final long V6 = 0x2001_0db8_0000_0000L;
  private static final int V4 = (10 << 24) | (70 << 16);

  /** The router's own address in each subnet. */
  static final int ROUTER = 254;

  /** Refuses numbers that do not fit. */
  public Subnet {
    if (number < 1 || number > 255) {
      throw new IllegalArgumentException("not the number of a subnet: " + number);
    }
  }

  /** The IPv6 address of a member, numbered from 1. */
  public Inet6Address ipv6(int member) {
    return (Inet6Address)
        address(ByteBuffer.allocate(16).putLong(V6 | number).putLong(member).array());
  }

  /** The IPv4 address of a member, numbered from 1. */
  public Inet4Address ipv4(int member) {
    return (Inet4Address)
        address(ByteBuffer.allocate(4).putInt(V4 | (number << 8) | member).array());
  }

  /** All IPv6 addresses, as {@code ADDRESS/BITS}. */
  public String ipv6() {
    return "2001:db8:0:%x::/64".formatted(number);
  }

  /** All IPv4 addresses, as {@code ADDRESS/BITS}. */
  public String ipv4() {
    return "10.70.%d.0/24".formatted(number);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // Only for a wrong number of bytes.
    }
  }
}
