package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The first 96 bits of an HMAC-SHA1, by which a mobility message is known for genuine (RFC 6275
 * §6.2.7, RFC 4285 §5.1).
 *
 * @param high the first 64 bits
 * @param low the last 32
 */
public record Authenticator(long high, int low) {

  /** How many bytes an authenticator takes. */
  static final int LENGTH = 12;

  static final Authenticator ZERO = new Authenticator(0, 0);

  static Authenticator read(ByteBuffer buffer, int index) {
    return new Authenticator(buffer.getLong(index), buffer.getInt(index + Long.BYTES));
  }

  void write(ByteBuffer buffer, int index) {
    buffer.putLong(index, high).putInt(index + Long.BYTES, low);
  }

  /** First (96, HMAC_SHA1 (key, first | second | the header's first bytes, with checksum 0)). */
  static Authenticator compute(byte[] key, Ip6 first, Ip6 second, byte[] header, int covered) {
    Mac mac = hmacSha1(key);
    mac.update(first.bytes());
    mac.update(second.bytes());
    mac.update(header, 0, MobilityHeader.CHECKSUM_AT);
    mac.update((byte) 0);
    mac.update((byte) 0);
    int after = MobilityHeader.CHECKSUM_AT + Short.BYTES;
    mac.update(header, after, covered - after);
    return read(ByteBuffer.wrap(mac.doFinal()), 0);
  }

  private static Mac hmacSha1(byte[] key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(key, "HmacSHA1"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA1", e);
    }
  }
}
