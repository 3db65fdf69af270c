package dev.baton.agent;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The JDKs the agent is tested on: the one of the build, and those packages installed that differ.
 */
final class Jdks {

  /** One JDK by its feature release and its launcher. */
  record Jdk(int feature, Path home) {
    String java() {
      return home.resolve("bin/java").toString();
    }

    @Override
    public String toString() {
      return "JDK " + feature;
    }
  }

  private Jdks() {}

  static Jdk current() {
    return new Jdk(Runtime.version().feature(), Path.of(System.getProperty("java.home")));
  }

  static Stream<Jdk> all() {
    List<Jdk> all = new ArrayList<>(List.of(current()));
    File[] installed = new File("/usr/lib/jvm").listFiles();
    for (File home : installed == null ? new File[0] : installed) {
      for (int feature : new int[] {21, 25}) {
        boolean known = all.stream().anyMatch(jdk -> jdk.feature() == feature);
        if (!known
            && home.getName().contains(Integer.toString(feature))
            && Files.isExecutable(home.toPath().resolve("bin/java"))) {
          all.add(new Jdk(feature, home.toPath()));
        }
      }
    }
    return all.stream();
  }
}
