package dev.baton.it;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.ServerPair;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** What there is to combine: each server on each JDK, and across two. */
final class Pairs {

  private Pairs() {}

  /** Each server with a twin on the same JDK, and one with a twin on the newest. */
  static Stream<ServerPair> all() {
    List<ServerPair> pairs = new ArrayList<>();
    for (App app : App.values()) {
      for (Jdk jdk : Jdk.all()) {
        pairs.add(new ServerPair(app, jdk, jdk));
      }
    }
    Jdk.newest()
        .filter(newest -> newest.feature() != Jdk.current().feature())
        .ifPresent(newest -> pairs.add(new ServerPair(App.JETTY, Jdk.current(), newest)));
    return pairs.stream();
  }

  /** Each server on each JDK. */
  static Stream<Arguments> appsAndJdks() {
    return Stream.of(App.values())
        .flatMap(app -> Jdk.all().stream().map(jdk -> Arguments.of(app, jdk)));
  }
}
