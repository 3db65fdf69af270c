package dev.baton.linux.steer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.baton.linux.LinuxException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the kernel is told of bindings, and that nothing of it stays. Most kernels cannot have them:
 * {@code KernelPathIT} runs this in one that can.
 */
class RouteOptimizationTest {

  private static Network network;
  private static Network.Host host;
  private static InetAddress own;
  private static InetAddress home;
  private static InetAddress careOf;

  @BeforeAll
  static void start() throws Exception {
    network = Network.start();
    host = network.contact;
    own = host.address(true);
    home = Network.contactAddress(true);
    careOf = network.first.address(true);
  }

  @AfterAll
  static void end() {
    network.close();
  }

  private static Diversion divert() throws Exception {
    return Diversion.open(
        new Diversion.Plan(List.of("eth0"), List.of(60, 135), List.of(), List.of(), 1400));
  }

  private static String xfrm() throws Exception {
    return host.run("sh", "-c", "ip xfrm state; ip xfrm policy list nosock")
        .replaceAll("(?m)^\\s+(replay-window|anti-replay|sel).*\n", "");
  }

  private static String missing() throws Exception {
    return host.call(RouteOptimization::missing);
  }

  @Test
  void aKernelWithoutItSaysSoInOneLine() throws Exception {
    assumeThat(missing()).isNotNull();
    assertThat(missing()).contains("CONFIG_IPV6_MIP6").doesNotContain("\n");
    Diversion diversion = host.call(RouteOptimizationTest::divert);
    try {
      RouteOptimization routes = host.call(() -> RouteOptimization.beside(diversion));
      assertThatThrownBy(() -> routes.bind(own, home, careOf)).isInstanceOf(LinuxException.class);
      assertThat(xfrm()).isEmpty();
      host.close(routes);
    } finally {
      host.close(diversion);
    }
  }

  @Test
  void aBindingIsTwoStatesAndThreePolicies() throws Exception {
    assumeThat(missing()).isNull();
    assertThat(xfrm()).isEmpty();
    String before = host.state();
    Diversion diversion = host.call(RouteOptimizationTest::divert);
    RouteOptimization routes = host.call(() -> RouteOptimization.beside(diversion));
    assertThat(routes.bind(own, home, careOf)).isTrue();
    String o = own.getHostAddress();
    String h = home.getHostAddress();
    String there = " dst " + text(h) + "\n";
    String back = " dst " + text(o) + "\n";
    assertThat(xfrm())
        .contains(
            "src " + text(o) + there + "\tproto route2 reqid 195493889 mode ro",
            "src " + text(h) + back + "\tproto hao reqid 195493889 mode ro",
            "coa " + text(careOf.getHostAddress()),
            "proto mobility-header",
            "dir out priority 195493889 ptype sub",
            "dir out priority 195428353 ptype sub",
            "dir in priority 195493889 ptype sub",
            "level use");
    assertThat(routes.bind(own, home, network.second.address(true))).isTrue();
    assertThat(xfrm())
        .contains("coa " + text(network.second.address(true).getHostAddress()))
        .doesNotContain("coa " + text(careOf.getHostAddress()));
    assertThat(routes.traffic()).containsExactly(new RouteOptimization.Traffic(own, home, 0, 0));
    routes.unbind(own, home);
    assertThat(xfrm()).isEmpty();
    routes.bind(own, home, careOf);
    host.close(routes);
    assertThat(xfrm()).isEmpty();
    host.close(diversion);
    assertThat(host.state()).isEqualTo(before);
  }

  /** As {@code ip} writes it. */
  private static String text(String address) {
    return address.replaceFirst("(^|:)(0(:|$)){2,}", "::");
  }

  @Test
  void somebodyElsesBindingStays() throws Exception {
    assumeThat(missing()).isNull();
    String its = "src " + own.getHostAddress() + " dst " + home.getHostAddress() + " proto route2";
    host.run(("ip xfrm state add " + its + " mode ro coa " + careOf.getHostAddress()).split(" "));
    String before = xfrm();
    Diversion diversion = host.call(RouteOptimizationTest::divert);
    RouteOptimization routes = host.call(() -> RouteOptimization.beside(diversion));
    assertThatThrownBy(() -> routes.bind(own, home, careOf)).hasMessageContaining("EEXIST");
    assertThat(xfrm()).isEqualTo(before);
    host.close(routes);
    host.close(diversion);
    host.run(("ip xfrm state del " + its).split(" "));
  }

  @Test
  void thereIsRoomForSoMany() throws Exception {
    assumeThat(missing()).isNull();
    Diversion diversion = host.call(RouteOptimizationTest::divert);
    RouteOptimization routes = host.call(() -> RouteOptimization.beside(diversion));
    for (int i = 0; i < RouteOptimization.MOST; i++) {
      assertThat(routes.bind(own, other(i), careOf)).isTrue();
    }
    assertThat(routes.bind(own, other(RouteOptimization.MOST), careOf)).isFalse();
    assertThat(xfrm().split("coa ", -1)).hasSize(2 * RouteOptimization.MOST + 1);
    host.close(routes);
    host.close(diversion);
    assertThat(xfrm()).isEmpty();
  }

  private static InetAddress other(int number) {
    byte[] address = home.getAddress();
    address[8] = (byte) (number + 1);
    return Addresses.of(address);
  }

  /** Makes what a killed process leaves. Takes own, home and care-of address. */
  static final class Killed {

    private Killed() {}

    public static void main(String[] arguments) throws Exception {
      RouteOptimization.beside(divert())
          .bind(
              InetAddress.getByName(arguments[0]),
              InetAddress.getByName(arguments[1]),
              InetAddress.getByName(arguments[2]));
      System.out.println("ready");
      Thread.sleep(600_000);
    }
  }

  @Test
  void whatAKilledProcessLeavesIsSwept() throws Exception {
    assumeThat(missing()).isNull();
    Process process =
        host.java(
            Killed.class, own.getHostAddress(), home.getHostAddress(), careOf.getHostAddress());
    try (var lines = process.inputReader(UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("ready");
      String installed = xfrm();
      assertThat(installed).contains("route2", "mobility-header");
      host.sweep();
      assertThat(xfrm()).isEqualTo(installed);
      process.destroyForcibly().waitFor();
      host.sweep();
      assertThat(xfrm()).isEmpty();
    } finally {
      process.destroyForcibly();
    }
  }
}
