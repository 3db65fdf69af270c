package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Connections that claim priority go to the least loaded host, all others in turn (paper "roaming
 * clusters", sections 3.2 and 3.3). Priority is what the first three bits of the traffic class say:
 * 1 to 7 in the class selectors of RFC 2474, section 4.2.2, where 0 is best effort; 1, which RFC
 * 3662 uses for less than that, claims none either. A flow label says nothing by itself; {@code
 * baton.routes} can give it nodes.
 */
public final class ByPriority implements HandoffPolicy {
  private static final int PRECEDENCE_SHIFT = 5;
  private static final int LOWER_EFFORT = 1;

  private static final Comparator<NodeInfo> LEAST_LOADED =
      Comparator.comparingDouble(NodeInfo::load)
          .thenComparingInt(NodeInfo::connections)
          .thenComparing(NodeInfo::name);

  private final HandoffPolicy others = new RoundRobin();

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    return connection.trafficClass() >> PRECEDENCE_SHIFT > LOWER_EFFORT
        ? nodes.stream().min(LEAST_LOADED)
        : others.selectTarget(connection, nodes);
  }
}
