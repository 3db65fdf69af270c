package dev.baton.handoff;

import dev.baton.handoff.policy.ClientNetwork;
import dev.baton.linux.NetworkNamespace;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells about itself.
 *
 * @param name the node's name in its group
 * @param pid its process
 * @param ports the ports it serves
 * @param connections how many clients' connections it has
 * @param draining whether it is handing everything over
 * @param role what it is in its group: {@code taker} if it gets its host's new connections, {@code
 *     drained} if it has handed everything over and gets no connection by itself, else {@code
 *     member}
 * @param health {@code ok}, or what is wrong
 * @param namespace its network namespace
 * @param sinceMillis when it started, in milliseconds of the epoch
 * @param contact whether it is the group's contact node
 * @param adviceErrors how many errors Baton's advice swallowed in this JVM; anything but 0 is a
 *     defect
 * @param load which part of its host's processors is busy, 0 to 1; 0 also if that is not known
 * @param below the nodes directly below it in the hierarchy of those that place new connections
 * @param roundTrips of the clients it serves, the shortest of each {@link ClientNetwork} in
 *     microseconds, {@link #MOST_NETWORKS} at most; none unless it was asked for them
 * @param mobility what became of clients by Mobile IPv6; null if the node does not use it
 */
public record NodeInfo(
    String name,
    long pid,
    List<Integer> ports,
    int connections,
    boolean draining,
    String role,
    String health,
    String namespace,
    long sinceMillis,
    boolean contact,
    long adviceErrors,
    double load,
    List<String> below,
    Map<String, Integer> roundTrips,
    @Nullable Mobility mobility) {

  /**
   * What became, by Mobile IPv6, of the clients of connections that were handed to a node.
   *
   * @param bound how often a client was bound to the node
   * @param tunnelled how often that was not possible, mostly because the client has no Mobile IPv6,
   *     and its packets come by the contact node
   */
  public record Mobility(long bound, long tunnelled) {}

  /** More networks a node does not tell of. */
  public static final int MOST_NETWORKS = 256;

  /** The {@link #role} of the node that gets new connections. */
  public static final String TAKER = "taker";

  /** The {@link #role} of a node that has handed everything over. */
  public static final String DRAINED = "drained";

  /**
   * Checks what a node could fill another one's memory with.
   *
   * @throws IllegalArgumentException if there is more of it than a node tells
   */
  public NodeInfo {
    below = List.copyOf(below);
    if (roundTrips.size() > MOST_NETWORKS) {
      throw new IllegalArgumentException("round trips to " + roundTrips.size() + " networks");
    }
    roundTrips = Map.copyOf(roundTrips);
    roundTrips.forEach(
        (network, micros) -> {
          if (network.length() > ClientNetwork.LONGEST || micros < 0) {
            throw new IllegalArgumentException("a round trip of " + micros + " µs to a network");
          }
        });
  }

  /** A node that says nothing of others or of clients. */
  public NodeInfo(
      String name,
      long pid,
      List<Integer> ports,
      int connections,
      boolean draining,
      String role,
      String health,
      String namespace,
      long sinceMillis,
      boolean contact,
      long adviceErrors,
      double load) {
    this(
        name,
        pid,
        ports,
        connections,
        draining,
        role,
        health,
        namespace,
        sinceMillis,
        contact,
        adviceErrors,
        load,
        List.of(),
        Map.of(),
        null);
  }

  /** Whether it may be given connections that nobody has sent to it by name. */
  public boolean open() {
    return !draining && !role.equals(DRAINED);
  }

  /**
   * The node as one of another host, whatever namespace it claims: on one host a donor gives its
   * socket up before the acceptor has one, and the kernel sees to it that there are never two.
   */
  NodeInfo elsewhere() {
    return in(NetworkNamespace.elsewhere(namespace), roundTrips);
  }

  /** The node with round trips that it told another time. */
  NodeInfo with(Map<String, Integer> toldRoundTrips) {
    return in(namespace, toldRoundTrips);
  }

  private NodeInfo in(String itsNamespace, Map<String, Integer> itsRoundTrips) {
    return new NodeInfo(
        name,
        pid,
        ports,
        connections,
        draining,
        role,
        health,
        itsNamespace,
        sinceMillis,
        contact,
        adviceErrors,
        load,
        below,
        itsRoundTrips,
        mobility);
  }
}
