package dev.baton.handoff;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Which node a connection goes to, when nobody named one. */
public interface HandoffPolicy {

  /**
   * Chooses the acceptor.
   *
   * @param connection what is to move
   * @param nodes the nodes that could take it, none of them draining
   * @return empty if it should stay
   */
  Optional<NodeInfo> selectTarget(ServedConnection connection, List<NodeInfo> nodes);

  /** A handoff that this policy chose did not happen. */
  void failed(ServedConnection connection, NodeInfo node);

  /**
   * The policy of a restart: connections go to the node that gets the new ones anyway, else to the
   * one that started last.
   */
  static HandoffPolicy newest() {
    return new HandoffPolicy() {
      @Override
      public Optional<NodeInfo> selectTarget(ServedConnection connection, List<NodeInfo> nodes) {
        return nodes.stream()
            .max(
                Comparator.<NodeInfo, Boolean>comparing(node -> node.role().equals(NodeInfo.TAKER))
                    .thenComparing(NodeInfo::sinceMillis));
      }

      @Override
      public void failed(ServedConnection connection, NodeInfo node) {
        // There is no better node than the newest; the drain tries again.
      }
    };
  }
}
