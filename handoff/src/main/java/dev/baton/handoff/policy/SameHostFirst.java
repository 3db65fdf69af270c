package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The policy of a node that leaves: connections stay on their host if a successor is there, the
 * node that gets the host's new connections anyway, else the one that started last. Where there is
 * none, another policy decides.
 */
public final class SameHostFirst implements HandoffPolicy {
  private static final Comparator<NodeInfo> SUCCESSION =
      Comparator.<NodeInfo, Boolean>comparing(node -> node.role().equals(NodeInfo.TAKER))
          .thenComparing(NodeInfo::sinceMillis);

  private final String namespace;
  private final HandoffPolicy elsewhere;

  /**
   * @param namespace the host's network namespace, as nodes name it
   * @param elsewhere for hosts without a successor
   */
  public SameHostFirst(String namespace, HandoffPolicy elsewhere) {
    this.namespace = namespace;
    this.elsewhere = elsewhere;
  }

  /** The node that takes over on a host. */
  public static Optional<NodeInfo> successor(String namespace, List<NodeInfo> nodes) {
    return nodes.stream().filter(node -> node.namespace().equals(namespace)).max(SUCCESSION);
  }

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    return successor(namespace, nodes).or(() -> elsewhere.selectTarget(connection, nodes));
  }

  @Override
  public boolean needsRoundTrips() {
    return elsewhere.needsRoundTrips();
  }

  @Override
  public void failed(Candidate connection, NodeInfo node) {
    elsewhere.failed(connection, node);
  }

  @Override
  public void succeeded(Candidate connection, NodeInfo node) {
    elsewhere.succeeded(connection, node);
  }
}
