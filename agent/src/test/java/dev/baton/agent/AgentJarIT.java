package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** The one jar, entry by entry: what is in the open can collide with the application's classes. */
final class AgentJarIT {

  @Test
  void agentJarContainsExactlyTheBridgeAndTheEntryPointsInTheOpen() throws IOException {
    assertThat(entries().stream().filter(name -> !name.startsWith("inst/")))
        .containsExactlyInAnyOrder(
            "META-INF/MANIFEST.MF",
            "dev/baton/agent/Main.class",
            "dev/baton/agent/Premain.class",
            "dev/baton/boot/Bridge.class",
            "dev/baton/boot/Hooks.class",
            "dev/baton/boot/IsolatedLoader.class",
            "dev/baton/boot/package-info.class");
  }

  @Test
  void agentJarContainsExactlyTheseLibrariesInside() throws IOException {
    assertThat(
            entries().stream()
                .filter(name -> name.startsWith("inst/"))
                .map(AgentJarIT::topOfLibrary)
                .distinct())
        .containsExactlyInAnyOrder(
            "META-INF/licenses",
            "com/fasterxml/jackson",
            "com/sun/jna",
            "dev/baton",
            "inst/JGROUPS_VERSION.properties",
            "inst/jg-magic-map.xml",
            "inst/jg-messages.properties",
            "inst/jg-protocol-ids.xml",
            "io/netty",
            "net/bytebuddy",
            "org/jgroups",
            "picocli",
            "tools/jackson");
  }

  @Test
  void noOtherLoaderRecognisesAClassInside() throws IOException {
    assertThat(entries())
        .filteredOn(name -> name.startsWith("inst/"))
        .noneMatch(name -> name.endsWith(".class"))
        .noneMatch(name -> name.contains("module-info"))
        .noneMatch(name -> name.contains("META-INF/versions"))
        .noneMatch(name -> name.startsWith("inst/dev/baton/boot"))
        .contains("inst/dev/baton/agent/Startup.classdata");
  }

  @Test
  void nativeLibrariesAreLinuxOnly() throws IOException {
    assertThat(entries())
        .filteredOn(name -> name.matches(".*\\.(so|dll|jnilib|a)"))
        .isNotEmpty()
        .allMatch(name -> name.startsWith("inst/com/sun/jna/linux-"))
        .contains(
            "inst/com/sun/jna/linux-x86-64/libjnidispatch.so",
            "inst/com/sun/jna/linux-aarch64/libjnidispatch.so");
  }

  @Test
  void noLibraryStartsTheLoggingOfTheJdk() throws IOException {
    try (JarFile jar = new JarFile(ForkedJvm.JAR.toFile())) {
      for (String name : entries()) {
        String bytes =
            new String(
                jar.getInputStream(jar.getEntry(name)).readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(bytes.contains("java/util/logging/Logger")).as(name).isFalse();
      }
    }
  }

  @Test
  void everyLibraryKeepsItsLicence() throws IOException {
    assertThat(
            entries().stream()
                .filter(name -> name.startsWith("inst/META-INF/licenses/"))
                .map(name -> name.replaceAll("inst/META-INF/licenses/(.*?)-[0-9].*", "$1"))
                .distinct())
        .contains(
            "byte-buddy",
            "jgroups",
            "jna",
            "jackson-core",
            "jackson-databind",
            "jackson-annotations",
            "jackson-dataformat-cbor");
  }

  @Test
  void manifestNamesTheEntryPointsAndNothingElse() throws IOException {
    try (JarFile jar = new JarFile(ForkedJvm.JAR.toFile())) {
      Map<String, String> manifest = new TreeMap<>();
      jar.getManifest()
          .getMainAttributes()
          .forEach((key, value) -> manifest.put(key.toString(), value.toString()));
      assertThat(manifest)
          .containsEntry("Premain-Class", "dev.baton.agent.Premain")
          .containsEntry("Agent-Class", "dev.baton.agent.Premain")
          .containsEntry("Main-Class", "dev.baton.agent.Main")
          .containsEntry("Can-Redefine-Classes", "true")
          .containsEntry("Can-Retransform-Classes", "true")
          .doesNotContainKeys(
              "Boot-Class-Path", "Launcher-Agent-Class", "Class-Path", "Multi-Release");
    }
  }

  /** The folder that tells libraries apart: two names, or three below {@code com}. */
  private static String topOfLibrary(String name) {
    return name.replaceAll("inst/(picocli|com/[^/]*/[^/]*|[^/]*/[^/]*)/.*", "$1");
  }

  private static List<String> entries() throws IOException {
    try (JarFile jar = new JarFile(ForkedJvm.JAR.toFile())) {
      return jar.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
    }
  }
}
