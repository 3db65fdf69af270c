package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
  @TempDir private Path folder;

  @Test
  void aNodeHandsConnectionsOverToItselfWithEveryByteRightAndLeavesNoSocketBehind()
      throws Exception {
    WarmUp.run(folder);
    long before = sockets(); // one of them is the JDK's own
    WarmUp.run(folder);
    WarmUp.run(folder);
    try (Stream<Path> left = Files.walk(folder)) {
      assertThat(left.filter(path -> path.toString().endsWith(".sock"))).isEmpty();
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(sockets()).isLessThanOrEqualTo(before));
  }

  private static long sockets() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(WarmUpTest::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (java.nio.file.NoSuchFileException e) {
      return false; // closed meanwhile
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
