package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An option of a mobility header that means something; padding is not kept (RFC 6275 §6.2).
 * Alignment is the business of whoever writes.
 */
public sealed interface MobilityOption {

  /** The option's type. */
  int type();

  /**
   * When the home agent wants to be asked again (§6.2.4).
   *
   * @param interval in units of four seconds
   */
  record RefreshAdvice(int interval) implements MobilityOption {
    static final int TYPE = 2;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /** The care-of address to bind, where it is not the packet's source (§6.2.5). */
  record AlternateCareOf(Ip6 address) implements MobilityOption {
    static final int TYPE = 3;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /** Which of the correspondent's nonces the keygen tokens were made with (§6.2.6). */
  record NonceIndices(int home, int careOf) implements MobilityOption {
    static final int TYPE = 4;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /** Proves that the sender knows the binding management key; always the last (§6.2.7). */
  record BindingAuthorization(Authenticator authenticator) implements MobilityOption {
    static final int TYPE = 5;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /**
   * Proves that the sender shares a key with the home agent (RFC 4285 §5.1, subtype 1).
   *
   * @param spi names the key
   */
  record MessageAuthentication(int spi, Authenticator authenticator) implements MobilityOption {
    static final int TYPE = 9;
    static final int MN_HA = 1;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /** An option that is not known here, as it came; it is skipped (§6.2.1). */
  @SuppressWarnings("ArrayRecordComponent") // compared by content, below
  record Unknown(int type, byte[] data) implements MobilityOption {

    @Override
    public boolean equals(Object other) {
      return other instanceof Unknown unknown
          && type == unknown.type
          && Arrays.equals(data, unknown.data);
    }

    @Override
    public int hashCode() {
      return 31 * type + Arrays.hashCode(data);
    }

    @Override
    public String toString() {
      return "Unknown[type=" + type + ", data=" + HexFormat.of().formatHex(data) + "]";
    }
  }
}
