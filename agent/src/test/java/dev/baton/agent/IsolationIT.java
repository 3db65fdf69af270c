package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.baton.agent.Jdks.Jdk;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** No version of any library can collide with the application's. */
@ParameterizedClass
@MethodSource("jdks")
final class IsolationIT {

  /** What the application has, put here by the build. */
  private static final Path OTHERS = Path.of("target", "other-versions").toAbsolutePath();

  @TempDir private Path dir;

  private final Jdk jdk;

  IsolationIT(Jdk jdk) {
    this.jdk = jdk;
  }

  static Stream<Jdk> jdks() {
    return Jdks.all();
  }

  @Test
  void applicationAndBatonEachHaveTheirOwnVersions() throws IOException {
    ForkedJvm.Builder server = ForkedJvm.on(jdk).agent("dir=" + dir);
    assertThat(out(server))
        .containsExactly(
            "com.sun.jna.Native: jna-5.13.0.jar, baton-agent.jar",
            "net.bytebuddy.ByteBuddy: byte-buddy-1.14.12.jar, baton-agent.jar",
            "com.fasterxml.jackson.annotation.JsonInclude:"
                + " jackson-annotations-2.15.2.jar, baton-agent.jar",
            "resource: baton-agent.jar!/inst/com/sun/jna/linux-x86-64/libjnidispatch.so",
            "bridge: true",
            "application sees Startup: false");
  }

  @Test
  void nativeLibrariesBindForAnOrdinaryUserToo() throws IOException {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    assumeThat(new File("/usr/bin/setpriv")).exists();
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));
    ForkedJvm.Builder server =
        ForkedJvm.on(jdk)
            .runBy("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
            .agent("dir=" + dir.resolve("nodes"));
    assertThat(out(server)).contains("com.sun.jna.Native: jna-5.13.0.jar, baton-agent.jar");
  }

  private static List<String> out(ForkedJvm.Builder server) throws IOException {
    try (Stream<Path> jars = Files.list(OTHERS)) {
      jars.sorted().forEach(server::alsoOnClassPath);
    }
    server.option("-Dagent.jar=" + ForkedJvm.JAR);
    try (ForkedJvm jvm =
        server.start(
            ClashingApp.class,
            "com.sun.jna.Native",
            "net.bytebuddy.ByteBuddy",
            "com.fasterxml.jackson.annotation.JsonInclude")) {
      assertThat(jvm.status()).as("%s %s", jvm.out(), jvm.err()).isZero();
      return jvm.out();
    }
  }
}
