package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps another policy from nodes that handoffs to have failed. One failure may be the
 * connection's; from the second in a row on a node is avoided, for a second, and for twice as long
 * each time it fails again, up to a minute; then it is tried. A handoff that succeeds makes it as
 * good as new. If all are to be avoided, none is.
 */
public final class Avoidance implements HandoffPolicy {
  private static final long SHORTEST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** What has not failed for so long is as good as new; or it has left the group. */
  private static final long MEMORY_NANOS = TimeUnit.MINUTES.toNanos(10);

  /**
   * A node that failed.
   *
   * @param lastingNanos how long it is avoided from {@code atNanos} on; 0 if it failed once only
   */
  private record Failure(long atNanos, long lastingNanos) {
    boolean isOver(long nowNanos) {
      return nowNanos - atNanos >= lastingNanos;
    }

    boolean isForgotten(long nowNanos) {
      return nowNanos - atNanos > MEMORY_NANOS;
    }

    long longer() {
      return Math.min(LONGEST_NANOS, Math.max(SHORTEST_NANOS, 2 * lastingNanos));
    }
  }

  private final HandoffPolicy policy;
  private final LongSupplier nanoTime;
  private final ConcurrentMap<String, Failure> failures = new ConcurrentHashMap<>();

  /**
   * @param nanoTime the time, as {@link System#nanoTime}
   */
  public Avoidance(HandoffPolicy policy, LongSupplier nanoTime) {
    this.policy = policy;
    this.nanoTime = nanoTime;
  }

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    if (failures.isEmpty()) {
      return policy.selectTarget(connection, nodes);
    }
    long now = nanoTime.getAsLong();
    List<NodeInfo> good = nodes.stream().filter(node -> !isAvoided(node, now)).toList();
    return policy.selectTarget(connection, good.isEmpty() ? nodes : good);
  }

  private boolean isAvoided(NodeInfo node, long now) {
    Failure failure = failures.get(node.name());
    return failure != null && !failure.isOver(now);
  }

  @Override
  public boolean needsRoundTrips() {
    return policy.needsRoundTrips();
  }

  /** What fails while the node is avoided had begun before, and says nothing new. */
  @Override
  public void failed(Candidate connection, NodeInfo node) {
    long now = nanoTime.getAsLong();
    failures.values().removeIf(failure -> failure.isForgotten(now));
    failures.compute(
        node.name(),
        (name, before) -> {
          if (before == null) {
            return new Failure(now, 0);
          }
          return before.isOver(now) ? new Failure(now, before.longer()) : before;
        });
    policy.failed(connection, node);
  }

  @Override
  public void succeeded(Candidate connection, NodeInfo node) {
    if (!failures.isEmpty()) {
      failures.remove(node.name());
    }
    policy.succeeded(connection, node);
  }
}
