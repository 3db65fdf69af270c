package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** Any node, each as likely as the others. */
public final class RandomChoice implements HandoffPolicy {
  private final IntUnaryOperator random;

  /**
   * @param random a number from 0 to below the given bound; called by many threads
   */
  public RandomChoice(IntUnaryOperator random) {
    this.random = random;
  }

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    return nodes.isEmpty()
        ? Optional.empty()
        : Optional.of(nodes.get(random.applyAsInt(nodes.size())));
  }
}
