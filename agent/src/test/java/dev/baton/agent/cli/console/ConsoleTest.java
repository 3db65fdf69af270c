package dev.baton.agent.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConsoleTest {
  private final StringWriter out = new StringWriter();

  @Test
  void liveLinesAreErasedBeforeWhateverComesNext() {
    Console console = console(new Terminal(true, false, 80));
    console.live(List.of("one", "two"));
    console.print("stays");
    console.live(List.of("three"));
    console.live(List.of("four"));
    assertThat(out)
        .hasToString(
            "one/two/^^\r\033[Jstays/three/^\r\033[Jfour/"
                .replace("/", "\n")
                .replace("^", "\033[A"));
  }

  @Test
  void withoutATerminalOnlyWhatStaysIsPrinted() {
    Console console = console(Terminal.NONE);
    console.live(List.of("one", "two"));
    console.print("stays");
    assertThat(out).hasToString("stays\n");
  }

  @Test
  void aLiveLineNeverWraps() {
    console(new Terminal(true, false, 40)).live(List.of("x".repeat(100)));
    assertThat(out.toString().strip()).hasSize(39);
  }

  @Test
  void coloursTakeNoRoomAndEndWithTheLine() {
    Terminal terminal = new Terminal(true, true, 40);
    console(terminal).live(List.of(terminal.paint(Ink.GOOD, "x".repeat(100))));
    assertThat(out).hasToString("\033[32m" + "x".repeat(39) + "\033[0m\n");
  }

  @Test
  void theHeadOfATableStandsOut() {
    Table table = new Table().left("node");
    table.row("a");
    console(new Terminal(true, true, 80)).print(table);
    assertThat(out).hasToString("\033[1mnode\033[0m\na\n");
  }

  private Console console(Terminal terminal) {
    return new Console(new PrintWriter(out), terminal);
  }
}
