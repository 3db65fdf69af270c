package dev.baton.agent.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TerminalTest {
  private static final Map<String, String> XTERM = Map.of("TERM", "xterm", "COLUMNS", "100");

  @ParameterizedTest
  @ValueSource(strings = {"/dev/pts/3", "/dev/tty1", "/dev/console"})
  void aTerminalIsLiveAndColourful(String device) {
    assertThat(Terminal.of(device, XTERM)).isEqualTo(new Terminal(true, true, 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pipe:[4711]", "/tmp/out", "/dev/null", "socket:[1]"})
  void anythingElseIsNot(String output) {
    assertThat(Terminal.of(output, XTERM)).isEqualTo(Terminal.NONE);
  }

  @Test
  void aDumbTerminalIsNone() {
    assertThat(Terminal.of("/dev/pts/3", Map.of("TERM", "dumb"))).isEqualTo(Terminal.NONE);
    assertThat(Terminal.of("/dev/pts/3", Map.of())).isEqualTo(Terminal.NONE);
  }

  @Test
  void noColorIsRespectedUnlessEmpty() {
    assertThat(Terminal.of("/dev/pts/3", Map.of("TERM", "xterm", "COLUMNS", "80", "NO_COLOR", "1")))
        .isEqualTo(new Terminal(true, false, 80));
    assertThat(Terminal.of("/dev/pts/3", Map.of("TERM", "xterm", "COLUMNS", "80", "NO_COLOR", "")))
        .isEqualTo(new Terminal(true, true, 80));
  }

  @Test
  void aSillyWidthIsNotBelieved() {
    assertThat(Terminal.of("/dev/pts/3", Map.of("TERM", "xterm", "COLUMNS", "wide")).width())
        .isEqualTo(80);
    assertThat(Terminal.of("/dev/pts/3", Map.of("TERM", "xterm", "COLUMNS", "3")).width())
        .isEqualTo(40);
  }

  @Test
  void inkIsOnlyForColours() {
    assertThat(new Terminal(true, true, 80).paint(Ink.BAD, "no")).isEqualTo("\033[31mno\033[0m");
    assertThat(Terminal.NONE.paint(Ink.BAD, "no")).isEqualTo("no");
  }
}
