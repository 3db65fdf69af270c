package dev.baton.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class DigestTest {
  @Test
  void aDigestContinuedElsewhereIsTheDigestOfTheWhole() {
    for (long seed = 0; seed < 300; seed++) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      byte[] bytes = Responses.body(random, random.nextInt(1, 5000));
      CRC32C whole = new CRC32C();
      whole.update(bytes);
      int at = random.nextInt(bytes.length + 1);
      Digest first = new Digest();
      first.begin();
      first.data(ByteBuffer.wrap(bytes), at);
      Digest second = new Digest();
      second.begin(first.value(), at, false);
      second.data(ByteBuffer.wrap(bytes, at, bytes.length - at), bytes.length - at);
      assertThat(second.value()).as("seed %d", seed).isEqualTo((int) whole.getValue());
      assertThat(second.length()).isEqualTo(bytes.length);
    }
  }
}
