package dev.baton.it.net;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A segment: an Ethernet bridge, to which hosts are joined by cables of no length and no limit. Its
 * interfaces are {@code eth0}, {@code eth1}, … in the order a host joined segments.
 */
public final class Lan {

  private static final long FORWARDING_NANOS = 5_000_000_000L;
  private static final long LOOK_NANOS = 5_000_000;

  private final Network network;
  private final String name;
  private final Subnet subnet;
  private final Host bridges;
  private final List<Host> members = new ArrayList<>();
  private @Nullable Host gateway;

  /**
   * Makes the bridge.
   *
   * @param bridges where it is
   */
  Lan(Network network, String name, Subnet subnet, Host bridges)
      throws IOException, InterruptedException {
    this.network = network;
    this.name = name;
    this.subnet = subnet;
    this.bridges = bridges;
    // Nobody here asks who wants which multicast, so everybody gets everything.
    bridges.ip(
        "link add " + bridge() + " type bridge mcast_snooping 0", "link set " + bridge() + " up");
  }

  private String bridge() {
    return "lan" + subnet.number();
  }

  /** Its name in its network. */
  public String name() {
    return name;
  }

  /** Its addresses. */
  public Subnet subnet() {
    return subnet;
  }

  /** Joins hosts, each with the next address of either family. */
  public Lan join(Host... hosts) throws IOException, InterruptedException {
    for (Host host : hosts) {
      join(host);
    }
    return this;
  }

  private void join(Host host) throws IOException, InterruptedException {
    members.add(host);
    int member = members.size();
    String port = port(host);
    String itsInterface = network.nextEthernet(host);
    host.ip(
        "link add %s index %d type veth peer name %s netns %s"
            .formatted(itsInterface, index(member), port, bridges.namespace()),
        "link set " + itsInterface + " up",
        "addr add %s/64 dev %s nodad".formatted(text(subnet.ipv6(member)), itsInterface),
        "addr add %s/24 dev %s".formatted(text(subnet.ipv4(member)), itsInterface));
    bridges.ip("link set " + port + " master " + bridge() + " up");
    awaitForwarding(port);
    host.gets(subnet.ipv6(member), subnet.ipv4(member));
    network.joined(host, itsInterface, Capture.ETHERNET);
    if (gateway != null) {
      host.ip(
          "route add ::/0 via " + text(subnet.ipv6(1)),
          "route add default via " + text(subnet.ipv4(1)));
    }
  }

  private String port(Host host) {
    return bridge() + "-" + (members.indexOf(host) + 1);
  }

  /** Cuts a host's cable, in both directions. Its interface stays up: nobody is told. */
  public void cut(Host host) throws IOException, InterruptedException {
    bridges.ip("link set " + port(host) + " nomaster");
  }

  /** Restores a host's cable. */
  public void restore(Host host) throws IOException, InterruptedException {
    bridges.ip("link set " + port(host) + " master " + bridge() + " up");
    awaitForwarding(port(host));
  }

  /**
   * Unlike any port's, which are small: for equal ones, although of different namespaces, the
   * kernel thinks that it may take its time to notice that the cable is in.
   */
  private int index(int member) {
    return 1000 * subnet.number() + member;
  }

  /** The bridge uses a port some moments after it was connected. */
  private void awaitForwarding(String port) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + FORWARDING_NANOS;
    String state = bridges.run("ip", "-d", "link", "show", port);
    while (!state.contains("state forwarding")) {
      if (System.nanoTime() > deadline) {
        throw new IOException("the bridge does not use its port: " + state);
      }
      LockSupport.parkNanos(LOOK_NANOS);
      state = bridges.run("ip", "-d", "link", "show", port);
    }
  }

  /**
   * Joins the host through which this segment reaches the wide area, and the wide area this
   * segment. It must be attached there; all that is joined later has its default route to it.
   *
   * @throws IllegalStateException if others have joined before it
   */
  public Lan behind(Host theGateway) throws IOException, InterruptedException {
    if (!members.isEmpty()) {
      throw new IllegalStateException("the gateway of " + name + " comes first");
    }
    join(theGateway);
    gateway = theGateway;
    theGateway.forward();
    network.wideArea().route(subnet.ipv6(), theGateway);
    network.wideArea().route(subnet.ipv4(), theGateway);
    return this;
  }

  private static String text(InetAddress address) {
    return address.getHostAddress();
  }

  @Override
  public String toString() {
    return name;
  }
}
