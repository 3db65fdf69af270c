package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.agent.Jdks.Jdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is wrong with Baton, the server runs, and one line says why Baton does not. */
@ParameterizedClass
@MethodSource("jdks")
final class PremainIT {

  @TempDir private Path dir;

  private final Jdk jdk;

  PremainIT(Jdk jdk) {
    this.jdk = jdk;
  }

  static Stream<Jdk> jdks() {
    return Jdks.all();
  }

  @Test
  void serverRunsWithBatonAndHearsNothingOfIt() {
    try (ForkedJvm jvm = server().agent("dir=" + dir).start(SimpleServer.class)) {
      assertThat(jvm.status()).isZero();
      assertThat(jvm.out()).containsExactly("served, on");
      assertThat(jvm.err()).isEmpty();
    }
  }

  @Test
  void anUnknownAgentOptionLeavesTheServerRunningWithoutBaton() {
    expectOff(server().agent("prots=80"), "unknown agent option prots");
  }

  @Test
  void anUnknownSystemPropertyLeavesTheServerRunningWithoutBaton() {
    expectOff(
        server().option("-Dbaton.Group=shop").agent(""), "unknown system property baton.Group");
  }

  @Test
  void anUnknownEnvironmentVariableLeavesTheServerRunningWithoutBaton() {
    expectOff(
        server().environment("BATON_GRUOP", "shop").agent(""),
        "unknown environment variable BATON_GRUOP");
  }

  @Test
  void aBadValueLeavesTheServerRunningWithoutBaton() {
    expectOff(
        server().agent("ports=8080,808O"),
        "agent option ports is '8080,808O', must be port,…, or all");
  }

  @Test
  void aMissingSettingsFileLeavesTheServerRunningWithoutBaton() {
    Path nowhere = dir.resolve("nowhere");
    expectOff(
        server().option("-Dbaton.config=" + nowhere).agent(""),
        "system property baton.config: " + nowhere + " (No such file or directory)");
  }

  @Test
  void theOffSwitchIsSilent() {
    try (ForkedJvm jvm = server().agent("enabled=false").start(SimpleServer.class)) {
      assertThat(jvm.status()).isZero();
      assertThat(jvm.out()).containsExactly("served, switched off by baton.enabled");
      assertThat(jvm.err()).isEmpty();
    }
  }

  @Test
  void aHookThatCannotBeInstalledTurnsEverythingOff() throws IOException {
    JdkWithout.method(
        jdk, "sun.nio.ch.ServerSocketChannelImpl", "finishAccept", dir.resolve("patch"));
    try (ForkedJvm jvm =
        server()
            .option("--patch-module=java.base=" + dir.resolve("patch"))
            .agent("dir=" + dir)
            .start(SimpleServer.class)) {
      assertThat(jvm.status()).isZero();
      assertThat(jvm.err())
          .singleElement()
          .asString()
          .startsWith(
              "baton: hook accepted (sun.nio.ch.ServerSocketChannelImpl.finishAccept) cannot be"
                  + " installed on JDK "
                  + jdk.feature())
          .endsWith(": there is no such method: the server runs without Baton");
      assertThat(jvm.out()).singleElement().asString().startsWith("served, off: hook accepted");
    }
  }

  @Test
  void loadingTwiceSaysSoAndDoesNothing() throws IOException {
    Path copy = Files.copy(ForkedJvm.JAR, dir.resolve("copy.jar"));
    try (ForkedJvm jvm =
        server()
            .agent("dir=" + dir)
            .agent("dir=" + dir)
            .option("-javaagent:" + copy)
            .start(SimpleServer.class)) {
      assertThat(jvm.status()).isZero();
      assertThat(jvm.out()).containsExactly("served, on");
      assertThat(jvm.err())
          .hasSize(2)
          .containsOnly("baton: already loaded in this JVM: nothing done");
    }
  }

  @Test
  void startUpLeavesLoggingAndJmxToTheServer() throws IOException {
    try (ForkedJvm jvm =
        server()
            .option("-Xlog:class+load:file=" + dir.resolve("loaded"))
            .agent("dir=" + dir)
            .start(SimpleServer.class)) {
      assertThat(jvm.status()).isZero();
      try (Stream<String> loaded = Files.lines(dir.resolve("loaded"))) {
        assertThat(
                loaded.filter(
                    line ->
                        line.matches(
                            ".* (java.util.logging.Log|java.lang.management|javax.management).*")))
            .isEmpty();
      }
    }
  }

  private ForkedJvm.Builder server() {
    return ForkedJvm.on(jdk);
  }

  private static void expectOff(ForkedJvm.Builder server, String reason) {
    try (ForkedJvm jvm = server.start(SimpleServer.class)) {
      assertThat(jvm.status()).isZero();
      assertThat(jvm.out()).containsExactly("served, off: " + reason);
      assertThat(jvm.err()).containsExactly("baton: " + reason + ": the server runs without Baton");
    }
  }
}
