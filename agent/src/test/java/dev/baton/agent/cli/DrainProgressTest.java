package dev.baton.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Terminal;
import dev.baton.handoff.wire.Message.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class DrainProgressTest {
  private static final long SECOND = 1_000_000_000;

  private final StringWriter out = new StringWriter();

  @Test
  void onATerminalABarShowsWhatMovedRemainsAndWaits() {
    DrainProgress progress = progress(new Terminal(true, false, 35));
    progress.step(new Progress(50, 50, 25), SECOND / 2);
    assertThat(out.toString().lines())
        .containsExactly("draining a [##########.....?????]", "  50 moved, 50 remaining, 25 waiti");
  }

  @Test
  void theBarIsGoneWhenTheDrainHasEnded() {
    DrainProgress progress = progress(new Terminal(true, false, 80));
    progress.step(new Progress(1, 0, 0), SECOND);
    progress.end();
    assertThat(out.toString()).endsWith("\033[A\033[A\r\033[J");
  }

  @Test
  void elsewhereALineAppearsWhenSomethingHasChangedAndNotTooOften() {
    DrainProgress progress = progress(Terminal.NONE);
    progress.step(new Progress(0, 3, 3), SECOND / 10);
    progress.step(new Progress(1, 2, 2), SECOND / 5);
    progress.step(new Progress(2, 1, 1), 2 * SECOND);
    progress.step(new Progress(2, 1, 1), 4 * SECOND);
    assertThat(out.toString().lines())
        .containsExactly(
            "draining a: 0 moved, 3 remaining, 3 waiting until they can move; 0/s, 0.1 s",
            "draining a: 2 moved, 1 remaining, 1 waiting until they can move; 1/s, 2.0 s");
  }

  private DrainProgress progress(Terminal terminal) {
    return new DrainProgress(new Console(new PrintWriter(out), terminal), "a", 0);
  }
}
