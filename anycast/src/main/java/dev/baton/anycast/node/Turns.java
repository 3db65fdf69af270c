package dev.baton.anycast.node;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * One thread at a time; and what is to be said to others is said when its turn is over, without
 * lock, so that they may come back at once.
 */
final class Turns {

  private final Object lock = new Object();
  private final Deque<Runnable> later = new ArrayDeque<>();

  void take(Runnable action) {
    Object unused =
        take(
            () -> {
              action.run();
              return this;
            });
  }

  <T> T take(Supplier<T> action) {
    T result;
    Runnable[] told;
    synchronized (lock) {
      result = action.get();
      told = later.toArray(Runnable[]::new);
      later.clear();
    }
    for (Runnable each : told) {
      each.run();
    }
    return result;
  }

  /** Within a turn: runs something after it. */
  void later(Runnable action) {
    later.add(action);
  }
}
