package dev.baton.it.net;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which way to an address: that of the longest prefix it has, of equal ones that of the last added.
 * There are few, so that they are tried one after the other. Safe for several threads.
 *
 * @param <T> a way
 */
final class Routes<T> {

  private record Route<T>(Prefix prefix, T way) {}

  private volatile List<Route<T>> longestFirst = List.of();

  synchronized void add(Prefix prefix, T way) {
    List<Route<T>> more = new ArrayList<>();
    more.add(new Route<>(prefix, way));
    more.addAll(longestFirst);
    more.sort(Comparator.comparingInt((Route<T> route) -> route.prefix().bits()).reversed());
    longestFirst = List.copyOf(more);
  }

  /** The way to an address, given in two halves; null if there is none. */
  @Nullable T to(long high, long low) {
    List<Route<T>> routes = longestFirst;
    for (int i = 0; i < routes.size(); i++) {
      Route<T> route = routes.get(i);
      if (route.prefix().contains(high, low)) {
        return route.way();
      }
    }
    return null;
  }
}
