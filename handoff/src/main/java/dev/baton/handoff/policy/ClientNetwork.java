package dev.baton.handoff.policy;

import java.net.InetAddress;

/**
 * The network a client is in, as far as it matters for how far away it is: what providers route as
 * one, /24 of IPv4 and /48 of IPv6.
 */
public final class ClientNetwork {
  /** The longest name of one, in characters. */
  public static final int LONGEST = "ffff:ffff:ffff::/48".length();

  private ClientNetwork() {}

  /** Its name, {@code 192.0.2.0/24} or {@code 2001:db8:7::/48}. */
  public static String of(InetAddress client) {
    byte[] bytes = client.getAddress();
    return bytes.length == Integer.BYTES
        ? (bytes[0] & 0xff) + "." + (bytes[1] & 0xff) + "." + (bytes[2] & 0xff) + ".0/24"
        : group(bytes, 0) + ":" + group(bytes, 2) + ":" + group(bytes, 4) + "::/48";
  }

  private static String group(byte[] bytes, int at) {
    return Integer.toHexString((bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff));
  }
}
