package dev.baton.anycast;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts by kind, for one thread at a time.
 *
 * @param <K> the kinds
 */
public final class Tally<K extends Enum<K>> {

  private final Map<K, LongAdder> counts;

  /** Begins with nothing. */
  public Tally(Class<K> kinds) {
    counts = new EnumMap<>(kinds);
  }

  /** One more. */
  public void count(K kind) {
    counts.computeIfAbsent(kind, first -> new LongAdder()).increment();
  }

  /** How many of a kind. */
  public long of(K kind) {
    LongAdder count = counts.get(kind);
    return count == null ? 0 : count.sum();
  }
}
