package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.List;
import java.util.Optional;

/**
 * Which node a connection goes to, when nobody named one (paper "versatile anycast", section 2).
 *
 * <p>Thread-safe and quick: it is asked on threads of the host's server.
 */
public interface HandoffPolicy {

  /**
   * Chooses a node.
   *
   * @param connection what is to be served
   * @param nodes those that could serve it, as they last described themselves. The node that has
   *     the connection is among them if it may stay
   * @return one of {@code nodes}; empty if there are none
   */
  Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes);

  /** Whether it looks at {@link NodeInfo#roundTrips}: nodes measure them only if somebody does. */
  default boolean needsRoundTrips() {
    return false;
  }

  /** A handoff to a node that this policy chose did not happen. */
  default void failed(Candidate connection, NodeInfo node) {}

  /** A handoff to a node that this policy chose has happened. */
  default void succeeded(Candidate connection, NodeInfo node) {}
}
