package dev.baton.handoff.wire;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * One end of a TCP connection, as it travels.
 *
 * @param address 4 or 16 bytes
 * @param port 1 to 65535
 */
@SuppressWarnings("ArrayRecordComponent") // never compared: it exists between two encodings
public record Endpoint(byte[] address, int port) {

  /** The endpoint of a resolved socket address. */
  public static Endpoint of(InetSocketAddress socketAddress) {
    return new Endpoint(socketAddress.getAddress().getAddress(), socketAddress.getPort());
  }

  /**
   * The socket address.
   *
   * @throws ProtocolException if this is no address or no port
   */
  public InetSocketAddress toSocketAddress() throws ProtocolException {
    if (port < 1 || port > 65535) {
      throw new ProtocolException("port " + port + " is not between 1 and 65535");
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new ProtocolException("an address of " + address.length + " bytes");
    }
  }
}
