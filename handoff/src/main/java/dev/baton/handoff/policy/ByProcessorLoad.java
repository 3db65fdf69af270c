package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * By lot, weighted by the processors that each node's host has idle. By lot and not the idlest,
 * because loads are known a moment late: the idlest of that moment would get everything.
 */
public final class ByProcessorLoad implements HandoffPolicy {
  /** What a host without anything idle still counts, so that a group of such is served evenly. */
  private static final double LEAST = 0.02;

  private final DoubleSupplier random;

  /**
   * @param random a number from 0 to below 1; called by many threads
   */
  public ByProcessorLoad(DoubleSupplier random) {
    this.random = random;
  }

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    double all = 0;
    for (NodeInfo node : nodes) {
      all += weight(node);
    }
    double lot = random.getAsDouble() * all;
    for (NodeInfo node : nodes) {
      lot -= weight(node);
      if (lot < 0) {
        return Optional.of(node);
      }
    }
    return nodes.isEmpty() ? Optional.empty() : Optional.of(nodes.get(nodes.size() - 1));
  }

  private static double weight(NodeInfo node) {
    return Math.max(LEAST, 1 - node.load());
  }
}
