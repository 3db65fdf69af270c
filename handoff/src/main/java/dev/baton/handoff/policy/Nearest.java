package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * The node with the shortest round trip to the client's network, as the nodes have measured it on
 * connections from there; among several that are as near, the one with the fewest connections.
 *
 * <p>A value comes only where a connection has been, so nodes without one are explored: a small
 * share of a network's connections goes to them, and all of them in turn go to all nodes as long as
 * nobody knows anything. Nodes forget what is old, and are explored again.
 */
public final class Nearest implements HandoffPolicy {
  /** The share of connections that goes to nodes without a value. */
  static final double EXPLORING = 1.0 / 16;

  /** Round trips that differ by less than a quarter and half a millisecond are the same. */
  private static final double FACTOR = 1.25;

  private static final int MICROS = 500;

  private final DoubleSupplier random;
  private final HandoffPolicy inTurn = new RoundRobin();
  private final HandoffPolicy asNear = new LeastConnections();

  /**
   * @param random a number from 0 to below 1; called by many threads
   */
  public Nearest(DoubleSupplier random) {
    this.random = random;
  }

  @Override
  public Optional<NodeInfo> selectTarget(Candidate connection, List<NodeInfo> nodes) {
    InetAddress client = connection.client().getAddress();
    if (client == null) {
      return inTurn.selectTarget(connection, nodes);
    }
    String network = ClientNetwork.of(client);
    List<NodeInfo> unknown = nodes.stream().filter(node -> !knows(node, network)).toList();
    if (unknown.size() == nodes.size()
        || (!unknown.isEmpty() && random.getAsDouble() < EXPLORING)) {
      return inTurn.selectTarget(connection, unknown);
    }
    List<NodeInfo> known = nodes.stream().filter(node -> knows(node, network)).toList();
    int least = known.stream().mapToInt(node -> micros(node, network)).min().orElseThrow();
    double near = least * FACTOR + MICROS;
    return asNear.selectTarget(
        connection, known.stream().filter(node -> micros(node, network) <= near).toList());
  }

  private static boolean knows(NodeInfo node, String network) {
    return node.roundTrips().containsKey(network);
  }

  private static int micros(NodeInfo node, String network) {
    return node.roundTrips().getOrDefault(network, Integer.MAX_VALUE);
  }

  @Override
  public boolean needsRoundTrips() {
    return true;
  }

  @Override
  public void failed(Candidate connection, NodeInfo node) {
    asNear.failed(connection, node);
  }
}
