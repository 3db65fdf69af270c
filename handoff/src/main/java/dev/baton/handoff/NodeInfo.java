package dev.baton.handoff;

import dev.baton.linux.NetworkNamespace;
import java.util.List;

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
    double load) {

  /** The {@link #role} of the node that gets new connections. */
  public static final String TAKER = "taker";

  /** The {@link #role} of a node that has handed everything over. */
  public static final String DRAINED = "drained";

  /** Whether it may be given connections that nobody has sent to it by name. */
  public boolean open() {
    return !draining && !role.equals(DRAINED);
  }

  /**
   * The node as one of another host, whatever namespace it claims: on one host a donor gives its
   * socket up before the acceptor has one, and the kernel sees to it that there are never two.
   */
  NodeInfo elsewhere() {
    return new NodeInfo(
        name,
        pid,
        ports,
        connections,
        draining,
        role,
        health,
        NetworkNamespace.elsewhere(namespace),
        sinceMillis,
        contact,
        adviceErrors,
        load);
  }
}
