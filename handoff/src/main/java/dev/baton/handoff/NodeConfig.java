package dev.baton.handoff;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.anycast.node.Activation;
import dev.baton.handoff.contact.Discovery;
import dev.baton.handoff.policy.HandoffPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a node must know of its settings.
 *
 * @param node its name
 * @param group its group
 * @param dir where nodes on this host find each other
 * @param drainTimeout how long a drain may take
 * @param elsewhere how it talks to nodes on other hosts; empty if it does not
 * @param distribution where new connections are served; empty for where they come
 */
public record NodeConfig(
    String node,
    String group,
    Path dir,
    Duration drainTimeout,
    Optional<Elsewhere> elsewhere,
    Optional<Distribution> distribution) {
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);

  /** A node that talks to nodes on this host only. */
  public static NodeConfig onOneHost(String node, String group, Path dir) {
    return new NodeConfig(node, group, dir, DRAIN_TIMEOUT, Optional.empty());
  }

  /** As {@link #onOneHost}, for a node that talks to nodes on other hosts as well. */
  public static NodeConfig onManyHosts(String node, String group, Path dir, Elsewhere elsewhere) {
    return new NodeConfig(node, group, dir, DRAIN_TIMEOUT, Optional.of(elsewhere));
  }

  /** Of a node that serves new connections where they come. */
  public NodeConfig(
      String node, String group, Path dir, Duration drainTimeout, Optional<Elsewhere> elsewhere) {
    this(node, group, dir, drainTimeout, elsewhere, Optional.empty());
  }

  /**
   * Where a node has new connections served.
   *
   * @param policy makes one; each remembers what it has chosen among its own nodes
   * @param below the names of the nodes directly below this one, see {@link Placement}
   */
  public record Distribution(Supplier<HandoffPolicy> policy, List<String> below) {}

  /**
   * How a node talks to nodes on other hosts.
   *
   * @param keys the folder of its keys
   * @param listen where the others reach it; empty if they do not
   * @param peers where the others may be
   * @param contact the group's contact addresses; none if connections do not leave this host
   * @param membership how it keeps in touch with the others; not used if there are no contact
   *     addresses
   * @param admission whom it lets in
   * @param mobility how clients' packets follow by Mobile IPv6; empty if the contact node steers
   */
  public record Elsewhere(
      Path keys,
      Optional<InetSocketAddress> listen,
      List<InetSocketAddress> peers,
      List<InetAddress> contact,
      Membership membership,
      Admission admission,
      Optional<Mobility> mobility) {

    /** With a {@linkplain Membership#nextTo usual} membership, for all that have a certificate. */
    public Elsewhere(
        Path keys,
        Optional<InetSocketAddress> listen,
        List<InetSocketAddress> peers,
        List<InetAddress> contact) {
      this(
          keys,
          listen,
          peers,
          contact,
          Membership.nextTo(listen, peers),
          Admission.ofAll(),
          Optional.empty());
    }
  }

  /**
   * Mobile IPv6. The contact addresses are IPv6 addresses then.
   *
   * @param homeAgent where the contact node registers them
   * @param association what the group shares with the home agent
   * @param activation when an acceptor begins to send
   */
  public record Mobility(Ip6 homeAgent, HomeAssociation association, Activation activation) {}

  /**
   * Whom a node lets in, and whom it talks to.
   *
   * @param map the file that says which nodes may be in the group; empty for all that have a
   *     certificate of its authority
   * @param ticket how long a node may stay until that is looked at again; positive
   */
  public record Admission(Optional<Path> map, Duration ticket) {

    /** Whoever has a certificate, looked at every minute. */
    public static Admission ofAll() {
      return new Admission(Optional.empty(), Duration.ofMinutes(1));
    }
  }

  /**
   * How the nodes of a group keep in touch.
   *
   * @param port where this node listens for that, on the address it listens on anyway
   * @param peers where others may
   * @param discovery how others are found
   * @param absence how long a node that has disappeared is still counted
   */
  public record Membership(
      int port, List<InetSocketAddress> peers, Discovery discovery, Duration absence) {
    private static final Duration ABSENCE = Duration.ofMinutes(10);

    /** On the ports next to those that nodes listen on, which find each other by their peers. */
    public static Membership nextTo(
        Optional<InetSocketAddress> listen, List<InetSocketAddress> peers) {
      return new Membership(
          listen.map(address -> address.getPort() + 1).orElse(0),
          peers.stream()
              .map(
                  peer ->
                      InetSocketAddress.createUnresolved(peer.getHostString(), peer.getPort() + 1))
              .toList(),
          new Discovery.Peers(),
          ABSENCE);
    }
  }
}
