package dev.baton.linux;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code sockaddr_in} and {@code sockaddr_in6} in memory, and back. IPv4-mapped addresses come out
 * as IPv4: Java's {@link InetAddress} does that by itself.
 */
final class SocketAddresses {

  /** Room for either structure. */
  static final int MAX_LENGTH = 28;

  private static final int IN_LENGTH = 16;
  private static final int IN6_LENGTH = 28;

  private SocketAddresses() {}

  /**
   * Writes an address at offset 0.
   *
   * @param family AF_INET, or AF_INET6, on which an IPv4 address is written as a mapped one
   * @return the length of the structure
   */
  static int encode(ByteBuffer memory, int family, InetSocketAddress address) {
    memory.putShort(0, (short) family);
    putPort(memory, address.getPort());
    byte[] bytes = address.getAddress().getAddress();
    if (family == SystemCalls.AF_INET) {
      if (bytes.length != 4) {
        throw new IllegalArgumentException(address + " cannot be used on an IPv4 socket");
      }
      memory.put(4, bytes);
      memory.putLong(8, 0);
      return IN_LENGTH;
    }
    memory.putInt(4, 0); // flow label
    if (bytes.length == 4) {
      memory.putLong(8, 0);
      memory.putShort(16, (short) 0);
      memory.putShort(18, (short) 0xffff);
      memory.put(20, bytes);
    } else {
      memory.put(8, bytes);
    }
    memory.putInt(24, scope(address.getAddress()));
    return IN6_LENGTH;
  }

  /** Reads the address at offset 0. */
  static InetSocketAddress decode(ByteBuffer memory) {
    int family = memory.getShort(0);
    int port = ((memory.get(2) & 0xff) << 8) | (memory.get(3) & 0xff);
    return switch (family) {
      case SystemCalls.AF_INET -> {
        byte[] bytes = new byte[4];
        memory.get(4, bytes);
        yield new InetSocketAddress(of(bytes, 0), port);
      }
      case SystemCalls.AF_INET6 -> {
        byte[] bytes = new byte[16];
        memory.get(8, bytes);
        yield new InetSocketAddress(of(bytes, memory.getInt(24)), port);
      }
      default ->
          throw new IllegalStateException("not an internet socket: address family " + family);
    };
  }

  /** Builds an address from 4 or 16 bytes; scope 0 means none. */
  static InetAddress of(byte[] bytes, int scope) {
    try {
      return scope != 0 && bytes.length == 16
          ? Inet6Address.getByAddress(null, bytes, scope)
          : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
    }
  }

  static int scope(InetAddress address) {
    return address instanceof Inet6Address six ? six.getScopeId() : 0;
  }

  static boolean isIpv4(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address;
  }

  /** The IPv4 address, or the last 32 bits of the IPv6 address, as BPF loads it. */
  static int last32Bits(InetAddress address) {
    byte[] bytes = address.getAddress();
    return ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN).getInt(bytes.length - 4);
  }

  private static void putPort(ByteBuffer memory, int port) {
    memory.put(2, (byte) (port >> 8));
    memory.put(3, (byte) port);
  }
}
