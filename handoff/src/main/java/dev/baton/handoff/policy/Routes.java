package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.List;
import java.util.Optional;

/**
 * Leaves another policy only the nodes that the operator has named for a connection, by what it
 * asks for or by how its packets are marked. The first route that is about a connection decides;
 * where none is, or none of its nodes is there, all nodes will do.
 */
public final class Routes implements HandoffPolicy {
  private final List<Route> routes;
  private final HandoffPolicy policy;

  /**
   * @param policy chooses among the nodes of a route
   */
  public Routes(List<Route> routes, HandoffPolicy policy) {
    this.routes = List.copyOf(routes);
    this.policy = policy;
  }

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    for (Route route : routes) {
      if (route.kind().test(connection)) {
        List<NodeInfo> named =
            nodes.stream().filter(node -> route.nodes().contains(node.name())).toList();
        return policy.selectTarget(connection, named.isEmpty() ? nodes : named);
      }
    }
    return policy.selectTarget(connection, nodes);
  }

  @Override
  public boolean needsRoundTrips() {
    return policy.needsRoundTrips();
  }

  @Override
  public void failed(Candidate connection, NodeInfo node) {
    policy.failed(connection, node);
  }

  @Override
  public void succeeded(Candidate connection, NodeInfo node) {
    policy.succeeded(connection, node);
  }
}
