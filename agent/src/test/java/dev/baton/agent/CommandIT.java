package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.agent.Jdks.Jdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The jar as a command. */
@ParameterizedClass
@MethodSource("jdks")
final class CommandIT {

  @TempDir private Path dir;

  private final Jdk jdk;

  CommandIT(Jdk jdk) {
    this.jdk = jdk;
  }

  static Stream<Jdk> jdks() {
    return Jdks.all();
  }

  @Test
  void wrongUsageEndsWithStatus2() {
    assertThat(command().status()).isEqualTo(2);
    assertThat(command("no-such-command").status()).isEqualTo(2);
    assertThat(command("attach").status()).isEqualTo(2);
    assertThat(command("attach", "not-a-pid").status()).isEqualTo(2);
  }

  @Test
  void versionAndHelpAreToBeHad() {
    ForkedJvm version = command("--version");
    assertThat(version.status()).isZero();
    assertThat(version.out()).singleElement().asString().matches("baton [0-9].*");
    ForkedJvm help = command("--help");
    assertThat(help.status()).isZero();
    assertThat(String.join("\n", help.out())).contains("attach");
  }

  @Test
  void attachingToNoProcessEndsWithStatus3() {
    ForkedJvm none = command("attach", "4194305");
    assertThat(none.status()).isEqualTo(3);
    assertThat(none.err()).containsExactly("baton: no such process: 4194305");
  }

  @Test
  void attachingToSomethingElseThanAJvmDoesItNoHarm() throws IOException {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      ForkedJvm none = command("attach", "" + sleep.pid());
      assertThat(none.status()).isEqualTo(3);
      assertThat(none.err()).singleElement().asString().contains("is not a JVM");
      assertThat(sleep.isAlive()).isTrue();
    } finally {
      sleep.destroy();
    }
  }

  @Test
  void attachingToAServerTurnsBatonOnInItOnce() throws IOException {
    try (ForkedJvm server = ForkedJvm.on(jdk).start(SimpleServer.class, "stay")) {
      server.said("served, null");

      ForkedJvm attach = command("attach", "" + server.pid(), "dir=" + dir, "ports=8080,8081");
      assertThat(attach.status()).as("%s %s", attach.err(), server.err()).isZero();
      assertThat(attach.out()).containsExactly("baton is on in process " + server.pid());
      server.tell("");
      server.said("served again, on");

      ForkedJvm again = command("attach", "" + server.pid());
      assertThat(again.status()).isZero();
      assertThat(server.err()).contains("baton: already loaded in this JVM: nothing done");
    }
  }

  @Test
  void attachingReportsWhatTheServerSaid() throws IOException {
    try (ForkedJvm server = ForkedJvm.on(jdk).start(SimpleServer.class, "stay")) {
      server.said("served, null");
      ForkedJvm attach = command("attach", "" + server.pid(), "bogus=1");
      assertThat(attach.status()).isEqualTo(1);
      assertThat(attach.err())
          .containsExactly(
              "baton: process " + server.pid() + ": Baton is off: unknown agent option bogus");

      ForkedJvm better = command("attach", "" + server.pid(), "dir=" + dir);
      assertThat(better.status()).as("%s %s", better.err(), server.err()).isZero();
      server.tell("");
      server.said("served again, on");
    }
  }

  @Test
  void aRuntimeWithoutAttachSaysSo() {
    ForkedJvm attach =
        ForkedJvm.on(jdk)
            .option("--limit-modules=java.base,java.instrument,java.logging,java.desktop,java.sql")
            .command("attach", "" + ProcessHandle.current().pid());
    assertThat(attach.status()).isEqualTo(1);
    assertThat(attach.err())
        .isEqualTo(
            List.of(
                "baton: this Java runtime lacks the module jdk.attach: run baton with a full JDK"));
  }

  private ForkedJvm command(String... arguments) {
    return ForkedJvm.on(jdk).command(arguments).ended();
  }
}
