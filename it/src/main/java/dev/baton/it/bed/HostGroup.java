package dev.baton.it.bed;

import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Subnet;
import dev.baton.it.net.Topology;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Pace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A group of servers, each on a host and a subnet of its own, behind one contact address. The first
 * is the contact node. Clients are on a host somewhere else.
 */
public final class HostGroup implements AutoCloseable {
  private static final int CONTACT_MEMBER = 77;
  private static final int NODE_PORT = 7000;

  private final Network network;
  private final TestBed bed;
  private final List<String> nodes;
  private final Map<String, ServerProcess> servers = new LinkedHashMap<>();
  private int port;

  private HostGroup(Network network, TestBed bed, List<String> nodes) {
    this.network = network;
    this.bed = bed;
    this.nodes = nodes;
  }

  /**
   * Makes hosts, and keys for the nodes; starts none.
   *
   * @param name for logs and captures
   */
  public static HostGroup create(String name, String... nodes)
      throws IOException, InterruptedException {
    Network network = Topology.homes(name, nodes);
    TestBed bed = TestBed.create(name);
    Stream<String> init =
        Stream.of("keys", "init", "--out", bed.directory().resolve("keys").toString());
    bed.commandLine().run(Stream.concat(init, Stream.of(nodes)).toArray(String[]::new)).succeeded();
    return new HostGroup(network, bed, List.of(nodes));
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

  /** The server of a node. */
  public ServerProcess server(String node) {
    return Objects.requireNonNull(servers.get(node), node);
  }

  /** All servers. */
  public List<ServerProcess> servers() {
    return List.copyOf(servers.values());
  }

  /**
   * Starts a server on the node's host.
   *
   * @param options more agent options
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
            .agentOption("contact=" + text(contact(true)) + "," + text(contact(false)))
            .agentOption("switch=steer");
    for (String option : options) {
      spec = spec.agentOption(option);
    }
    ServerProcess server = bed.enter(spec);
    // On a busy machine a node may run out of patience with another one's handshake.
    server.expect("was turned away: no handshake");
    servers.put(node, server);
    port = server.port();
    return server;
  }

  private String address(String node) {
    return "[" + text(network.host(node).ipv6()) + "]:" + NODE_PORT;
  }

  private static String text(InetAddress address) {
    return address.getHostAddress();
  }

  private InetAddress contact(boolean ipv6) {
    Subnet home = network.lan(nodes.get(0)).subnet();
    return ipv6 ? home.ipv6(CONTACT_MEMBER) : home.ipv4(CONTACT_MEMBER);
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
    InetSocketAddress contact = new InetSocketAddress(contact(ipv6), port);
    return network.host("client").call(() -> ClientConnection.open(contact, pace, receiveBuffer));
  }

  /** Moves a client's connection, whatever becomes of it. */
  public Json.Move handoff(String from, String to, ClientConnection client) throws IOException {
    return bed.operator(network.host(from)).handoff(from, to).of(client.localAddress().getPort());
  }

  /** Stops the servers, and removes the hosts. */
  @Override
  public void close() throws IOException, InterruptedException {
    try (Network last = network) {
      bed.close();
    }
  }
}
