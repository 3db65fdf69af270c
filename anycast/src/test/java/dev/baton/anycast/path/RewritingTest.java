package dev.baton.anycast.path;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Ip6;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What is put on is what scapy builds, checksums included, and comes off without a trace. */
class RewritingTest {

  private static final Ip6 CARE_OF = Ip6.of("2001:db8:1::b");
  private static final Ip6 AGENT = Ip6.of("2001:db8::1");

  private static List<ScapyPackets> all;

  @BeforeAll
  static void ask() throws Exception {
    all = ScapyPackets.all();
    assertThat(all).hasSizeGreaterThan(15);
  }

  private static HeaderChain headers(Packet packet) {
    HeaderChain headers = new HeaderChain();
    assertThat(headers.read(packet)).isNull();
    return headers;
  }

  private static ByteBuffer bytes(byte[] bytes) {
    return ByteBuffer.wrap(bytes);
  }

  @TestFactory
  List<DynamicTest> goesOnAsScapyBuildsItAndComesOffAgain() {
    return all.stream()
        .filter(each -> !each.name().startsWith("big"))
        .map(each -> DynamicTest.dynamicTest(each.name(), () -> thereAndBack(each)))
        .toList();
  }

  private static void thereAndBack(ScapyPackets each) {
    Packet packet = ScapyPackets.packet(each.before());
    add(each.name(), packet);
    assertThat(packet.copy()).isEqualTo(bytes(each.after()));
    remove(each.name(), packet);
    assertThat(packet.copy()).isEqualTo(bytes(each.before()));
  }

  private static void add(String name, Packet packet) {
    if (name.startsWith("routing")) {
      Rewriting.addRouting(packet, headers(packet), CARE_OF);
    } else if (name.startsWith("home")) {
      Rewriting.addHomeAddress(packet, headers(packet), CARE_OF);
    } else {
      Rewriting.encapsulate(packet, CARE_OF, AGENT);
    }
  }

  private static void remove(String name, Packet packet) {
    HeaderChain headers = headers(packet);
    if (name.startsWith("routing")) {
      assertThat(headers.hasRouting()).isTrue();
      Rewriting.removeRouting(packet, headers);
    } else if (name.startsWith("home")) {
      assertThat(headers.hasHomeAddress()).isTrue();
      Rewriting.removeHomeAddress(packet, headers);
    } else {
      assertThat(Rewriting.decapsulate(packet, headers)).isTrue();
    }
  }

  @TestFactory
  List<DynamicTest> routersComplaintsAreAboutThePacketAsItWas() {
    return all.stream()
        .filter(each -> each.name().startsWith("big"))
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.name(),
                    () -> {
                      Packet told = new TooBig().translate(ScapyPackets.packet(each.before()));
                      assertThat(told).isNotNull();
                      assertThat(told.copy()).isEqualTo(bytes(each.after()));
                    }))
        .toList();
  }

  @Test
  void complaintsAboutOtherPacketsAreLeftToTheKernel() {
    byte[] plain = all.get(0).before();
    byte[] message = new byte[8 + plain.length];
    message[0] = 2;
    System.arraycopy(plain, 0, message, 8, plain.length);
    assertThat(new TooBig().translate(ScapyPackets.packet(message))).isNull();
    assertThat(new TooBig().translate(ScapyPackets.packet(new byte[20]))).isNull();
  }

  @Test
  void noComplaintAsksForLessThanIpv6Guarantees() {
    ScapyPackets big =
        all.stream().filter(each -> each.name().equals("big-home")).findAny().orElseThrow();
    byte[] message = big.before().clone();
    ByteBuffer.wrap(message).putInt(4, 1280);
    Packet told = new TooBig().translate(ScapyPackets.packet(message));
    assertThat(told.getInt(Packet.HEADER + 4)).isEqualTo(1280);
  }

  @Test
  void otherOptionsOfTheSameHeaderStay() {
    ScapyPackets home =
        all.stream().filter(each -> each.name().equals("home-tcp")).findAny().orElseThrow();
    byte[] other = home.after().clone();
    other[42] = 5; // a router alert instead of padding
    Packet packet = ScapyPackets.packet(other);
    Rewriting.removeHomeAddress(packet, headers(packet));
    assertThat(packet.length()).isEqualTo(other.length);
    HeaderChain headers = headers(packet);
    assertThat(headers.hasHomeAddress()).isFalse();
    assertThat(headers.protocol()).isEqualTo(HeaderChain.TCP);
    assertThat(packet.address(Packet.SOURCE)).isEqualTo(Ip6.of("2001:db8::a"));
  }

  @Test
  void congestionThatATunnelSawIsNotForgotten() {
    ScapyPackets tunnel =
        all.stream().filter(each -> each.name().equals("tunnel-tcp")).findAny().orElseThrow();
    Packet marked = ScapyPackets.packet(tunnel.after()); // its sender says ECT(1)
    marked.putInt(0, marked.getInt(0) | 3 << 20);
    assertThat(Rewriting.decapsulate(marked, headers(marked))).isTrue();
    assertThat(marked.getInt(0) >>> 20 & 3).isEqualTo(3);
    Packet deaf = ScapyPackets.packet(tunnel.after());
    deaf.putInt(0, deaf.getInt(0) | 3 << 20);
    deaf.putInt(40, deaf.getInt(40) & ~(3 << 20));
    assertThat(Rewriting.decapsulate(deaf, headers(deaf))).isFalse();
  }
}
