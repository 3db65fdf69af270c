package dev.baton.handoff.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecurityMapTest {
  private static SecurityMap map(String text) throws IOException {
    return SecurityMap.parse(text.lines().toList());
  }

  @Test
  void whoIsNamedMayBeInTheGroupAndNobodyElse() throws IOException {
    SecurityMap map = map("# the shop\n\n a\nb until 2027-01-31T00:00:00Z # on loan\nnot c\n");
    assertThat(map.end("a")).isEqualTo(Instant.MAX);
    assertThat(map.end("b")).isEqualTo(Instant.parse("2027-01-31T00:00:00Z"));
    assertThat(map.end("c")).isEqualTo(Instant.MIN);
    assertThat(map.end("d")).isEqualTo(Instant.MIN);
  }

  @Test
  void aStarLetsInAllThatAreNotNamed() throws IOException {
    SecurityMap map = map("*\nnot c\nb until 2027-01-31T00:00:00Z");
    assertThat(map.end("d")).isEqualTo(Instant.MAX);
    assertThat(map.end("c")).isEqualTo(Instant.MIN);
    assertThat(map.end("b")).isEqualTo(Instant.parse("2027-01-31T00:00:00Z"));
  }

  @Test
  void ofSeveralLinesAboutANodeTheStrictestHoldsWhereverItStands() throws IOException {
    SecurityMap map = map("not a\na\nb\nb until 2027-01-31T00:00:00Z\nc\nnot c\n*");
    assertThat(map.end("a")).isEqualTo(Instant.MIN);
    assertThat(map.end("b")).isEqualTo(Instant.parse("2027-01-31T00:00:00Z"));
    assertThat(map.end("c")).isEqualTo(Instant.MIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b c",
        "not",
        "not b c",
        "not *",
        "* until 2027-01-31T00:00:00Z",
        "b until",
        "b until soon",
        "b until 2027-01-31",
        "not b until 2027-01-31T00:00:00Z",
        "b since 2027-01-31T00:00:00Z",
        "b/c",
        "-b"
      })
  void aLineThatMakesNoSenseIsNamed(String line) {
    assertThatThrownBy(() -> map("a\n\n" + line + "\nd"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "line 3, '"
                + line
                + "', is none of: NAME, NAME until 2027-01-31T00:00:00Z, not NAME, *");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n# nobody\n", "not a"})
  void aMapThatLetsNobodyInIsTakenForAnAccident(String text) {
    assertThatThrownBy(() -> map(text)).hasMessageContaining("it lets nobody in");
  }
}
