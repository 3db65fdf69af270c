package dev.baton.agent.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The stage, its server in a JVM of its own, and the client, without Baton. */
final class StageTest {
  private static final long BYTES = 3_000_001;
  private static final long FAST = 1L << 40;
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  @Test
  void theBuiltInServerServesTheFileByteForByte()
      throws IOException, DemoException, InterruptedException {
    try (Stage stage = Stage.open()) {
      DemoFile file = DemoFile.write(stage.folder("files").resolve("big.bin"), BYTES);
      int port = server(stage, 0).awaitPort();
      Download download = stage.add(download(port, FAST));
      assertThat(download.total()).isEqualTo(BYTES);
      assertThat(download.awaitEnd()).isEqualTo(file.sha256());
      assertThat(download.received()).isEqualTo(BYTES);
      assertThat(download.connections()).isOne();
      assertThatThrownBy(() -> Download.start(address(port), "/files/other", FAST))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("404");
    }
  }

  @Test
  void theClientReadsNoFasterThanTold() throws IOException, DemoException, InterruptedException {
    try (Stage stage = Stage.open()) {
      DemoFile.write(stage.folder("files").resolve("big.bin"), BYTES);
      long begun = System.nanoTime();
      download(server(stage, 0).awaitPort(), BYTES).awaitEnd();
      assertThat(System.nanoTime() - begun).isGreaterThan(900_000_000L);
    }
  }

  @Test
  void theClientStopsAtItsLimitUntilItIsLifted()
      throws IOException, DemoException, InterruptedException {
    try (Stage stage = Stage.open()) {
      DemoFile file = DemoFile.write(stage.folder("files").resolve("big.bin"), BYTES);
      Download download = stage.add(download(server(stage, 0).awaitPort(), BYTES));
      download.limit(BYTES / 2);
      download.await(BYTES / 2);
      assertThat(download.received()).isLessThan(BYTES / 2 + (32 << 10));
      assertThat(download.ended()).isFalse();
      download.limit(Long.MAX_VALUE);
      assertThat(download.awaitEnd()).isEqualTo(file.sha256());
    }
  }

  @Test
  void aServerThatIsKilledBreaksTheDownloadAndTheClientSaysWhere()
      throws IOException, DemoException, InterruptedException {
    try (Stage stage = Stage.open()) {
      DemoFile.write(stage.folder("files").resolve("big.bin"), 8 << 20);
      ServerProcess server = server(stage, 0);
      Download download = stage.add(download(server.awaitPort(), 1 << 20));
      download.await(1 << 16);
      server.close();
      download.limit(Long.MAX_VALUE);
      assertThatThrownBy(download::awaitEnd)
          .isInstanceOf(IOException.class)
          .hasMessageMatching("the client's download broke at byte \\d+: .*");
    }
  }

  @Test
  void nothingIsLeftOfAStage() throws IOException, DemoException, InterruptedException {
    ServerProcess server;
    Path folder;
    try (Stage stage = Stage.open()) {
      folder = stage.folder("files").resolveSibling(".").normalize();
      server = server(stage, 0);
      server.awaitPort();
      assertThat(server.running()).isTrue();
    }
    assertThat(server.running()).isFalse();
    assertThat(folder).doesNotExist();
  }

  @Test
  void aServerThatDoesNotComeUpIsReportedWithItsLastWords() throws IOException {
    try (Stage stage = Stage.open()) {
      assertThatThrownBy(() -> server(stage, 99999).awaitPort())
          .isInstanceOf(DemoException.class)
          .hasMessageStartingWith("server a ended before it served: ");
      assertThatThrownBy(() -> stage.start("b", List.of("/no/such/java")))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aTestFileIsTheSameEachTimeAndExactlyAsLongAsAsked() throws IOException {
    try (Stage stage = Stage.open()) {
      DemoFile one = DemoFile.write(stage.folder("files").resolve("one"), 100_001);
      DemoFile two = DemoFile.write(stage.folder("files").resolve("two"), 100_001);
      assertThat(Files.size(one.path())).isEqualTo(100_001);
      assertThat(Files.mismatch(one.path(), two.path())).isEqualTo(-1);
      assertThat(one.sha256()).isEqualTo(two.sha256()).hasSize(64);
    }
  }

  private static ServerProcess server(Stage stage, int port) throws IOException {
    List<String> command = new ArrayList<>(List.of(JAVA));
    command.addAll(new App.BuiltIn().command(stage.folder("server")));
    command.addAll(
        List.of("--port", Integer.toString(port), "--files", stage.folder("files").toString()));
    return stage.start("a", command);
  }

  private static Download download(int port, long bytesPerSecond) throws IOException {
    return Download.start(address(port), "/files/big.bin", bytesPerSecond);
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
