package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The node with the fewest connections. What was given to a node since it last described itself is
 * added to what it said, or all that comes in one moment would go to the same node.
 */
public final class LeastConnections implements HandoffPolicy {

  /**
   * How many nodes that are not there are remembered: names often have a process number in them.
   */
  private static final int ABSENT = 64;

  /**
   * What a node has been given.
   *
   * @param since what it said last; another object as soon as it says something new
   */
  private record Given(NodeInfo since, int connections) {}

  private final ConcurrentMap<String, Given> given = new ConcurrentHashMap<>();

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    Optional<NodeInfo> chosen =
        nodes.stream()
            .min(Comparator.comparingInt(this::connections).thenComparing(NodeInfo::name));
    chosen.ifPresent(this::give);
    if (given.size() > nodes.size() + ABSENT) {
      given.keySet().retainAll(nodes.stream().map(NodeInfo::name).toList());
    }
    return chosen;
  }

  private int connections(NodeInfo node) {
    return node.connections() + more(given.get(node.name()), node);
  }

  private void give(NodeInfo node) {
    given.compute(node.name(), (name, before) -> new Given(node, more(before, node) + 1));
  }

  @SuppressWarnings("ReferenceEquality") // an equal one may be a later one
  private static int more(@Nullable Given given, NodeInfo node) {
    return given == null || given.since() != node ? 0 : given.connections();
  }

  @Override
  public void failed(Candidate connection, NodeInfo node) {
    given.computeIfPresent(
        node.name(), (name, more) -> new Given(more.since(), Math.max(0, more.connections() - 1)));
  }
}
