package dev.baton.anycast.path;

import java.nio.ByteBuffer;

/** ICMPv6 errors about packets that the role does not like (RFC 4443 §3.4). */
final class IcmpError {

  static final int PARAMETER_PROBLEM = 4;

  /** The code of a parameter problem about a header that the receiver does not know. */
  static final int UNKNOWN_NEXT_HEADER = 1;

  private static final int MESSAGE = Packet.HEADER;
  private static final int CHECKSUM = MESSAGE + 2;
  private static final int POINTER = MESSAGE + 4;
  private static final int QUOTE = MESSAGE + 8;
  private static final int HOP_LIMIT = 64;
  private static final int ADDRESS = 16;

  private IcmpError() {}

  /**
   * A parameter problem.
   *
   * @param offending a whole IPv6 packet to an address of this host, from the buffer's position
   * @return the whole packet, to the other's source
   */
  static byte[] parameterProblem(ByteBuffer offending, int code, int pointer) {
    ByteBuffer about = offending.slice();
    int quote = Math.min(about.limit(), TooBig.LEAST_MTU - QUOTE);
    int length = QUOTE - MESSAGE + quote;
    ByteBuffer packet =
        ByteBuffer.allocate(QUOTE + quote)
            .putInt(6 << 28)
            .putShort((short) length)
            .put((byte) HeaderChain.ICMPV6)
            .put((byte) HOP_LIMIT)
            .put(about.slice(Packet.DESTINATION, ADDRESS))
            .put(about.slice(Packet.SOURCE, ADDRESS))
            .put((byte) PARAMETER_PROBLEM)
            .put((byte) code)
            .putShort((short) 0)
            .putInt(POINTER, pointer)
            .put(QUOTE, about, 0, quote);
    long sum =
        Checksum.sum(packet, Packet.SOURCE, 2 * ADDRESS)
            + length
            + HeaderChain.ICMPV6
            + Checksum.sum(packet, MESSAGE, length);
    return packet.putShort(CHECKSUM, (short) ~Checksum.fold(sum)).array();
  }
}
