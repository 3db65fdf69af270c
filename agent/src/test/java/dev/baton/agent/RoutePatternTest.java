package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.handoff.policy.Candidate;
import dev.baton.handoff.policy.Route;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RoutePatternTest {

  private static Candidate request(String method, String target, String host) {
    return new Candidate(
        "a", InetSocketAddress.createUnresolved("client", 1), method, target, host, 0xb9, 0x12345);
  }

  private static boolean fits(String pattern, Candidate connection) {
    List<Route> routes = Objects.requireNonNull(RoutePattern.routes(pattern + "=a"));
    return routes.get(0).kind().test(connection);
  }

  @Test
  void aRouteHasOneNodeOrMore() {
    List<Route> routes =
        Objects.requireNonNull(RoutePattern.routes("/static/*=a,b, POST /o=x*=c,class:0xb8=d"));
    assertThat(routes)
        .extracting(Route::nodes)
        .containsExactly(List.of("a", "b"), List.of("c"), List.of("d"));
    assertThat(routes.get(1).kind().test(request("POST", "/o=x1", "h"))).isTrue();
  }

  @Test
  void requestsAreToldApartByMethodHostAndPath() {
    Candidate post = request("POST", "/api/x?y=/static/", "Shop.Example:8080");
    assertThat(fits("/api/*", post)).isTrue();
    assertThat(fits("POST /api/*", post)).isTrue();
    assertThat(fits("shop.example/api/*", post)).isTrue();
    assertThat(fits("POST shop.example/*", post)).isTrue();
    assertThat(fits("GET /api/*", post)).isFalse();
    assertThat(fits("other.example/api/*", post)).isFalse();
    assertThat(fits("/static/*", post)).isFalse();
    assertThat(fits("[fd00::1]/*", request("GET", "/", "[fd00::1]:80"))).isTrue();
    assertThat(fits("[fd00::1]/*", request("GET", "/", "[fd00::1]"))).isTrue();
  }

  @Test
  void packetsAreToldApartByTrafficClassAndFlowLabel() {
    Candidate marked = request("GET", "/", "h");
    assertThat(fits("class:0xb8", marked)).as("whatever it says of congestion").isTrue();
    assertThat(fits("class:184", marked)).isTrue();
    assertThat(fits("class:0", marked)).isFalse();
    assertThat(fits("flow:0x12345", marked)).isTrue();
    assertThat(fits("flow:1", marked)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "/x",
        "/x=",
        "/x=a,",
        "=a",
        "x=a",
        "/x=a b",
        "class:256=a",
        "class:=a",
        "class:-1=a",
        "flow:0x100000=a",
        ",/x=a"
      })
  void whatIsNoRouteIsRefused(String text) {
    assertThat(RoutePattern.routes(text)).isNull();
  }
}
