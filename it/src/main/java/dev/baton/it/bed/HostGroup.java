package dev.baton.it.bed;

import dev.baton.anycast.Ip6;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Subnet;
import dev.baton.it.net.Topology;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A group of servers on three hosts or so behind one contact address. Clients are on a host
 * somewhere else.
 */
public final class HostGroup implements AutoCloseable {
  private static final int CONTACT_MEMBER = 77;
  private static final int NODE_PORT = 7000;
  private static final long UNITED_SECONDS = 30;
  private static final Pattern VIEW = Pattern.compile("the group is (.*)");
  private static final Pattern CONTACT_NODE = Pattern.compile("node (.*) has the contact address");

  /** What nodes say when one of them is too slow: the connection stays where it is. */
  public static final String TOO_SLOW =
      "was not handed off to . and stays here|was cut off; no connection is harmed";

  /** What nodes say when others come and go, or the machine is too busy for them. */
  private static final String CHANGES =
      "was turned away|WARNING: the lease on the contact address has run out";

  private final Network network;
  private final Subnet home;
  private final TestBed bed;
  private final List<String> nodes;
  private final @Nullable MobileRoles mobile;
  private final List<String> switching;
  private final Map<String, ServerProcess> servers = new LinkedHashMap<>();
  private int port;

  private HostGroup(Network network, String home, TestBed bed, List<String> nodes, boolean mobile)
      throws IOException, InterruptedException {
    this.network = network;
    this.home = network.lan(home).subnet();
    this.bed = bed;
    this.nodes = nodes;
    if (mobile) {
      this.mobile = new MobileRoles(network, Ip6.of(contact(true)));
      this.switching = this.mobile.options(bed.directory());
    } else {
      this.mobile = null;
      this.switching = List.of(text(contact(false)), "switch=steer");
    }
  }

  /**
   * Makes hosts, each on a subnet of its own, and keys for the nodes; starts none. The contact
   * address is one of the first host's subnet, so its node is the only one that can have it.
   *
   * @param name for logs and captures
   */
  public static HostGroup apart(String name, String... nodes)
      throws IOException, InterruptedException {
    return create(name, Topology.homes(name, nodes), nodes[0], false, nodes);
  }

  /** As {@link #apart}, but the hosts share one segment, and any node can have the address. */
  public static HostGroup together(String name, String... nodes)
      throws IOException, InterruptedException {
    return create(name, Topology.site(name, nodes), "lan", false, nodes);
  }

  /**
   * Nodes {@code a} and {@code b} whose clients follow by Mobile IPv6, in the testbed of the
   * papers' evaluation. The contact address is an IPv6 address. The {@code client} has Mobile IPv6,
   * the gateways have not.
   *
   * @param toClient how far away clients are, one way
   * @param between how far the nodes are from each other
   */
  public static HostGroup mobile(String name, Duration toClient, Duration between)
      throws IOException, InterruptedException {
    Network network = Topology.evaluation(name, toClient, toClient, between);
    return create(name, network, "a", true, "a", "b");
  }

  private static HostGroup create(
      String name, Network network, String home, boolean mobile, String... nodes)
      throws IOException, InterruptedException {
    TestBed bed = TestBed.create(name);
    Stream<String> init =
        Stream.of("keys", "init", "--out", bed.directory().resolve("keys").toString());
    bed.commandLine().run(Stream.concat(init, Stream.of(nodes)).toArray(String[]::new)).succeeded();
    return new HostGroup(network, home, bed, List.of(nodes), mobile);
  }

  /** What the hosts are connected by. */
  public Network network() {
    return network;
  }

  /** The servers' bed. */
  public TestBed bed() {
    return bed;
  }

  /** The host of a node, which has its name. */
  public Host host(String node) {
    return network.host(node);
  }

  /** The server of a node, the last one that was started. */
  public ServerProcess server(String node) {
    return Objects.requireNonNull(servers.get(node), node);
  }

  /** All servers. */
  public List<ServerProcess> servers() {
    return List.copyOf(servers.values());
  }

  /**
   * Starts a server on the node's host. What it is to the others is not known yet then.
   *
   * @param options more agent options; what begins with a hyphen is for the JVM
   */
  public ServerProcess start(String node, App app, String... options)
      throws IOException, InterruptedException {
    return start(node, app, Jdk.current(), options);
  }

  /** As {@link #start(String, App, String...)}, on a JDK of one's choice. */
  public ServerProcess start(String node, App app, Jdk jdk, String... options)
      throws IOException, InterruptedException {
    ServerSpec spec =
        ServerSpec.of(app, jdk, node)
            .onPort(port)
            .on(network.host(node))
            .agentOption("listen=" + address(node))
            .agentOption("peers=" + String.join(",", nodes.stream().map(this::address).toList()))
            .agentOption("keys=" + bed.directory().resolve("keys").resolve(node))
            .agentOption("contact=" + text(contact(true)));
    List<String> all = new ArrayList<>(switching);
    all.addAll(List.of(options));
    for (String option : all) {
      spec = option.startsWith("-") ? spec.jvmOption(option) : spec.agentOption(option);
    }
    ServerProcess server = bed.enter(spec);
    server.expect(CHANGES);
    servers.put(node, server);
    port = server.port();
    return server;
  }

  /** Ends a node's server, if there is one, in good order, and starts another. */
  public ServerProcess restart(String node, App app, String... options)
      throws IOException, InterruptedException {
    ServerProcess before = servers.get(node);
    if (before != null && before.isAlive()) {
      before.terminate();
      before.awaitExit(20);
    }
    return start(node, app, options);
  }

