package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;
import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.RouteOptimization;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The bindings of a correspondent node that the kernel serves itself. Those that it cannot serve
 * are served here as if there were no such kernel. For one thread.
 */
final class KernelBindings implements AutoCloseable {

  /** RFC 8201 §4: after that it may be tried whether a path has become better. */
  private static final long NARROW_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final RouteOptimization kernel;
  private final Role.Correspondent role;
  private final Counters counters;
  private final Consumer<String> log;
  private final Map<Ip6, Map<Ip6, Served>> served = new HashMap<>();
  private final Map<Ip6, Long> narrow = new HashMap<>();
  private boolean complained;

  KernelBindings(
      RouteOptimization kernel, Role.Correspondent role, Counters counters, Consumer<String> log) {
    this.kernel = kernel;
    this.role = role;
    this.counters = counters;
    this.log = log;
  }

  /** What is known of a binding that the kernel serves. */
  private static final class Served {
    private Ip6 careOf;
    private long routed;
    private long received;

    Served(Ip6 careOf) {
      this.careOf = careOf;
    }
  }

  /** Has the kernel serve the bindings that there are for a home address, as far as it can. */
  void look(Ip6 home) {
    List<Role.Correspondent.Bound> bound = role.bound(home);
    Map<Ip6, Served> now = served.computeIfAbsent(home, unknown -> new HashMap<>());
    for (Ip6 own : List.copyOf(now.keySet())) {
      if (bound.stream().noneMatch(each -> each.own().equals(own))) {
        end(own, home, now);
      }
    }
    for (Role.Correspondent.Bound each : bound) {
      serve(home, each, now);
    }
    if (now.isEmpty()) {
      served.remove(home);
    }
  }

  private void serve(Ip6 home, Role.Correspondent.Bound bound, Map<Ip6, Served> now) {
    Ip6 own = bound.own();
    Served before = now.get(own);
    if (isNarrow(bound.careOf())) {
      end(own, home, now);
      return;
    }
    if (before != null && before.careOf.equals(bound.careOf())) {
      return;
    }
    try {
      boolean taken =
          kernel.bind(own.toInetAddress(), home.toInetAddress(), bound.careOf().toInetAddress());
      if (before != null) {
        before.careOf = bound.careOf();
      } else if (taken) {
        now.put(own, new Served(bound.careOf()));
      }
    } catch (LinuxException e) {
      now.remove(own);
      complain(e);
    }
  }

  private void end(Ip6 own, Ip6 home, Map<Ip6, Served> now) {
    if (now.containsKey(own)) {
      count();
      now.remove(own);
      try {
        kernel.unbind(own.toInetAddress(), home.toInetAddress());
      } catch (LinuxException e) {
        complain(e);
      }
    }
  }

  /** Packets pass all the same, or the next opening tidies up. */
  private void complain(LinuxException e) {
    if (!complained) {
      complained = true;
      log.accept("some bindings are served by this process, not by the kernel: " + e.getMessage());
    }
  }

  private boolean isNarrow(Ip6 careOf) {
    Long since = narrow.get(careOf);
    return since != null && System.nanoTime() - since < NARROW_NANOS;
  }

  /** Less gets to a care-of address than the kernel makes packets for; returns who is there. */
  Set<Ip6> tooNarrow(Ip6 careOf) {
    Set<Ip6> homes = new HashSet<>();
    served.forEach(
        (home, owns) -> {
          if (owns.values().stream().anyMatch(each -> each.careOf.equals(careOf))) {
            homes.add(home);
          }
        });
    if (!homes.isEmpty()) { // else anybody could fill the memory
      narrow.keySet().removeIf(each -> !isNarrow(each));
      narrow.put(careOf, System.nanoTime());
    }
    return homes;
  }

  /** The home addresses that the kernel serves although they have a binding no more. */
  List<Ip6> ended() {
    return served.keySet().stream().filter(home -> role.bound(home).isEmpty()).toList();
  }

  /** Counts what has passed since the last time, and says which bindings are in use. */
  void count() {
    if (served.isEmpty()) {
      return;
    }
    try {
      for (RouteOptimization.Traffic traffic : kernel.traffic()) {
        Ip6 own = Ip6.of(traffic.own());
        Ip6 home = Ip6.of(traffic.home());
        Served its = served.getOrDefault(home, Map.of()).get(own);
        if (its != null) {
          counters.count(Reason.ROUTED, traffic.routed() - its.routed);
          counters.count(Reason.HOME_ADDRESS_REMOVED, traffic.received() - its.received);
          if (traffic.routed() != its.routed || traffic.received() != its.received) {
            role.careOf(home.high(), home.low(), own.high(), own.low());
          }
          its.routed = traffic.routed();
          its.received = traffic.received();
        }
      }
    } catch (LinuxException e) {
      complain(e);
    }
  }

  @Override
  public void close() throws IOException {
    kernel.close();
  }
}
