package dev.baton.anycast.path;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** How many packets there were, by what became of them. One thread counts, any may look. */
final class Counters {

  private final Map<Reason, AtomicLong> counts = new EnumMap<>(Reason.class);

  Counters() {
    for (Reason reason : Reason.values()) {
      counts.put(reason, new AtomicLong());
    }
  }

  void count(Reason reason) {
    count(reason, 1);
  }

  void count(Reason reason, long packets) {
    AtomicLong count = counts.get(reason);
    if (count != null) { // as it is for all
      count.setRelease(count.getPlain() + packets);
    }
  }

  /** Those that are not zero. */
  Map<Reason, Long> all() {
    Map<Reason, Long> all = new EnumMap<>(Reason.class);
    counts.forEach(
        (reason, count) -> {
          if (count.get() > 0) {
            all.put(reason, count.get());
          }
        });
    return all;
  }
}
