package dev.baton.it.bench;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Network;
import dev.baton.it.net.Subnet;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Pace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * One server on each host of a {@linkplain dev.baton.it.net.Topology#homes network}, all behind one
 * contact address of either family in the subnet of the first, which is the contact node.
 */
final class DistantServers implements AutoCloseable {

  private static final int CONTACT_MEMBER = 77;
  private static final int NODE_PORT = 7000;

  private final Network network;
  private final TestBed bed;
  private final List<String> nodes;
  private int port;

  private DistantServers(Network network, TestBed bed, List<String> nodes) {
    this.network = network;
    this.bed = bed;
    this.nodes = nodes;
  }

  /**
   * Makes keys and starts the servers, one after the other.
   *
   * @param network stays the caller's
   * @param nodes named like their hosts
   */
  public static DistantServers start(Network network, App app, Jdk jdk, String... nodes)
      throws IOException, InterruptedException {
    DistantServers group =
        new DistantServers(network, TestBed.create(network.toString()), List.of(nodes));
    boolean started = false;
    try {
      String keys = group.bed.directory().resolve("keys").toString();
      group
          .bed
          .commandLine()
          .run(
              Stream.concat(Stream.of("keys", "init", "--out", keys), Stream.of(nodes))
                  .toArray(String[]::new))
          .succeeded();
      for (String node : nodes) {
        group.start(node, app, jdk);
      }
      started = true;
      return group;
    } finally {
      if (!started) {
        group.close();
      }
    }
  }

  private void start(String node, App app, Jdk jdk) throws IOException, InterruptedException {
    ServerSpec spec =
        ServerSpec.of(app, jdk, node)
            .onPort(port)
            .on(network.host(node))
            .agentOption("listen=" + address(node))
            .agentOption("peers=" + String.join(",", nodes.stream().map(this::address).toList()))
            .agentOption("keys=" + bed.directory().resolve("keys").resolve(node))
            .agentOption("contact=" + text(contact(true)) + "," + text(contact(false)))
            .agentOption("switch=steer");
    ServerProcess server = bed.enter(spec);
    port = server.port();
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

  /** Connects the host {@code client} to the contact address. */
  public ClientConnection connect(boolean ipv6, Pace pace, int receiveBuffer)
      throws IOException, InterruptedException {
    InetSocketAddress to = new InetSocketAddress(contact(ipv6), port);
    return network.host("client").call(() -> ClientConnection.open(to, pace, receiveBuffer));
  }

  /** Moves a client's connection, whatever becomes of it. */
  public Json.Move handoff(String from, String to, ClientConnection client) throws IOException {
    return bed.operator(network.host(from)).handoff(from, to).of(client.localAddress().getPort());
  }

  /** Stops the servers. */
  @Override
  public void close() throws IOException, InterruptedException {
    bed.close();
  }
}
