package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.BindingError;
import dev.baton.anycast.message.MobilityMessage.BindingRefreshRequest;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.CareOfTestInit;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import java.nio.ByteBuffer;

/** The mobility header as bytes, from payload proto to the last option (RFC 6275 §6.1). */
final class MobilityHeader {

  static final int CHECKSUM_AT = 4;
  static final int NO_NEXT_HEADER = 59;

  /** Eight bytes that the length field does not count. */
  static final int UNCOUNTED = 8;

  private static final int LENGTH_AT = 1;
  private static final int TYPE_AT = 2;
  private static final int DATA_AT = 6;
  private static final int LARGEST = UNCOUNTED + 255 * 8;

  private static final int A = 0x8000;
  private static final int H = 0x4000;
  private static final int L = 0x2000;
  private static final int K = 0x1000;
  private static final int ACKNOWLEDGEMENT_K = 0x80;

  private MobilityHeader() {}

  /** How many bytes a header of that type has before its options, or -1 for an unknown type. */
  static int fixedLength(int type) {
    return switch (type) {
      case BindingRefreshRequest.TYPE -> 8;
      case HomeTestInit.TYPE, CareOfTestInit.TYPE -> 16;
      case HomeTest.TYPE, CareOfTest.TYPE, BindingError.TYPE -> 24;
      case BindingUpdate.TYPE, BindingAcknowledgement.TYPE -> 12;
      default -> -1;
    };
  }

  /** A header of that type is at least as long as this, with the padding it cannot do without. */
  static int leastLength(int type) {
    return (fixedLength(type) + 7) & ~7;
  }

  /** The header with options and padding, its checksum still 0. */
  static byte[] encode(MobilityMessage message) {
    ByteBuffer header = ByteBuffer.allocate(LARGEST);
    header.put(0, (byte) NO_NEXT_HEADER);
    header.put(TYPE_AT, (byte) message.type());
    int options = fixedLength(message.type());
    if (message instanceof HomeTestInit init) {
      header.putLong(8, init.cookie());
    } else if (message instanceof CareOfTestInit init) {
      header.putLong(8, init.cookie());
    } else if (message instanceof HomeTest test) {
      putTest(header, test.nonceIndex(), test.cookie(), test.token());
    } else if (message instanceof CareOfTest test) {
      putTest(header, test.nonceIndex(), test.cookie(), test.token());
    } else if (message instanceof BindingUpdate update) {
      int flags =
          (update.acknowledge() ? A : 0)
              | (update.homeRegistration() ? H : 0)
              | (update.linkLocal() ? L : 0)
              | (update.keyManagement() ? K : 0);
      header.putShort(DATA_AT, (short) update.sequence());
      header.putShort(8, (short) flags).putShort(10, (short) update.lifetime());
    } else if (message instanceof BindingAcknowledgement acknowledgement) {
      header.put(DATA_AT, (byte) acknowledgement.status());
      header.put(7, (byte) (acknowledgement.keyManagement() ? ACKNOWLEDGEMENT_K : 0));
      header.putShort(8, (short) acknowledgement.sequence());
      header.putShort(10, (short) acknowledgement.lifetime());
    } else if (message instanceof BindingError error) {
      header.put(DATA_AT, (byte) error.status());
      error.home().write(header, 8);
    }
    int length = OptionArea.write(header, options, message.options());
    header.put(LENGTH_AT, (byte) ((length - UNCOUNTED) / 8));
    byte[] bytes = new byte[length];
    header.get(0, bytes);
    return bytes;
  }

  private static void putTest(ByteBuffer header, int nonceIndex, long cookie, long token) {
    header.putShort(DATA_AT, (short) nonceIndex).putLong(8, cookie).putLong(16, token);
  }

  /** The options of a complete header. */
  static OptionArea options(byte[] header, int type) {
    try {
      return OptionArea.read(ByteBuffer.wrap(header), fixedLength(type));
    } catch (MalformedPacketException e) {
      throw new IllegalArgumentException("a header of our own is malformed", e);
    }
  }

  /** The message of a complete header whose type is known and whose length is enough for it. */
  static MobilityMessage message(byte[] bytes, OptionArea area) {
    ByteBuffer header = ByteBuffer.wrap(bytes);
    var options = area.options();
    int type = header.get(TYPE_AT) & 0xff;
    return switch (type) {
      case BindingRefreshRequest.TYPE -> new BindingRefreshRequest(options);
      case HomeTestInit.TYPE -> new HomeTestInit(header.getLong(8), options);
      case CareOfTestInit.TYPE -> new CareOfTestInit(header.getLong(8), options);
      case HomeTest.TYPE ->
          new HomeTest(unsigned(header, DATA_AT), header.getLong(8), header.getLong(16), options);
      case CareOfTest.TYPE ->
          new CareOfTest(unsigned(header, DATA_AT), header.getLong(8), header.getLong(16), options);
      case BindingUpdate.TYPE -> {
        int flags = unsigned(header, 8);
        yield new BindingUpdate(
            unsigned(header, DATA_AT),
            (flags & A) != 0,
            (flags & H) != 0,
            (flags & L) != 0,
            (flags & K) != 0,
            unsigned(header, 10),
            options);
      }
      case BindingAcknowledgement.TYPE ->
          new BindingAcknowledgement(
              header.get(DATA_AT) & 0xff,
              (header.get(7) & ACKNOWLEDGEMENT_K) != 0,
              unsigned(header, 8),
              unsigned(header, 10),
              options);
      case BindingError.TYPE ->
          new BindingError(header.get(DATA_AT) & 0xff, Ip6.read(header, 8), options);
      default -> throw new IllegalArgumentException("mobility header of unknown type " + type);
    };
  }

  private static int unsigned(ByteBuffer header, int index) {
    return header.getShort(index) & 0xffff;
  }

  /** Puts in the checksum over the pseudo header of both addresses and the header (§6.1.1). */
  static void writeChecksum(byte[] header, Ip6 sender, Ip6 receiver) {
    ByteBuffer.wrap(header).putShort(CHECKSUM_AT, (short) ~sum(header, sender, receiver));
  }

  /** Whether the checksum in the header is right. */
  static boolean checksumIsRight(byte[] header, Ip6 sender, Ip6 receiver) {
    return sum(header, sender, receiver) == 0xffff;
  }

  private static int sum(byte[] header, Ip6 sender, Ip6 receiver) {
    long sum = (long) header.length + MobilityPacket.NEXT_MOBILITY;
    sum += halves(sender.high()) + halves(sender.low());
    sum += halves(receiver.high()) + halves(receiver.low());
    ByteBuffer words = ByteBuffer.wrap(header);
    while (words.remaining() >= Short.BYTES) {
      sum += words.getShort() & 0xffff;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) sum;
  }

  private static long halves(long eightBytes) {
    return (eightBytes >>> 48)
        + (eightBytes >>> 32 & 0xffff)
        + (eightBytes >>> 16 & 0xffff)
        + (eightBytes & 0xffff);
  }
}
