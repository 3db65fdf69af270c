package dev.baton.it.bed;

import dev.baton.demo.Content;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Where things are in the repository that is being tested. */
public final class Repository {

  private static final Path ROOT = findRoot();

  private Repository() {}

  private static Path findRoot() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("demo-apps/pom.xml"))) {
      directory = directory.getParent();
      if (directory == null) {
        throw new IllegalStateException(
            "not inside the repository: " + Path.of("").toAbsolutePath());
      }
    }
    return directory;
  }

  /** The repository's root. */
  public static Path root() {
    return ROOT;
  }

  /**
   * The agent and command line.
   *
   * @throws IllegalStateException if it has not been built
   */
  public static Path agentJar() {
    return built("agent/target/baton-agent.jar");
  }

  /** Where the demo servers' jars are. */
  public static Path demoApps() {
    return ROOT.resolve("demo-apps/target");
  }

  /** What this module leaves behind. */
  static Path output() {
    return ROOT.resolve("it/target");
  }

  static Path built(String path) {
    Path jar = ROOT.resolve(path);
    if (!Files.exists(jar)) {
      throw new IllegalStateException(jar + " is not there: build it with `mvn package` first");
    }
    return jar;
  }

  /**
   * A folder for servers to serve.
   *
   * @param variant servers that are to disagree about their files use different variants
   */
  public static Path servedFolder(int variant) throws IOException {
    return Files.createDirectories(output().resolve("served/" + variant));
  }

  /**
   * A file of generated content in {@link #servedFolder}, made when first asked for and then kept.
   *
   * @param megabytes its size, in millions of bytes; its name is {@code 20m.bin} for 20 of them
   */
  public static Path servedFile(int variant, int megabytes) throws IOException {
    Path file = servedFolder(variant).resolve(megabytes + "m.bin");
    if (!Files.exists(file)) {
      Path unfinished = Files.createTempFile(output(), "served", ".tmp");
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished))) {
        new Content(variant, megabytes).writeTo(out, megabytes * 1_000_000L);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return file;
  }
}
