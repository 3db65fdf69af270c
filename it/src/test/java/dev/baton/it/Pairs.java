package dev.baton.it;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.ServerPair;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * What there is to combine. Jetty is tried on each JDK, and the others on them by turns; {@code
 * -Dbaton.everything=true} tries each server on each.
 */
final class Pairs {
  static final boolean EVERYTHING = Boolean.getBoolean("baton.everything");

  private Pairs() {}

  /** Servers with a twin on the same JDK, and one with a twin on the newest. */
  static Stream<ServerPair> all() {
    List<ServerPair> pairs = new ArrayList<>();
    for (App app : App.values()) {
      for (Jdk jdk : jdks(app)) {
        pairs.add(new ServerPair(app, jdk, jdk));
      }
    }
    Jdk.newest()
        .filter(newest -> newest.feature() != Jdk.current().feature())
        .ifPresent(newest -> pairs.add(new ServerPair(App.JETTY, Jdk.current(), newest)));
    return pairs.stream();
  }

  private static List<Jdk> jdks(App app) {
    List<Jdk> all = Jdk.all();
    if (EVERYTHING) {
      return all;
    }
    return switch (app) {
      case JETTY -> all;
      case SOCKET -> all.subList(0, 1);
      case TOMCAT, JDK -> all.subList(all.size() - 1, all.size());
    };
  }

  /** Servers, each with a JDK. */
  static Stream<Arguments> appsAndJdks() {
    return Stream.of(App.values())
        .flatMap(app -> jdks(app).stream().map(jdk -> Arguments.of(app, jdk)));
  }
}
