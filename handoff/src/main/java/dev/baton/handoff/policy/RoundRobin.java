package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** One after the other, in the order of their names. */
public final class RoundRobin implements HandoffPolicy {
  private final AtomicInteger turn = new AtomicInteger();

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    if (nodes.isEmpty()) {
      return Optional.empty();
    }
    int index = Math.floorMod(turn.getAndIncrement(), nodes.size());
    return nodes.stream().sorted(Comparator.comparing(NodeInfo::name)).skip(index).findFirst();
  }
}
