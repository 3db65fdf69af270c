package dev.baton.anycast;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv6 address as a value: cheap to compare, without scope, name or lookup.
 *
 * @param high the first 64 bits
 * @param low the last 64 bits
 */
public record Ip6(long high, long low) {

  /** How many bytes an address takes in a packet. */
  public static final int LENGTH = 16;

  /** {@code ::}, the unspecified address. */
  public static final Ip6 UNSPECIFIED = new Ip6(0, 0);

  /** Reads an address that is written as text, without asking any name server. */
  public static Ip6 of(String literal) {
    try {
      if (literal.indexOf(':') < 0) {
        throw new IllegalArgumentException("not an IPv6 address: " + literal);
      }
      return of(InetAddress.getByName(literal));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an IPv6 address: " + literal, e);
    }
  }

  /** Takes over an address of the JDK's; an IPv4 address is refused. */
  public static Ip6 of(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      throw new IllegalArgumentException("not an IPv6 address: " + address);
    }
    return read(ByteBuffer.wrap(address.getAddress()), 0);
  }

  /** Reads the address at an index of a big-endian buffer, whose position does not matter. */
  public static Ip6 read(ByteBuffer buffer, int index) {
    return new Ip6(buffer.getLong(index), buffer.getLong(index + Long.BYTES));
  }

  /** Writes the address at an index of a big-endian buffer, whose position stays. */
  public void write(ByteBuffer buffer, int index) {
    buffer.putLong(index, high).putLong(index + Long.BYTES, low);
  }

  /** The address in network order, a new array. */
  public byte[] bytes() {
    byte[] bytes = new byte[LENGTH];
    write(ByteBuffer.wrap(bytes), 0);
    return bytes;
  }

  /** The same address for the JDK's sockets. */
  public Inet6Address toInetAddress() {
    try {
      // The constructor without scope; getByAddress would make an IPv4 address of a mapped one.
      return Inet6Address.getByAddress(null, bytes(), -1);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("sixteen bytes are always an address", e);
    }
  }

  /** Whether this is a unicast address that packets can be routed to (RFC 6275 §9.5.1). */
  public boolean isGlobalUnicast() {
    long first = high >>> 56;
    boolean multicast = first == 0xff;
    boolean linkLocal = high >>> 54 == 0x3fa;
    boolean loopbackOrUnspecified = high == 0 && (low == 0 || low == 1);
    return !multicast && !linkLocal && !loopbackOrUnspecified;
  }

  @Override
  public String toString() {
    return toInetAddress().getHostAddress();
  }
}
