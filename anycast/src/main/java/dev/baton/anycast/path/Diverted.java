package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;
import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.Diversion;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The home addresses packets to which are diverted, as they have a binding. For one thread, but for
 * {@link #changed}.
 */
final class Diverted {

  /** How often it is looked whether bindings have ended. */
  static final int HOUSEKEEPING_MILLIS = 1000;

  private final Diversion diversion;
  private final Role role;
  private final @Nullable KernelBindings kernel;
  private final Consumer<String> log;
  private final Queue<Ip6> changed = new ConcurrentLinkedQueue<>();
  private final Set<Ip6> diverted = new HashSet<>();
  private long nextHousekeeping = System.nanoTime();

  /**
   * None yet.
   *
   * @param kernel serves what it can; null if it can nothing
   */
  Diverted(Diversion diversion, Role role, @Nullable KernelBindings kernel, Consumer<String> log) {
    this.kernel = kernel;
    this.diversion = diversion;
    this.role = role;
    this.log = log;
  }

  /** A home address has got or lost its binding; is looked at with the next {@link #update}. */
  void changed(Ip6 home) {
    changed.add(home);
  }

  /** Whether packets to where this one goes are diverted. */
  boolean includes(Packet packet) {
    return diverted.contains(packet.address(Packet.DESTINATION));
  }

  /** Looks at what has changed, and now and then at all. */
  void update() {
    for (Ip6 home = changed.poll(); home != null; home = changed.poll()) {
      look(home);
    }
    long now = System.nanoTime();
    if (now - nextHousekeeping >= 0) {
      nextHousekeeping = now + TimeUnit.MILLISECONDS.toNanos(HOUSEKEEPING_MILLIS);
      diverted.stream().filter(home -> !isBound(home)).toList().forEach(this::look);
      if (kernel != null) {
        kernel.ended().forEach(this::look);
      }
      count();
    }
  }

  /** Diverts packets to a home address, or no longer, as it has a binding or not. */
  void look(Ip6 home) {
    if (kernel != null) {
      kernel.look(home); // its policies go before the route, which is for what it does not serve
    }
    try {
      if (!isBound(home)) {
        if (diverted.remove(home)) {
          diversion.unroute(home.toInetAddress());
        }
      } else if (diverted.add(home)) {
        diversion.route(home.toInetAddress());
      }
    } catch (LinuxException e) {
      log.accept("packets to " + home + " do not go to its care-of address: " + e.getMessage());
    }
  }

  /** Counts what has passed without coming here. */
  void count() {
    if (kernel != null) {
      kernel.count();
    }
  }

  /** Less gets to a care-of address than the kernel makes packets for: its packets come here. */
  void tooNarrow(Ip6 careOf) {
    if (kernel != null) {
      kernel.tooNarrow(careOf).forEach(this::look);
    }
  }

  private boolean isBound(Ip6 home) {
    if (role instanceof Role.Correspondent correspondent) {
      return !correspondent.bound(home).isEmpty();
    }
    return role instanceof Role.HomeAgent homeAgent
        && homeAgent.careOf(home.high(), home.low()) != null;
  }
}
