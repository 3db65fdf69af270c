package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityOption.MessageAuthentication;

/**
 * What a mobile node and its home agent share by RFC 4285: a key and the number that names it. All
 * nodes that may hold the contact address have the same. It never shows the key.
 */
public final class HomeAssociation {

  /** Numbers below are reserved (RFC 4285 §5). */
  public static final int LEAST_SPI = 256;

  private final int spi;
  private final byte[] key;

  /**
   * @param spi the security parameter index, an unsigned number of at least {@link #LEAST_SPI}
   * @param key at least 16 bytes; copied
   */
  public HomeAssociation(int spi, byte[] key) {
    if (Integer.compareUnsigned(spi, LEAST_SPI) < 0) {
      throw new IllegalArgumentException(
          "security parameter index " + Integer.toUnsignedString(spi) + " is below " + LEAST_SPI);
    }
    if (key.length < 16) {
      throw new IllegalArgumentException(
          "the key for the home agent has " + key.length + " bytes, and needs at least 16");
    }
    this.spi = spi;
    this.key = key.clone();
  }

  /** The number that names the key. */
  public int spi() {
    return spi;
  }

  /** A packet with the authentication option behind its other options. */
  public MobilityPacket sign(MobilityPacket packet, Ip6 careOf, Ip6 home) {
    MobilityMessage blank =
        packet.message().with(new MessageAuthentication(spi, Authenticator.ZERO));
    byte[] header = MobilityHeader.encode(blank);
    int covered = MobilityHeader.options(header, blank.type()).messageAuthenticationAt();
    return packet.withMessage(
        packet
            .message()
            .with(
                new MessageAuthentication(
                    spi, Authenticator.compute(key, careOf, home, header, covered))));
  }

  /** Whether what was received carries, as its last option, what only this key can have made. */
  public boolean verifies(ReceivedPacket packet, Ip6 careOf, Ip6 home) {
    MessageAuthentication last = packet.lastAuthentication();
    return last != null
        && last.spi() == spi
        && last.authenticator()
            .equals(
                Authenticator.compute(
                    key, careOf, home, packet.header(), packet.messageAuthenticationAt()));
  }

  @Override
  public String toString() {
    return "HomeAssociation[spi=" + Integer.toUnsignedString(spi) + "]";
  }
}
