package dev.baton.anycast.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.path.Role.Tunnel;
import org.junit.jupiter.api.Test;

class MovedFlowsTest {

  private static final Ip6 ONE = Ip6.of("2001:db8::1");
  private static final Ip6 OTHER = Ip6.of("2001:db8::2");
  private static final Tunnel HERE_TO_B = new Tunnel(Ip6.of("2001:db8::a"), Ip6.of("2001:db8::b"));
  private static final Tunnel HERE_TO_C = new Tunnel(Ip6.of("2001:db8::a"), Ip6.of("2001:db8::c"));

  private final MovedFlows moved = new MovedFlows();

  private Tunnel of(Ip6 client, int clientPort, int serverPort) {
    return moved.of(client.high(), client.low(), MovedFlows.flow(clientPort, serverPort));
  }

  @Test
  void eachConnectionOfAClientHasAPlaceOfItsOwn() {
    int high = MovedFlows.flow(65_535, 80);
    moved.put(ONE, MovedFlows.flow(40_000, 80), HERE_TO_B);
    moved.put(ONE, high, HERE_TO_C);
    assertThat(of(ONE, 40_000, 80)).isSameAs(HERE_TO_B);
    assertThat(of(ONE, 65_535, 80)).isSameAs(HERE_TO_C);
    assertThat(of(ONE, 40_000, 81)).isNull();
    assertThat(of(OTHER, 40_000, 80)).isNull();
    moved.put(ONE, high, HERE_TO_B);
    assertThat(of(ONE, 65_535, 80)).isSameAs(HERE_TO_B);
  }

  @Test
  void whatHasComeBackIsHere() {
    moved.put(ONE, MovedFlows.flow(40_000, 80), HERE_TO_B);
    moved.put(ONE, MovedFlows.flow(40_001, 80), HERE_TO_C);
    moved.remove(ONE, MovedFlows.flow(40_000, 80));
    moved.remove(OTHER, MovedFlows.flow(40_001, 80));
    assertThat(of(ONE, 40_000, 80)).isNull();
    assertThat(of(ONE, 40_001, 80)).isSameAs(HERE_TO_C);
    moved.remove(ONE, MovedFlows.flow(40_001, 80));
    moved.remove(ONE, MovedFlows.flow(40_001, 80));
    assertThat(of(ONE, 40_001, 80)).isNull();
  }

  @Test
  void tunnelsBeginWhereTheNodeIs() {
    Ip6 there = Ip6.of("2001:db8::d");
    moved.put(ONE, MovedFlows.flow(40_000, 80), HERE_TO_B);
    moved.put(OTHER, MovedFlows.flow(40_000, 80), HERE_TO_C);
    moved.beginAt(there);
    assertThat(of(ONE, 40_000, 80)).isEqualTo(new Tunnel(there, HERE_TO_B.homeAgent()));
    assertThat(of(OTHER, 40_000, 80)).isEqualTo(new Tunnel(there, HERE_TO_C.homeAgent()));
  }
}
