package dev.baton.handoff;

import dev.baton.linux.Listener;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The switch between two JVMs on one host: there is nothing to switch, but between the release at
 * the donor and the re-creation at the acceptor there is no socket, and a segment of the client
 * would reach a listener, which resets. So each node guards its own listener.
 */
final class LocalSwitch implements TrafficSwitch {
  private final Host host;
  private final Log log;

  /** How often each flow is guarded: a new handoff may begin before the last one is forgotten. */
  private final Map<Flow, Integer> guarded = new HashMap<>();

  LocalSwitch(Host host, Log log) {
    this.host = host;
    this.log = log;
  }

  @Override
  public boolean betweenHosts() {
    return false;
  }

  @Override
  public @Nullable String objection(Flow flow) {
    return null;
  }

  @Override
  public synchronized void prepare(Flow flow) throws IOException {
    Listener listener = host.listener(flow.server());
    if (listener != null) {
      listener.guard(flow.client());
    }
    guarded.merge(flow, 1, Integer::sum);
  }

  @Override
  public void switchTo(Flow flow, @Nullable String handoff) {
    // The kernel delivers to the socket that has the addresses.
  }

  @Override
  public boolean keep(Flow flow, String handoff, boolean unused) {
    throw new IllegalStateException(
        "on one host the kernel decides: the addresses are free or not");
  }

  @Override
  public synchronized void release(Flow flow, boolean left) {
    Integer others = guarded.computeIfPresent(flow, (same, times) -> times == 1 ? null : times - 1);
    if (others != null) {
      return;
    }
    Listener listener = host.listener(flow.server());
    if (listener == null) {
      return;
    }
    try {
      listener.unguard(flow.client());
    } catch (IOException e) {
      log.warn(
          "the guard for "
              + flow.client()
              + " could not be taken away; a new connection from that very port would not get"
              + " through",
          e);
    }
  }
}
