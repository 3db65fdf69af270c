package dev.baton.it.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketTest {

  private static final String V4_START = "4500001c0000400040110000";
  private static final String UDP = "0035003500080000";

  private static Packet packet(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    Packet packet = new Packet(ByteBuffer.allocate(Packet.ROOM).put(0, bytes), 0);
    packet.length = bytes.length;
    return packet;
  }

  private static String v4(String source, String destination) {
    return V4_START + source + destination + UDP;
  }

  private static String v6(String source, String destination) {
    return "60000000" + "0008" + "11" + "40" + source + destination + UDP;
  }

  @ParameterizedTest
  @CsvSource({"64, 63", "2, 1", "255, 254"})
  void aHopLeavesAnIpv4ChecksumRight(int before, int after) {
    for (int identification = 0; identification < 1 << 16; identification += 7) {
      Packet packet = packet(v4("0a460101", "0a460201"));
      packet.memory.putShort(4, (short) identification).put(8, (byte) before);
      packet.memory.putShort(10, packet.checksum(0, 0, Packet.V4_HEADER));

      assertThat(packet.hop()).isTrue();

      assertThat(packet.memory.get(8)).isEqualTo((byte) after);
      assertThat(packet.checksum(0, 0, Packet.V4_HEADER)).isZero();
    }
  }

  @Test
  void theLastHopIsTheLast() {
    Packet packet =
        packet(v6("20010db8000000010000000000000001", "20010db8000000020000000000000001"));
    packet.memory.put(7, (byte) 1);

    assertThat(packet.hop()).isFalse();
    assertThat(packet.memory.get(7)).isEqualTo((byte) 1);
  }

  @ParameterizedTest
  @CsvSource({
    "0a460101, 0a460201, true",
    "0a460101, e0000016, false", // to a group
    "0a460101, ffffffff, false", // to all
    "a9fe0101, 0a460201, false", // from a link-local address
    "00000000, 0a460201, false", // from nobody
    "7f000001, 0a460201, false", // from loopback
  })
  void onlyIpv4PacketsBetweenHostsLeaveTheLink(String source, String destination, boolean leaves) {
    assertThat(packet(v4(source, destination)).isForwardable()).isEqualTo(leaves);
  }

  @ParameterizedTest
  @CsvSource({
    "20010db8000000010000000000000001, 20010db8000000020000000000000001, true",
    "20010db8000000010000000000000001, ff020000000000000000000000000002, false",
    "fe800000000000000000000000000001, 20010db8000000020000000000000001, false",
    "00000000000000000000000000000000, 20010db8000000020000000000000001, false",
    "20010db8000000010000000000000001, 00000000000000000000000000000001, false",
  })
  void onlyIpv6PacketsBetweenHostsLeaveTheLink(String source, String destination, boolean leaves) {
    assertThat(packet(v6(source, destination)).isForwardable()).isEqualTo(leaves);
  }

  @Test
  void halfAPacketIsNone() {
    Packet packet = packet(v4("0a460101", "0a460201"));
    packet.length--;

    assertThat(packet.isForwardable()).isFalse();
    assertThat(packet("00").isForwardable()).isFalse();
    assertThat(packet("60").isForwardable()).isFalse();
  }

  @Test
  void anErrorAboutAnErrorIsNotTold() {
    Subnet subnet = new Subnet(1);
    Icmp icmp = new Icmp(subnet.ipv6(Subnet.ROUTER), subnet.ipv4(Subnet.ROUTER));
    Packet packet =
        packet(v6("20010db8000000010000000000000001", "20010db8000000020000000000000001"));
    Packet error = packet("00");
    Packet errorAboutError = packet("00");

    assertThat(icmp.timeExceeded(packet, error)).isTrue();
    assertThat(error.isForwardable()).isTrue();
    assertThat(icmp.timeExceeded(error, errorAboutError)).isFalse();
  }
}
