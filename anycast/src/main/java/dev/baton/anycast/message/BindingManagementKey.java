package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityOption.BindingAuthorization;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Kbm, the key that return routability gives to mobile node and correspondent (RFC 6275 §5.2.5),
 * and the binding updates and acknowledgements it protects (§5.2.6). It never shows its bytes.
 */
public final class BindingManagementKey {

  private final byte[] key;

  private BindingManagementKey(byte[] tokens) {
    try {
      this.key = MessageDigest.getInstance("SHA-1").digest(tokens);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** The key for a binding: SHA-1 of both keygen tokens. */
  public static BindingManagementKey of(long homeToken, long careOfToken) {
    return new BindingManagementKey(
        ByteBuffer.allocate(2 * Long.BYTES).putLong(homeToken).putLong(careOfToken).array());
  }

  /** The key for the end of a binding: SHA-1 of the home keygen token alone. */
  public static BindingManagementKey forDeletion(long homeToken) {
    return new BindingManagementKey(ByteBuffer.allocate(Long.BYTES).putLong(homeToken).array());
  }

  /**
   * A packet with the binding authorization data option behind its other options.
   *
   * @param careOf the care-of address that is bound; the home address for a deletion
   * @param correspondent who the mobile node talks to, whichever of the two sends
   */
  public MobilityPacket sign(MobilityPacket packet, Ip6 careOf, Ip6 correspondent) {
    MobilityMessage blank = packet.message().with(new BindingAuthorization(Authenticator.ZERO));
    byte[] header = MobilityHeader.encode(blank);
    Authenticator authenticator =
        Authenticator.compute(
            key, careOf, correspondent, header, header.length - Authenticator.LENGTH);
    return packet.withMessage(packet.message().with(new BindingAuthorization(authenticator)));
  }

  /**
   * Whether what was received carries the right authenticator as its very last bytes; what they
   * cover is what came, not what this implementation would have written.
   */
  public boolean verifies(ReceivedPacket packet, Ip6 careOf, Ip6 correspondent) {
    byte[] header = packet.header();
    BindingAuthorization last = packet.lastAuthorization();
    return last != null
        && last.authenticator()
            .equals(
                Authenticator.compute(
                    key, careOf, correspondent, header, header.length - Authenticator.LENGTH));
  }
}
