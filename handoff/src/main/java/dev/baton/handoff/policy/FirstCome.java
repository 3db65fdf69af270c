package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.List;
import java.util.Optional;

/**
 * A connection is served where it comes (paper "roaming clusters", section 3.3). One that cannot
 * stay there goes to the node with the fewest.
 */
public final class FirstCome implements HandoffPolicy {
  private final HandoffPolicy elsewhere = new LeastConnections();

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    return nodes.stream()
        .filter(node -> node.name().equals(connection.at()))
        .findFirst()
        .or(() -> elsewhere.selectTarget(connection, nodes));
  }
}
