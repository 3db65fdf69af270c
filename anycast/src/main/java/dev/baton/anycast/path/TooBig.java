package dev.baton.anycast.path;

import org.jspecify.annotations.Nullable;

/**
 * "Packet too big" (RFC 4443 §3.2) about packets that were rewritten here. Who sent the packet in
 * the first place knows it as it was before, and must make it shorter by what was put on. For one
 * thread.
 */
final class TooBig {

  /** The least MTU of IPv6. */
  static final int LEAST_MTU = 1280;

  private static final int TYPE = 2;

  /** Where in a message the packet begins that it is about. */
  static final int MESSAGE = 8;

  /** Where in a message it is said what would have passed. */
  static final int MTU = 4;

  private static final int CHECKSUM = 2;
  private static final int HOP_LIMIT = 64;
  private static final int IPV6_VERSION = 6 << 28;

  private final Packet quoted = new Packet();
  private final Packet translated = new Packet();
  private final HeaderChain headers = new HeaderChain();

  /**
   * Translates a message.
   *
   * @param message from its type on
   * @return the message for the packet's sender, good until the next call; null if it is not about
   *     a packet that was rewritten here
   */
  @Nullable Packet translate(Packet message) {
    int length = message.length() - MESSAGE;
    if (length < Packet.HEADER || message.get(0) != TYPE || message.get(MESSAGE) >>> 4 != 6) {
      return null;
    }
    quoted.clear(length);
    quoted.copyFrom(message, MESSAGE, 0, length);
    if (headers.walk(quoted) != null || !restore()) {
      return null;
    }
    int mtu = Math.max(LEAST_MTU, message.getInt(MTU) - (length - quoted.length()));
    return about(quoted, mtu);
  }

  private boolean restore() {
    if (headers.hasRouting()) {
      Rewriting.removeRouting(quoted, headers);
      return true;
    }
    if (headers.hasHomeAddress() && !headers.hasOtherOptions()) {
      Rewriting.removeHomeAddress(quoted, headers);
      return true;
    }
    return headers.protocol() == HeaderChain.IPV6
        && quoted.length() >= headers.payloadAt() + Packet.HEADER
        && Rewriting.decapsulate(quoted, headers);
  }

  private Packet about(Packet packet, int mtu) {
    int quote = Math.min(packet.length(), LEAST_MTU - Packet.HEADER - MESSAGE);
    int length = MESSAGE + quote;
    translated.clear(Packet.HEADER + length);
    translated.putInt(0, IPV6_VERSION);
    translated.putShort(Packet.PAYLOAD_LENGTH, length);
    translated.put(Packet.NEXT_HEADER, HeaderChain.ICMPV6);
    translated.put(Packet.HOP_LIMIT, HOP_LIMIT);
    translated.putAddress(Packet.SOURCE, packet.address(Packet.DESTINATION));
    translated.putAddress(Packet.DESTINATION, packet.address(Packet.SOURCE));
    int at = Packet.HEADER;
    translated.putInt(at, TYPE << 24);
    translated.putInt(at + MTU, mtu);
    translated.copyFrom(packet, 0, at + MESSAGE, quote);
    long addresses = translated.sum(Packet.SOURCE, Packet.HEADER - Packet.SOURCE);
    long sum = addresses + length + HeaderChain.ICMPV6 + translated.sum(at, length);
    translated.putShort(at + CHECKSUM, ~Checksum.fold(sum));
    return translated;
  }
}
