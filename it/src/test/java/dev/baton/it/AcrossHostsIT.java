package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Quality;
import dev.baton.it.net.Subnet;
import dev.baton.it.net.Topology;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections to one address move among three hosts, each on a subnet of its own, while the client
 * is somewhere else again.
 */
class AcrossHostsIT implements OnTestBed {
  private static final List<String> NODES = List.of("a", "b", "c");
  private static final String CONTACT_NODE = "a";
  private static final int CONTACT_MEMBER = 77;
  private static final int NODE_PORT = 7000;
  private static final int KILLED = 137;
  private static final String BIG = "/files/100m.bin";

  private Network network;
  private TestBed bed;
  private int port;
  private final Map<String, ServerProcess> servers = new HashMap<>();

  @BeforeEach
  void build() throws Exception {
    Repository.servedFile(0, 100);
    network = Topology.homes("across-hosts", NODES.toArray(String[]::new));
    bed = TestBed.create("across-hosts");
  }

  @AfterEach
  void remove() throws Exception {
    try (Network last = network) {
      bed.close();
    }
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  /** The first to start is the contact node. */
  private void start(App app) throws Exception {
    Path keys = bed.directory().resolve("keys");
    String[] init = {"keys", "init", "--out", keys.toString(), "a", "b", "c"};
    bed.commandLine().run(init).succeeded();
    for (String node : NODES) {
      start(app, node, List.of());
    }
  }

  private ServerProcess start(App app, String node, List<String> jvmOptions) throws Exception {
    Subnet home = network.lan(CONTACT_NODE).subnet();
    ServerSpec spec =
        ServerSpec.of(app, Jdk.current(), node)
            .onPort(port)
            .on(network.host(node))
            .agentOption("listen=" + address(node))
            .agentOption("peers=" + String.join(",", NODES.stream().map(this::address).toList()))
            .agentOption("keys=" + bed.directory().resolve("keys").resolve(node))
            .agentOption(
                "contact="
                    + home.ipv6(CONTACT_MEMBER).getHostAddress()
                    + ","
                    + home.ipv4(CONTACT_MEMBER).getHostAddress())
            .agentOption("switch=steer");
    for (String option : jvmOptions) {
      spec = spec.jvmOption(option);
    }
    ServerProcess server = bed.join(spec);
    servers.put(node, server);
    port = server.port();
    return server;
  }

  private String address(String node) {
    return "[" + network.host(node).ipv6().getHostAddress() + "]:" + NODE_PORT;
  }

  private ClientConnection connect(boolean ipv6, long rate) throws Exception {
    Subnet home = network.lan(CONTACT_NODE).subnet();
    InetAddress contact = ipv6 ? home.ipv6(CONTACT_MEMBER) : home.ipv4(CONTACT_MEMBER);
    return network
        .host("client")
        .call(
            () ->
                ClientConnection.open(
                    new InetSocketAddress(contact, port), Pace.bytesPerSecond(rate), 0));
  }

  private Json.Move handoff(String from, String to, ClientConnection client) throws IOException {
    Host host = network.host(from);
    return bed.operator(host).handoff(from, to).of(client.localAddress().getPort());
  }

  private void hop(String from, String to, ClientConnection client) throws IOException {
    Json.Move move = handoff(from, to, client);
    assertThat(move.handedOff()).as("%s to %s: %s", from, to, move.reason()).isTrue();
  }

  private static ExpectedBody file() throws IOException {
    return ExpectedBody.file(Repository.servedFile(0, 100));
  }

  @ParameterizedTest
  @CsvSource({"JETTY, true", "TOMCAT, false", "SOCKET, true"})
  void aDownloadPassesAmongThreeHostsOverOneConnection(
      App app, boolean ipv6, RandomGenerator random) throws Exception {
    start(app);
    try (ClientConnection client = connect(ipv6, 4_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(random.nextLong(1_000_000));
      String holder = CONTACT_NODE;
      for (int hop = 0; hop < 20; hop++) {
        String next = NODES.get((NODES.indexOf(holder) + 1 + random.nextInt(2)) % 3);
        hop(holder, next, client);
        holder = next;
        download.awaitReceived(download.received() + random.nextLong(300_000));
      }
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text(holder + "\n"));
    }
  }

  @Test
  void packetsThatAreLostOrOvertakenChangeNothing(RandomGenerator random) throws Exception {
    start(App.JETTY);
    network
        .wideArea()
        .uplink(network.host("client"))
        .become(Quality.perfect().losing(0.01).holdingBack(0.01, Duration.ofMillis(5)));
    try (ClientConnection client = connect(true, 2_000_000)) {
      Download download =
          Download.start(
              client,
              Request.get("/files/20m.bin"),
              ExpectedBody.file(Repository.servedFile(0, 20)));
      download.awaitReceived(random.nextLong(1_000_000));
      for (int round = 0; round < 3; round++) {
        hop("a", "b", client);
        hop("b", "c", client);
        hop("c", "a", client);
      }
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("a\n"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"prepare", "ready", "cut", "init", "become"})
  void theDonorKeepsWhatADeadAcceptorDidNotGet(String step, RandomGenerator random)
      throws Exception {
    start(App.JETTY);
    try (ClientConnection client = connect(true, 5_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(random.nextLong(1_000_000));
      hop("a", "b", client);
      servers.get("b").expect("WARNING: connection .* was not handed off to c.* stays here");
      servers.get("c").terminate();
      servers.get("c").awaitExit(10);
      ServerProcess acceptor = start(App.JETTY, "c", List.of("-Ddev.baton.fault=acceptor:" + step));

      Json.Move move = handoff("b", "c", client);

      assertThat(acceptor.awaitExit(10)).isEqualTo(KILLED);
      assertThat(move.result()).isEqualTo("failed");
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("b\n"));
    }
  }

  @Test
  void aConnectionToAHostsOwnAddressStaysThere() throws Exception {
    start(App.SOCKET);
    InetSocketAddress own = new InetSocketAddress(network.host("b").ipv6(), port);
    try (ClientConnection client = network.host("client").call(() -> ClientConnection.open(own))) {
      client.exchange(Request.get("/name"), ExpectedBody.text("b\n"));

      Json.Move move = handoff("b", "a", client);

      assertThat(move.handedOff()).isFalse();
      assertThat(move.reason()).contains("no contact address");
      client.exchange(Request.get("/name"), ExpectedBody.text("b\n"));
    }
  }
}
