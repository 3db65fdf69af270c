package dev.baton.it.bed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A JDK that servers can run on.
 *
 * @param feature its feature release, 17 for example
 * @param home where it is installed
 */
public record Jdk(int feature, Path home) {

  /** The newest release Baton is tested on. */
  public static final int NEWEST = 25;

  /** The JDK this code runs on. */
  public static Jdk current() {
    return new Jdk(Runtime.version().feature(), Path.of(System.getProperty("java.home")));
  }

  /**
   * JDK {@value #NEWEST}: named by the environment variable {@code JDK25_HOME}, or installed where
   * packages install it.
   */
  public static Optional<Jdk> newest() {
    String named = System.getenv("JDK25_HOME");
    if (named != null) {
      return Optional.of(new Jdk(NEWEST, Path.of(named)));
    }
    Path packages = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(packages)) {
      return Optional.empty();
    }
    try (Stream<Path> installed = Files.list(packages)) {
      return installed
          .filter(home -> home.getFileName().toString().contains("" + NEWEST))
          .filter(home -> Files.isExecutable(home.resolve("bin/java")))
          .sorted()
          .map(home -> new Jdk(NEWEST, home))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All there are, oldest first. */
  public static List<Jdk> all() {
    List<Jdk> all = new ArrayList<>();
    all.add(current());
    newest().filter(jdk -> jdk.feature() != current().feature()).ifPresent(all::add);
    return all;
  }

  /** Its launcher. */
  public String java() {
    return home.resolve("bin/java").toString();
  }

  @Override
  public String toString() {
    return "JDK " + feature;
  }
}
