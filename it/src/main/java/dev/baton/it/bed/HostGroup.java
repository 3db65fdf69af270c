package dev.baton.it.bed;

import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Subnet;
import dev.baton.it.net.Topology;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Pace;
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
  public static HostGroup create(String name, String... nodes) throws Exception {
    Network network = Topology.homes(name, nodes);
    TestBed bed = TestBed.create(name);
    Stream<String> init =
        Stream.of("keys", "init", "--out", bed.directory().resolve("keys").toString());
    bed.commandLine().run(Stream.concat(init, Stream.of(nodes)).toArray(String[]::new)).succeeded();
    return new HostGroup(network, bed, List.of(nodes));
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
  public ServerProcess start(String node, App app, String... options) throws Exception {
    ServerSpec spec =
        ServerSpec.of(app, Jdk.current(), node)
            .onPort(port)
            .on(network.host(node))
            .agentOption("listen=" + address(node))
            .agentOption("peers=" + String.join(",", nodes.stream().map(this::address).toList()))
            .agentOption("keys=" + bed.directory().resolve("keys").resolve(node))
            .agentOption("contact=" + contact().getHostAddress())
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
    return "[" + network.host(node).ipv6().getHostAddress() + "]:" + NODE_PORT;
  }

  private InetAddress contact() {
    Subnet home = network.lan(nodes.get(0)).subnet();
    return home.ipv6(CONTACT_MEMBER);
  }

  /** Connects a client to the contact address. */
  public ClientConnection connect() throws Exception {
    return connect(Pace.unlimited(), 0);
  }

  /** Connects a client to the contact address, as {@link ClientConnection#open} does. */
  public ClientConnection connect(Pace pace, int receiveBuffer) throws Exception {
    InetSocketAddress contact = new InetSocketAddress(contact(), port);
    return network.host("client").call(() -> ClientConnection.open(contact, pace, receiveBuffer));
  }

  /** Stops the servers, and removes the hosts. */
  @Override
  public void close() throws Exception {
    try (Network last = network) {
      bed.close();
    }
  }
}
