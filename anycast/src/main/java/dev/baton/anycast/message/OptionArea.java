package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityOption.AlternateCareOf;
import dev.baton.anycast.message.MobilityOption.BindingAuthorization;
import dev.baton.anycast.message.MobilityOption.MessageAuthentication;
import dev.baton.anycast.message.MobilityOption.NonceIndices;
import dev.baton.anycast.message.MobilityOption.RefreshAdvice;
import dev.baton.anycast.message.MobilityOption.Unknown;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The options of a mobility header (RFC 6275 §6.2), with padding and alignment.
 *
 * @param options without padding
 * @param endsWithAuthorization whether the last byte of the header is the last one of a binding
 *     authorization data option
 * @param messageAuthenticationAt where the authenticator of RFC 4285 begins, if its option is the
 *     last; else -1
 */
record OptionArea(
    List<MobilityOption> options, boolean endsWithAuthorization, int messageAuthenticationAt) {

  private static final int PAD_1 = 0;
  private static final int PAD_N = 1;

  /** Subtype and security parameter index stand before the authenticator. */
  private static final int BEFORE_MESSAGE_AUTHENTICATOR = 1 + Integer.BYTES;

  static OptionArea read(ByteBuffer header, int from) throws MalformedPacketException {
    List<MobilityOption> options = new ArrayList<>(4);
    boolean authorization = false;
    int messageAuthenticationAt = -1;
    int at = from;
    while (at < header.limit()) {
      int type = header.get(at) & 0xff;
      if (type == PAD_1) {
        at++;
        authorization = false;
        continue;
      }
      if (at + 2 > header.limit()) {
        throw MalformedPacketException.format("the last mobility option has no length");
      }
      int length = header.get(at + 1) & 0xff;
      int data = at + 2;
      if (data + length > header.limit()) {
        throw MalformedPacketException.format(
            "mobility option " + type + " goes beyond its header");
      }
      at = data + length;
      authorization = type == BindingAuthorization.TYPE;
      if (type == PAD_N) {
        continue;
      }
      MobilityOption option = read(header, type, data, length);
      options.add(option);
      messageAuthenticationAt =
          option instanceof MessageAuthentication ? data + BEFORE_MESSAGE_AUTHENTICATOR : -1;
    }
    return new OptionArea(options, authorization, messageAuthenticationAt);
  }

  private static MobilityOption read(ByteBuffer header, int type, int data, int length)
      throws MalformedPacketException {
    return switch (type) {
      case RefreshAdvice.TYPE -> {
        require(length == 2, type, length);
        yield new RefreshAdvice(header.getShort(data) & 0xffff);
      }
      case AlternateCareOf.TYPE -> {
        require(length == Ip6.LENGTH, type, length);
        yield new AlternateCareOf(Ip6.read(header, data));
      }
      case NonceIndices.TYPE -> {
        require(length == 4, type, length);
        yield new NonceIndices(header.getShort(data) & 0xffff, header.getShort(data + 2) & 0xffff);
      }
      case BindingAuthorization.TYPE -> {
        require(length == Authenticator.LENGTH, type, length);
        yield new BindingAuthorization(Authenticator.read(header, data));
      }
      case MessageAuthentication.TYPE -> {
        require(length >= BEFORE_MESSAGE_AUTHENTICATOR, type, length);
        int authenticator = data + BEFORE_MESSAGE_AUTHENTICATOR;
        // Others are for an AAA server, or by an algorithm that is not ours.
        yield header.get(data) == MessageAuthentication.MN_HA
                && data + length == authenticator + Authenticator.LENGTH
            ? new MessageAuthentication(
                header.getInt(data + 1), Authenticator.read(header, authenticator))
            : unknown(header, type, data, length);
      }
      default -> unknown(header, type, data, length);
    };
  }

  private static Unknown unknown(ByteBuffer header, int type, int data, int length) {
    byte[] bytes = new byte[length];
    header.get(data, bytes);
    return new Unknown(type, bytes);
  }

  private static void require(boolean right, int type, int length) throws MalformedPacketException {
    if (!right) {
      throw MalformedPacketException.format(
          "mobility option " + type + " has " + length + " bytes");
    }
  }

  /** Writes options from an index on, each where it must stand; returns the header's length. */
  static int write(ByteBuffer header, int from, List<MobilityOption> options) {
    int at = from;
    for (MobilityOption option : options) {
      at = align(header, at, option);
      at = write(header, at, option);
    }
    return pad(header, at, -at & 7);
  }

  /** An option stands at multiples of some number of bytes, plus some. */
  private static int align(ByteBuffer header, int at, MobilityOption option) {
    if (option instanceof RefreshAdvice || option instanceof NonceIndices) {
      return pad(header, at, -at & 1);
    } else if (option instanceof AlternateCareOf) {
      return pad(header, at, (6 - at) & 7);
    } else if (option instanceof BindingAuthorization) {
      return pad(header, at, (2 - at) & 7);
    } else if (option instanceof MessageAuthentication) {
      return pad(header, at, (1 - at) & 3);
    }
    return at;
  }

  private static int pad(ByteBuffer header, int at, int length) {
    if (length == 1) {
      header.put(at, (byte) PAD_1);
    } else if (length > 1) {
      header.put(at, (byte) PAD_N).put(at + 1, (byte) (length - 2));
      for (int i = 2; i < length; i++) {
        header.put(at + i, (byte) 0);
      }
    }
    return at + length;
  }

  private static int write(ByteBuffer header, int at, MobilityOption option) {
    int data = at + 2;
    int length;
    if (option instanceof RefreshAdvice advice) {
      length = 2;
      header.putShort(data, (short) advice.interval());
    } else if (option instanceof AlternateCareOf alternate) {
      length = Ip6.LENGTH;
      alternate.address().write(header, data);
    } else if (option instanceof NonceIndices indices) {
      length = 4;
      header.putShort(data, (short) indices.home()).putShort(data + 2, (short) indices.careOf());
    } else if (option instanceof BindingAuthorization authorization) {
      length = Authenticator.LENGTH;
      authorization.authenticator().write(header, data);
    } else if (option instanceof MessageAuthentication authentication) {
      length = BEFORE_MESSAGE_AUTHENTICATOR + Authenticator.LENGTH;
      header.put(data, (byte) MessageAuthentication.MN_HA).putInt(data + 1, authentication.spi());
      authentication.authenticator().write(header, data + BEFORE_MESSAGE_AUTHENTICATOR);
    } else if (option instanceof Unknown unknown) {
      length = unknown.data().length;
      header.put(data, unknown.data());
    } else {
      throw new IllegalArgumentException("no such option: " + option);
    }
    header.put(at, (byte) option.type()).put(at + 1, (byte) length);
    return data + length;
  }
}
