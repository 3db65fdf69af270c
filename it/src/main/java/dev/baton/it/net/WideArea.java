package dev.baton.it.net;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An emulated internet. A host attached to it has an interface {@code wan0} with a subnet of its
 * own, and its default route there. From one host to another a packet goes through three lanes: up
 * the {@linkplain #uplink link} of its sender, through what lies {@linkplain #between between} the
 * two, and down the link of the receiver. All are perfect until they are told otherwise; links are
 * shared by all traffic of their host, what lies between is each pair's own.
 *
 * <p>It is a plain router, one hop for all. It believes any source address, answers Time Exceeded
 * and Packet Too Big, and drops silently what it has no route for.
 */
public final class WideArea implements Closeable {

  private static final String INTERFACE = "wan0";

  /** What waits in a host for the router, in packets: a window's worth, so that nothing is lost. */
  private static final int DEVICE_QUEUE = 8192;

  private final Network network;
  private final long seed;
  private final Routes<Port> routes = new Routes<>();
  private final Router router = new Router(routes);
  private final Map<Host, Port> ports = new ConcurrentHashMap<>();

  private record Pair(Host from, Host to) {}

  private final Map<Pair, Lane> lanes = new ConcurrentHashMap<>();

  /**
   * Nobody is attached yet.
   *
   * @param seed decides which packets are lost, duplicated, held back
   */
  WideArea(Network network, long seed) throws IOException {
    this.network = network;
    this.seed = seed;
  }

  /**
   * Attaches a host, with addresses of both families and a default route.
   *
   * @return its link
   */
  public Link attach(Host host) throws IOException, InterruptedException {
    Subnet subnet = network.nextSubnet();
    Tun tun = host.call(() -> Tun.create(INTERFACE));
    Link link = new Link(lane(host + " up"), lane(host + " down"));
    Icmp icmp = new Icmp(subnet.ipv6(Subnet.ROUTER), subnet.ipv4(Subnet.ROUTER));
    Port port = new Port(host, subnet, tun, link, icmp);
    host.ip(
        "link set %s mtu %d txqueuelen %d up"
            .formatted(INTERFACE, Quality.ETHERNET_MTU, DEVICE_QUEUE),
        "addr add %s/64 dev %s nodad".formatted(subnet.ipv6(1).getHostAddress(), INTERFACE),
        "addr add %s/24 dev %s".formatted(subnet.ipv4(1).getHostAddress(), INTERFACE),
        "route add ::/0 dev " + INTERFACE,
        "route add default dev " + INTERFACE);
    host.gets(subnet.ipv6(1), subnet.ipv4(1));
    for (Port other : ports.values()) {
      other.connect(port, laneBetween(other.host(), host));
      port.connect(other, laneBetween(host, other.host()));
    }
    ports.put(host, port);
    route(subnet.ipv6(), host);
    route(subnet.ipv4(), host);
    router.add(port);
    network.joined(host, INTERFACE, Capture.RAW_IP);
    return link;
  }

  private Lane lane(String name) {
    return new Lane(name, seed);
  }

  private Lane laneBetween(Host from, Host to) {
    return lanes.computeIfAbsent(new Pair(from, to), pair -> lane(from + " to " + to));
  }

  /** The link of a host; {@code there} is up, away from it. */
  public Link uplink(Host host) {
    return port(host).link();
  }

  /** The addresses of a host's link. All of them reach the host, not only those it has. */
  public Subnet subnet(Host host) {
    return port(host).subnet();
  }

  /** The links of all. */
  public Collection<Link> uplinks() {
    return ports.values().stream().map(Port::link).toList();
  }

  /** What lies between the links of two; {@code there} is from the first to the second. */
  public Link between(Host first, Host second) {
    port(first);
    port(second);
    return new Link(laneBetween(first, second), laneBetween(second, first));
  }

  /**
   * From now on packets to these addresses go to that host, unless there is a route for fewer of
   * them.
   *
   * @param prefix {@code ADDRESS/BITS} of either family, or one address
   */
  public void route(String prefix, Host to) {
    routes.add(Prefix.of(prefix), port(to));
  }

  /** How many packets came for which there was no route or no hop left. */
  public long unrouted() {
    return router.unrouted();
  }

  /** How many packets a host did not take, its interface being down, or there was no memory for. */
  public long undelivered() {
    return router.undelivered();
  }

  private Port port(Host host) {
    Port port = ports.get(host);
    if (port == null) {
      throw new IllegalStateException(host + " is not attached to the wide area");
    }
    return port;
  }

  /** Takes all interfaces away. */
  @Override
  public void close() {
    router.close();
  }
}