  /** Starts what is not running, and waits until all know each other. */
  public void allAreThere(App app) throws IOException, InterruptedException {
    for (String node : nodes) {
      if (!servers.containsKey(node) || !servers.get(node).isAlive()) {
        start(node, app);
      }
    }
    awaitUnited();
  }

  /** Waits until all that are running know each other, and one contact node. */
  public void awaitUnited() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(UNITED_SECONDS);
    while (!isUnited()) {
      if (System.nanoTime() > deadline) {
        StringBuilder words = new StringBuilder("the nodes do not agree about their group");
        for (ServerProcess server : servers()) {
          words.append(System.lineSeparator()).append(server).append(": ");
          words.append(server.lastWords());
        }
        throw new IOException(words.toString());
      }
      Thread.sleep(20);
    }
  }

  /**
   * Replaces the address of a node on its link, and waits until the others know.
   *
   * @param from which is taken away, first
   * @param to of the same subnet
   */
  public void readdress(String node, InetAddress from, InetAddress to)
      throws IOException, InterruptedException {
    ServerProcess other =
        servers().stream().filter(each -> !each.node().equals(node)).findAny().orElseThrow();
    long before = views(other);
    host(node)
        .ip(
            "addr del " + text(from) + "/64 dev eth0",
            "addr add " + text(to) + "/64 dev eth0 nodad");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(UNITED_SECONDS);
    while (views(other) == before && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    awaitUnited();
  }

  private static long views(ServerProcess server) throws IOException {
    return server.stderr().stream().filter(line -> VIEW.matcher(line).find()).count();
  }

  /** Whether all that are running have said last that all are there, and the same contact node. */
  private boolean isUnited() throws IOException {
    Set<String> running = new HashSet<>();
    Set<String> contactNodes = new HashSet<>();
    for (ServerProcess server : servers()) {
      if (server.isAlive()) {
        running.add(server.node());
        contactNodes.add(lastSaid(server, CONTACT_NODE));
      }
    }
    for (String node : running) {
      String view = lastSaid(server(node), VIEW);
      if (!Set.of(view.split(", ", -1)).equals(running)) {
        return false;
      }
    }
    return contactNodes.size() == 1 && running.containsAll(contactNodes);
  }

  /** The contact node, as a node that is running knows it. */
  public String contactNode() throws IOException {
    for (ServerProcess server : servers()) {
      if (server.isAlive()) {
        return lastSaid(server, CONTACT_NODE);
      }
    }
    throw new IOException("no node is running");
  }

  private static String lastSaid(ServerProcess server, Pattern pattern) throws IOException {
    Matcher said = pattern.matcher(String.join("\n", server.stderr()));
    String last = "";
    while (said.find()) {
      last = said.group(1);
    }
    return last;
  }

  private String address(String node) {
    return "[" + text(network.host(node).ipv6()) + "]:" + NODE_PORT;
  }

  private static String text(InetAddress address) {
    return address.getHostAddress();
  }

  private InetAddress contact(boolean ipv6) {
    return ipv6 ? home.ipv6(CONTACT_MEMBER) : home.ipv4(CONTACT_MEMBER);
  }

  /** Where clients find the group. */
  public InetSocketAddress contactAddress(boolean ipv6) {
    return new InetSocketAddress(contact(ipv6), port);
  }

  /** Connects a client to the contact address. */
  public ClientConnection connect() throws IOException, InterruptedException {
    return connect(Pace.unlimited(), 0);
  }

  /** Connects a client to the contact address, as {@link ClientConnection#open} does. */
  public ClientConnection connect(Pace pace, int receiveBuffer)
      throws IOException, InterruptedException {
    return connect(true, pace, receiveBuffer);
  }

  /** As {@link #connect(Pace, int)}, to the contact address of either family. */
  public ClientConnection connect(boolean ipv6, Pace pace, int receiveBuffer)
      throws IOException, InterruptedException {
    InetSocketAddress contact = contactAddress(ipv6);
    return network.host("client").call(() -> ClientConnection.open(contact, pace, receiveBuffer));
  }

  /** Connects another host than the client's to the contact address. */
  public ClientConnection connectFrom(Host host) throws IOException, InterruptedException {
    InetSocketAddress contact = contactAddress(true);
    return host.call(() -> ClientConnection.open(contact));
  }

  /** Who answers a new connection. */
  public String contactNode(boolean ipv6) throws IOException, InterruptedException {
    try (ClientConnection client = connect(ipv6, Pace.unlimited(), 0)) {
      ExpectedBody.AnyText name = new ExpectedBody.AnyText();
      client.exchange(Request.get("/name"), name);
      return name.text().strip();
    }
  }

  /** Moves a client's connection, whatever becomes of it. */
  public Json.Move handoff(String from, String to, ClientConnection client) throws IOException {
    return bed.operator(network.host(from)).handoff(from, to).of(client.localAddress().getPort());
  }

  /**
   * Moves a client's connection.
   *
   * @throws IOException if it stays where it is
   */
  public void move(String from, String to, ClientConnection client) throws IOException {
    Json.Move move = handoff(from, to, client);
    if (!move.handedOff()) {
      throw new IOException("%s to %s: %s".formatted(from, to, move.reason()));
    }
  }

  /** The client of a group with Mobile IPv6 forgets where it has been told that the nodes are. */
  public void clientForgets() throws IOException, InterruptedException {
    Objects.requireNonNull(mobile).forget();
  }

  /** Stops the servers, and removes the hosts. */
  @Override
  public void close() throws IOException, InterruptedException {
    try (Network last = network;
        MobileRoles roles = mobile) {
      bed.close();
    }
  }
}
