package dev.baton.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ContentTest {

  private static final int SIZE = 300_000;

  @Test
  void everyWayOfWritingGivesTheSameBytes() throws IOException {
    Content content = new Content(0, 7);
    ByteArrayOutputStream straight = new ByteArrayOutputStream();
    ByteArrayOutputStream irregular = new ByteArrayOutputStream();
    ByteArrayOutputStream paced = new ByteArrayOutputStream();

    content.writeTo(straight, SIZE);
    content.writeIrregularlyTo(irregular, SIZE);
    content.trickleTo(paced, SIZE, 100_000_000, 0);

    assertThat(irregular.toByteArray()).isEqualTo(straight.toByteArray());
    assertThat(paced.toByteArray()).isEqualTo(straight.toByteArray());
  }

  @RepeatedTest(20)
  void anyPartCanBeGeneratedAlone(RepetitionInfo repetition) throws IOException {
    int seed = repetition.getCurrentRepetition();
    RandomGenerator random = new SplittableRandom(seed);
    Content content = new Content(random.nextLong(), seed);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    content.writeTo(whole, SIZE);
    int from = random.nextInt(SIZE);
    int to = random.nextInt(from, SIZE);

    byte[] part = new byte[to - from];
    content.fill(from, part, 0, part.length);

    assertThat(part)
        .as("seed %d", seed)
        .isEqualTo(Arrays.copyOfRange(whole.toByteArray(), from, to));
  }

  @Test
  void seedAndSaltChangeTheBytes() {
    assertThat(first(0, 1)).isNotEqualTo(first(0, 2)).isNotEqualTo(first(1, 1));
    assertThat(first(0, 1)).isEqualTo(first(0, 1));
  }

  private static byte[] first(long salt, long seed) {
    byte[] bytes = new byte[64];
    new Content(salt, seed).fill(0, bytes, 0, bytes.length);
    return bytes;
  }
}
