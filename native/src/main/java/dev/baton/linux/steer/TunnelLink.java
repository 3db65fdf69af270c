package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;
import java.util.TreeSet;

/**
 * The VXLAN link of this host's tunnel point, both for packets going out and coming in. All nodes
 * with this address share it.
 */
record TunnelLink(TunnelPoint point, Rtnetlink.Link link) {

  private static final String THING_PREFIX = "link/";

  /**
   * Finds or makes the link.
   *
   * @param own must be an address of this host
   */
  static TunnelLink install(Installation into, InetAddress own) throws IOException {
    TunnelPoint point = new TunnelPoint(Addresses.plain(own));
    Rtnetlink network = into.network();
    if (network.addresses().stream().noneMatch(each -> each.address().equals(point.address()))) {
      throw new LinuxException(
          "tunnels from " + point.address().getHostAddress(), Calls.EADDRNOTAVAIL);
    }
    into.claim(thing(point.link()));
    Rtnetlink.Link found = network.findLink(point.link());
    Rtnetlink.Link link = found != null ? found : add(network, point);
    into.protect();
    network.setUp(link);
    return new TunnelLink(point, link);
  }

  private static Rtnetlink.Link add(Rtnetlink network, TunnelPoint point) throws IOException {
    String name = point.link();
    network.addVxlan(name, point.mac(), point.vni(), point.address(), Steering.UDP_PORT);
    LinkSettings.set("ipv6", name, "disable_ipv6", "0");
    LinkSettings.set(
        "ipv6", name, "addr_gen_mode", "1"); // no address of its own: it would announce it
    // Clients are not behind this link. That is not enough to let them in if the link has no IPv4
    // address; but it has one as soon as it matters.
    LinkSettings.set("ipv4", name, "rp_filter", "2");
    return network.link(name);
  }

  /** Removes the links that nobody claims. */
  static void sweep(Rtnetlink network, Claim.Claims claimed) throws LinuxException {
    for (Rtnetlink.Link link : network.links()) {
      if (link.name().matches(TunnelPoint.LINK_PREFIX + "[0-9a-f]{8}")
          && !claimed.include(thing(link.name()))) {
        network.deleteLink(link);
      }
    }
  }

  /** The names of the links that somebody claims. */
  static Set<String> claimed(Claim.Claims claims) {
    Set<String> links = new TreeSet<>();
    for (String name : claims.names()) {
      if (name.startsWith(THING_PREFIX)) {
        links.add(name.substring(THING_PREFIX.length(), name.lastIndexOf('/')));
      }
    }
    return links;
  }

  private static String thing(String link) {
    return THING_PREFIX + link;
  }

  /** Makes a tunnel to another point, or does nothing if it is there. */
  void connect(Rtnetlink network, TunnelPoint remote) throws LinuxException {
    network.setRemote(link, remote.mac(), remote.address(), remote.vni());
    network.setNeighbour(link, remote.neighbour(4), remote.mac());
    network.setNeighbour(link, remote.neighbour(16), remote.mac());
  }
}
