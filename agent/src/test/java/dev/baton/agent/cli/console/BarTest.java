package dev.baton.agent.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class BarTest {
  private static final Terminal COLOUR = new Terminal(true, true, 80);

  @Test
  void partsFollowOneAnotherAndTheRestIsEmpty() {
    Bar bar = new Bar(100).part('a', Ink.FIRST, 20).part('b', Ink.SECOND, 30);
    assertThat(bar.render(Terminal.NONE, 12)).isEqualTo("[aabbb.....]");
  }

  @Test
  void coloursAreOnlyForThoseWhoSeeThem() {
    Bar bar = new Bar(4).part('a', Ink.FIRST, 2);
    assertThat(bar.render(COLOUR, 6)).isEqualTo("[\033[30;46maa\033[0m..]");
  }

  @Test
  void aWholeOfNothingIsFull() {
    assertThat(new Bar(0).part('#', Ink.GOOD, 0).render(Terminal.NONE, 6)).isEqualTo("[####]");
  }

  @Test
  void anyPartsFillExactlyTheWidth() {
    long seed = System.nanoTime();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int i = 0; i < 1_000; i++) {
      long total = random.nextLong(1, Long.MAX_VALUE / 16);
      Bar bar = new Bar(total);
      for (int parts = random.nextInt(8); parts > 0; parts--) {
        bar.part('a', Ink.PLAIN, random.nextLong(total));
      }
      int width = random.nextInt(3, 200);
      assertThat(bar.render(Terminal.NONE, width)).as("seed %d", seed).hasSize(width);
    }
  }
}
