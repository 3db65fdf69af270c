package dev.baton.handoff;

import dev.baton.handoff.policy.HandoffPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a node must know of its settings.
 *
 * @param node its name
 * @param group its group
 * @param dir where nodes on this host find each other
 * @param drainTimeout how long a drain may take
 * @param elsewhere how it talks to nodes on other hosts; empty if it does not
 * @param policy where new connections are served; empty for where they come
 */
public record NodeConfig(
    String node,
    String group,
    Path dir,
    Duration drainTimeout,
    Optional<Elsewhere> elsewhere,
    Optional<HandoffPolicy> policy) {

  /** Of a node that serves new connections where they come. */
  public NodeConfig(
      String node, String group, Path dir, Duration drainTimeout, Optional<Elsewhere> elsewhere) {
    this(node, group, dir, drainTimeout, elsewhere, Optional.empty());
  }

  /**
   * How a node talks to nodes on other hosts.
   *
   * @param keys the folder of its keys
   * @param listen where the others reach it; empty if they do not
   * @param peers where the others may be
   * @param contact the group's contact addresses; none if connections do not leave this host
   */
  public record Elsewhere(
      Path keys,
      Optional<InetSocketAddress> listen,
      List<InetSocketAddress> peers,
      List<InetAddress> contact) {}
}
