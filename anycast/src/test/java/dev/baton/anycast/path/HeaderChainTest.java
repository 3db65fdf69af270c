package dev.baton.anycast.path;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Packets that nobody honest sends are told from those that somebody does. */
class HeaderChainTest {

  private static final String ADDRESS = "20010db8000000000000000000000001";
  private static final String HOME_ADDRESS_OPTION = "0102 0000 c910 " + ADDRESS;

  private static final int ROUNDS = 50_000;

  private final HeaderChain headers = new HeaderChain();

  /** An IPv6 packet of a first next header and what follows, in hexadecimal. */
  private static Packet packet(int next, String... parts) {
    byte[] rest = HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
    return ScapyPackets.packet(bytes(next, rest));
  }

  private static byte[] bytes(int next, byte[] rest) {
    return ByteBuffer.allocate(40 + rest.length)
        .putInt(6 << 28)
        .putShort((short) rest.length)
        .put((byte) next)
        .put((byte) 64)
        .position(40)
        .put(rest)
        .array();
  }

  private Reason reason(int next, String... parts) {
    return headers.read(packet(next, parts));
  }

  @Test
  void mobilityMessagesAreFoundBehindWhatMayStandInFrontOfThem() {
    assertThat(reason(135, "3b00050000000000")).isNull();
    assertThat(headers.protocol()).isEqualTo(HeaderChain.MOBILITY);
    assertThat(reason(43, "3c02 0201 00000000", ADDRESS, "8702", HOME_ADDRESS_OPTION, "3b000500"))
        .isNull();
    assertThat(headers.protocol()).isEqualTo(HeaderChain.MOBILITY);
    assertThat(headers.hasRouting()).isTrue();
    assertThat(headers.hasHomeAddress()).isTrue();
    assertThat(headers.payloadAt()).isEqualTo(40 + 24 + 24);
  }

  @Test
  void whatIsCutShortIsDropped() {
    assertThat(headers.read(ScapyPackets.packet(new byte[39]))).isEqualTo(Reason.NOT_IPV6);
    assertThat(headers.read(ScapyPackets.packet(new byte[60]))).isEqualTo(Reason.NOT_IPV6);
    Packet longer = packet(6, "00".repeat(20));
    longer.putShort(Packet.PAYLOAD_LENGTH, 21);
    assertThat(headers.read(longer)).isEqualTo(Reason.TRUNCATED);
    assertThat(reason(60)).isEqualTo(Reason.TRUNCATED);
    assertThat(reason(60, "06000104 000000")).isEqualTo(Reason.TRUNCATED);
    assertThat(reason(60, "06ff0104 00000000")).isEqualTo(Reason.TRUNCATED);
    assertThat(reason(43, "0602 0201 00000000")).isEqualTo(Reason.TRUNCATED);
  }

  @Test
  void routingHeadersMustHaveOneSegmentLeft() {
    for (String left : new String[] {"00", "02", "ff"}) {
      assertThat(reason(43, "0602 02" + left + " 00000000", ADDRESS))
          .isEqualTo(Reason.BAD_ROUTING_HEADER);
    }
    assertThat(reason(43, "0600 0201 00000000", ADDRESS)).isEqualTo(Reason.BAD_ROUTING_HEADER);
    assertThat(reason(43, "0604 0201 00000000", ADDRESS, ADDRESS))
        .isEqualTo(Reason.BAD_ROUTING_HEADER);
    String routing = "0201 00000000" + ADDRESS;
    assertThat(reason(43, "2b02" + routing, "0602" + routing)).isEqualTo(Reason.BAD_ROUTING_HEADER);
  }

  @Test
  void routingHeadersOfOtherTypesAreNoneOfOurBusiness() {
    assertThat(reason(43, "0602 0400 00000000", ADDRESS)).isNull();
    assertThat(headers.hasRouting()).isFalse();
  }

  @Test
  void optionsMustNotLieAboutTheirLength() {
    assertThat(reason(60, "0600 0105 00000000")).isEqualTo(Reason.BAD_OPTIONS);
    assertThat(reason(60, "0600 c910 00000000")).isEqualTo(Reason.BAD_OPTIONS);
    assertThat(reason(60, "0600 c904 00000000")).isEqualTo(Reason.BAD_OPTIONS);
    assertThat(reason(60, "0600 000000000001")).isEqualTo(Reason.BAD_OPTIONS);
    assertThat(reason(60, "3c02", HOME_ADDRESS_OPTION, "0602", HOME_ADDRESS_OPTION))
        .isEqualTo(Reason.BAD_OPTIONS);
  }

  @Test
  void chainsEnd() {
    assertThat(reason(60, "3c00 0104 00000000".repeat(8), "0600 0104 00000000"))
        .isEqualTo(Reason.TOO_MANY_HEADERS);
    assertThat(reason(60, "3c00 0104 00000000".repeat(7), "0600 0104 00000000")).isNull();
    assertThat(reason(60, "0000 0104 00000000", "0600 0104 00000000"))
        .isEqualTo(Reason.HEADERS_OUT_OF_ORDER);
  }

  @Test
  void whateverComesIsReadWithinThePacketAndLeftAlone() {
    long seed = Long.getLong("baton.seed", System.nanoTime());
    System.out.println("-Dbaton.seed=" + seed);
    Random random = new Random(seed);
    int[] interesting = {0, 6, 41, 43, 44, 60, 135};
    int whole = 0;
    Packet packet = new Packet();
    for (int i = 0; i < ROUNDS; i++) {
      byte[] rest = new byte[random.nextInt(120)];
      random.nextBytes(rest);
      for (int at = 0; at + 1 < rest.length; at += 8) {
        rest[at] = (byte) interesting[random.nextInt(interesting.length)];
        rest[at + 1] = (byte) random.nextInt(4);
      }
      int next = interesting[random.nextInt(interesting.length)];
      packet.set(bytes(next, rest));
      ByteBuffer before = packet.copy();
      if (headers.read(packet) == null) {
        whole++;
        assertThat(headers.payloadAt()).isBetween(40, packet.length());
        if (headers.hasHomeAddress()) {
          assertThat(headers.homeAddressAt() + 16).isLessThanOrEqualTo(packet.length());
        }
      }
      assertThat(packet.copy()).isEqualTo(before);
    }
    assertThat(whole).isBetween(1, ROUNDS - 1);
  }
}
