package dev.baton.handoff;

import dev.baton.handoff.contact.Discovery;
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
 */
public record NodeConfig(
    String node, String group, Path dir, Duration drainTimeout, Optional<Elsewhere> elsewhere) {

  /**
   * How a node talks to nodes on other hosts.
   *
   * @param keys the folder of its keys
   * @param listen where the others reach it; empty if they do not
   * @param peers where the others may be
   * @param contact the group's contact addresses; none if connections do not leave this host
   * @param membership how it keeps in touch with the others; not used if there are no contact
   *     addresses
   */
  public record Elsewhere(
      Path keys,
      Optional<InetSocketAddress> listen,
      List<InetSocketAddress> peers,
      List<InetAddress> contact,
      Membership membership) {}

  /**
   * How the nodes of a group keep in touch.
   *
   * @param port where this node listens for that, on the address it listens on anyway
   * @param peers where others may
   * @param discovery how others are found
   * @param absence how long a node that has disappeared is still counted
   */
  public record Membership(
      int port, List<InetSocketAddress> peers, Discovery discovery, Duration absence) {}
}
