package dev.baton.agent.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TableTest {

  @Test
  void wordsStandToTheLeftAndNumbersToTheRight() {
    Table table = new Table().left("node").right("connections").left("state");
    table.row("a", 2, "serving");
    table.row("shop-17", 1234567890123L, "draining");
    assertThat(table.lines())
        .containsExactly(
            "node       connections  state",
            "a                    2  serving",
            "shop-17  1234567890123  draining");
  }

  @Test
  void nothingShowsAsADash() {
    Table table = new Table().left("method").left("uri");
    table.row(null, "");
    assertThat(table.lines()).containsExactly("method  uri", "-       -");
  }

  @Test
  void aClientCannotSteerTheTerminalOfWhoeverLooks() {
    Table table = new Table().left("uri");
    table.row("/\033[2J\u009b1m\n\u00e4");
    assertThat(table.lines()).containsExactly("uri", "/?[2J?1m??");
  }

  @Test
  void aLongCellIsCut() {
    Table table = new Table().left("uri");
    table.row("/" + "x".repeat(100));
    assertThat(table.lines().get(1)).hasSize(72).endsWith("x...");
  }

  @Test
  void aRowThatDoesNotFitIsADefect() {
    assertThatThrownBy(() -> new Table().left("node").row("a", "b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 cells in 1 columns");
  }
}
