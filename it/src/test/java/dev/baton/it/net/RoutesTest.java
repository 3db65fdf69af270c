package dev.baton.it.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutesTest {

  private final Routes<String> routes = new Routes<>();

  private String to(String address) {
    Prefix whole = Prefix.of(address);
    return routes.to(whole.high(), whole.low());
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:0:1::1, segment",
    "2001:db8:0:1::7, host",
    "2001:db8:0:2::1, site",
    "2001:db9::1, anything",
    "10.70.1.1, v4 segment",
    "10.70.1.129, v4 half",
    "10.70.2.1, v4 anything",
  })
  void theLongestPrefixDecides(String address, String way) {
    routes.add(Prefix.of("::/0"), "anything");
    routes.add(Prefix.of("0.0.0.0/0"), "v4 anything");
    routes.add(Prefix.of("2001:db8:0:1::7"), "host");
    routes.add(Prefix.of("2001:db8::/32"), "site");
    routes.add(Prefix.of("2001:db8:0:1::/64"), "segment");
    routes.add(Prefix.of("10.70.1.0/24"), "v4 segment");
    routes.add(Prefix.of("10.70.1.128/25"), "v4 half");

    assertThat(to(address)).isEqualTo(way);
  }

  @Test
  void aLaterRouteReplacesAnEqualOne() {
    routes.add(Prefix.of("2001:db8::/32"), "old");
    routes.add(Prefix.of("2001:db8::/32"), "new");

    assertThat(to("2001:db8::1")).isEqualTo("new");
    assertThat(to("2001:db9::1")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"host.example/24", "10.0.0.0/33", "::/129", "", "10.0.0.0/-1"})
  void whatIsNoPrefixIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Prefix.of(text));
  }
}
