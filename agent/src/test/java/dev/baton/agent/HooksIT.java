package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.baton.agent.Jdks.Jdk;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every hook fires, in order and with its arguments, on every JDK there is, in a JVM of its own
 * with the packaged agent; see {@link HookedIo} for what is done there.
 */
@ParameterizedClass
@MethodSource("jdks")
final class HooksIT {

  @TempDir private Path dir;

  private final Jdk jdk;

  HooksIT(Jdk jdk) {
    this.jdk = jdk;
  }

  static Stream<Jdk> jdks() {
    return Jdks.all();
  }

  @Test
  void channelsAreSeenFromBindToClose() {
    assertThat(events("channel"))
        .containsExactly(
            "> /192.0.2.1:4711",
            "listener beforeBind 0",
            "listener afterBind",
            "listener accepting",
            "connection accepted",
            "connection beforeRead",
            "connection afterRead 3",
            "connection beforeWrite",
            "connection afterWrite 4",
            "connection beforeRead",
            "connection afterReadv 2 5",
            "connection beforeWrite",
            "connection afterWritev 2 6",
            "connection beforeShutdown",
            "connection beforeShutdown",
            "connection beforeClose",
            "connection beforeClose",
            "listener beforeClose",
            "listener beforeClose",
            "errors 0 null");
  }

  @Test
  void socketAdaptorsAreSeenWhenTheyAcceptWithATimeout() {
    assertThat(events("timed-accept"))
        .contains("> /192.0.2.1:4711")
        .containsSubsequence(
            "listener accepting",
            "connection accepted",
            "connection beforeRead",
            "connection afterRead 3",
            "connection beforeWrite",
            "connection afterWrite 4",
            "connection beforeClose",
            "errors 0 null");
  }

  @Test
  void selectingForAcceptIsAskingForConnections() {
    assertThat(events("selector"))
        .containsSubsequence(
            "listener afterBind",
            "listener accepting",
            "listener accepting",
            "connection accepted",
            "connection beforeRead",
            "connection afterRead -2",
            "connection beforeRead",
            "connection afterRead 3",
            "connection beforeClose",
            "connection beforeClose",
            "errors 0 null");
  }

  @Test
  void serverSocketsAreSeenFromBindToClose() {
    assertThat(events("socket"))
        .containsExactly(
            "listener beforeBind 0",
            "listener afterBind",
            "listener accepting",
            "connection acceptedSocket NioSocketImpl",
            "connection beforeRead",
            "connection afterRead 3",
            "connection beforeWrite",
            "connection afterWrite 4",
            "connection beforeShutdown",
            "connection beforeShutdown",
            "connection beforeClose",
            "connection beforeClose",
            "listener beforeClose",
            "listener beforeClose",
            "errors 0 null");
  }

  @Test
  void asynchronousChannelsAreSeenFromBindToClose() {
    assertThat(events("async"))
        .contains("> /192.0.2.1:4711")
        .containsSubsequence(
            "listener beforeBind 0",
            "listener afterBind",
            "listener accepting",
            "connection accepted",
            "connection beforeRead",
            "connection afterRead 3",
            "connection beforeWrite",
            "connection afterWrite 4",
            "connection beforeShutdown",
            "connection beforeShutdown",
            "connection beforeClose",
            "listener beforeClose",
            "errors 0 null");
  }

  @Test
  void sendfileIsSeenOnceAndOnlyTowardsSockets() {
    assertThat(events("transfer"))
        .containsSubsequence(
            "connection accepted",
            "transfer before SocketChannelImpl",
            "transfer after 1000",
            "transfer before SocketChannelImpl",
            "transfer after 1000",
            "connection beforeClose",
            "errors 0 null")
        .doesNotContain("connection beforeWrite")
        .filteredOn(event -> event.startsWith("transfer"))
        .hasSize(4);
  }

  @Test
  void aVerdictSkipsTheCallAndItsExit() {
    assertThat(events("verdict"))
        .contains("> gated 0 0 0 0 0", "> open 3 4 10")
        .containsSubsequence(
            "connection beforeRead",
            "connection beforeRead",
            "connection beforeWrite",
            "connection beforeWrite",
            "transfer before SocketChannelImpl",
            "connection beforeRead",
            "connection afterRead 3",
            "connection beforeWrite",
            "connection afterWrite 4",
            "transfer before SocketChannelImpl",
            "transfer after 10",
            "errors 0 null");
  }

  @Test
  void theHostNeverSeesWhatAHookThrowsButTheCounterDoes() {
    List<String> events = events("throwing");
    assertThat(events).contains("> worked 3 4 10");
    assertThat(events.get(events.size() - 1))
        .matches("errors [1-9][0-9]* java.lang.IllegalStateException: broken on purpose");
  }

  @Test
  void unixDomainSocketsPassThrough() {
    assertThat(events("unix")).contains("> read 3", "errors 0 null");
  }

  @Test
  void pipesPassThrough() {
    assertThat(events("pipe")).contains("> read 3", "errors 0 null");
  }

  @Test
  void socketsNobodyClosedAreSeenWhenTheJdkCleansUp() {
    assertThat(events("clean")).containsSubsequence("connection beforeClose", "errors 0 null");
  }

  @Test
  void virtualThreadsAreSeenLikeOthers() {
    assumeThat(jdk.feature()).isGreaterThanOrEqualTo(21);
    assertThat(events("virtual"))
        .containsSubsequence(
            "connection accepted",
            "connection beforeRead",
            "connection afterRead 3",
            "connection beforeClose",
            "connection acceptedSocket NioSocketImpl",
            "connection beforeRead",
            "connection afterRead 3",
            "connection beforeClose",
            "errors 0 null");
  }

  @Test
  void shutdownIsSeenBeforeTheServersOwnShutdownHooksRun() {
    assertThat(events("shutdown"))
        .containsSubsequence(
            "> before the server's shutdown hooks", "> the server's own shutdown hook");
  }

  @ParameterizedTest
  @ValueSource(strings = {"channel", "socket", "async", "transfer"})
  void flightRecordingChangesNothing(String way) {
    Path recording = dir.resolve("recording.jfr");
    List<String> with =
        events(
            way,
            "-XX:StartFlightRecording=filename=" + recording + ",settings=profile",
            "-Xlog:jfr*=off");
    assertThat(with)
        .filteredOn(line -> !line.contains("recording.jfr")) // JFR says hello on 17
        .isEqualTo(events(way));
    assertThat(recording).isNotEmptyFile();
  }

  private List<String> events(String way, String... options) {
    ForkedJvm.Builder jvm =
        ForkedJvm.on(jdk).agent("dir=" + dir).option("--add-opens=java.base/java.net=ALL-UNNAMED");
    for (String option : options) {
      jvm.option(option);
    }
    try (ForkedJvm running = jvm.start(HookedIo.class, way)) {
      assertThat(running.status()).as("%s %s", running.out(), running.err()).isZero();
      assertThat(running.err()).isEmpty();
      return running.out();
    }
  }
}
