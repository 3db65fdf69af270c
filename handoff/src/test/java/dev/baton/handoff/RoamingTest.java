package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.linux.steer.Interfaces.Ready;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** To which address a node moves, and where the others look for it then. */
class RoamingTest {

  private static final Inet6Address GIVEN = ip("2001:db8:1::a");
  private static final Inet6Address SECOND = ip("2001:db8:2::b");
  private static final Inet6Address THIRD = ip("2001:db8:3::c");
  private static final Inet6Address LOCAL = ip("fe80::1");
  private static final Inet6Address UNIQUE_LOCAL = ip("fd00::1");

  private static Inet6Address ip(String address) {
    try {
      return (Inet6Address) InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Ready lasting(Inet6Address address) {
    return new Ready(address, false, false);
  }

  private static Ready deprecated(Inet6Address address) {
    return new Ready(address, true, false);
  }

  private static Optional<Inet6Address> choose(Inet6Address current, Ready... there) {
    return Roaming.choose(GIVEN, current, List.of(there));
  }

  @Test
  void nothingMovesWhileTheAddressIsThere() {
    assertThat(choose(GIVEN, lasting(SECOND), deprecated(GIVEN))).contains(GIVEN);
    assertThat(choose(SECOND, lasting(THIRD), deprecated(SECOND))).contains(SECOND);
  }

  @Test
  void theAddressOfTheSettingsComesFirst() {
    assertThat(choose(SECOND, lasting(SECOND), lasting(GIVEN))).contains(GIVEN);
  }

  @Test
  void anotherAddressMustReachWhereTheFirstDid() {
    assertThat(choose(GIVEN, lasting(LOCAL), lasting(UNIQUE_LOCAL), deprecated(THIRD))).isEmpty();
    assertThat(choose(GIVEN, lasting(LOCAL), lasting(UNIQUE_LOCAL), lasting(SECOND)))
        .contains(SECOND);
    assertThat(Roaming.choose(UNIQUE_LOCAL, UNIQUE_LOCAL, List.of(lasting(SECOND)))).isEmpty();
    assertThat(Roaming.choose(UNIQUE_LOCAL, SECOND, List.of(lasting(ip("fc00::2")))))
        .contains(ip("fc00::2"));
  }

  @Test
  void oneThatLastsIsBetterThanATemporaryOne() {
    Ready temporary = new Ready(SECOND, false, true);
    assertThat(choose(GIVEN, temporary, lasting(THIRD))).contains(THIRD);
    assertThat(choose(GIVEN, temporary)).contains(SECOND);
  }

  @Test
  void aNodeThatHasMovedIsLookedForWhereTheGroupSaysItIs() {
    InetSocketAddress a = InetSocketAddress.createUnresolved("2001:db8:1::a", 7000);
    InetSocketAddress b = InetSocketAddress.createUnresolved("2001:db8:2::b", 7000);
    List<InetSocketAddress> settings = List.of(a, b);
    Map<InetSocketAddress, String> met = Map.of(a, "a", b, "b");
    Map<String, InetAddress> home = Map.of("a", GIVEN, "b", SECOND);
    Map<String, InetAddress> away = Map.of("a", GIVEN, "b", THIRD);
    InetSocketAddress there = new InetSocketAddress(THIRD, 7000);

    assertThat(Peers.addresses(settings, met, Map.of(), "a")).containsExactly(a, b);
    assertThat(Peers.addresses(settings, met, home, "a")).containsExactly(a, b);
    assertThat(Peers.addresses(settings, met, away, "a")).containsExactly(a, there);
    assertThat(Peers.addresses(settings, Map.of(), away, "a")).containsExactly(a, b, there);
    assertThat(Peers.addresses(settings, met, away, "b")).containsExactly(a);
  }

  @Test
  void aHostNameIsTakenForRight() {
    InetSocketAddress named = InetSocketAddress.createUnresolved("b.example", 7000);
    assertThat(Peers.addresses(List.of(named), Map.of(named, "b"), Map.of("b", THIRD), "a"))
        .containsExactly(named);
  }
}
