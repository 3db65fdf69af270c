package dev.baton.it.net;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Where a host is attached to the router. */
final class Port {

  private final Host host;
  private final Subnet subnet;
  private final Tun tun;
  private final Link link;
  private final Icmp icmp;
  private final Passage answers;
  private final Map<Port, Passage> passages = new ConcurrentHashMap<>();

  /**
   * A port from which no passage leads anywhere yet.
   *
   * @param subnet the addresses that lead here
   * @param tun the interface in the host
   * @param link between the host and the core; {@code there} is away from the host
   * @param icmp what the host hears of the router itself
   */
  Port(Host host, Subnet subnet, Tun tun, Link link, Icmp icmp) {
    this.host = host;
    this.subnet = subnet;
    this.tun = tun;
    this.link = link;
    this.icmp = icmp;
    this.answers = new Passage(null, List.of(link.back()), this);
  }

  Host host() {
    return host;
  }

  Subnet subnet() {
    return subnet;
  }

  Tun tun() {
    return tun;
  }

  Link link() {
    return link;
  }

  Icmp icmp() {
    return icmp;
  }

  /** How what the router itself says comes to the host. */
  Passage answers() {
    return answers;
  }

  /** Packets to that port go through this lane, after this host's own and before the other's. */
  void connect(Port exit, Lane between) {
    passages.put(exit, new Passage(this, List.of(link.there(), between, exit.link.back()), exit));
  }

  /** The way to another port; nowhere to itself. */
  Passage to(Port exit) {
    return passages.getOrDefault(exit, Passage.NOWHERE);
  }
}
