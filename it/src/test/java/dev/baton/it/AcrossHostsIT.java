package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Host;
import dev.baton.it.net.Link;
import dev.baton.it.net.Network;
import dev.baton.it.net.Subnet;
import dev.baton.it.net.Topology;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

  private static Network network;
  private static TestBed bed;
  private static int port;
  private static final Map<String, ServerProcess> SERVERS = new HashMap<>();

  /** The first to start is the contact node. */
  @BeforeAll
  static void build() throws Exception {
    Repository.servedFile(0, 100);
    network = Topology.homes("across-hosts", NODES.toArray(String[]::new));
    bed = TestBed.create("across-hosts");
    List<String> init =
        List.of("keys", "init", "--out", bed.directory().resolve("keys").toString());
    bed.commandLine()
        .run(Stream.concat(init.stream(), NODES.stream()).toArray(String[]::new))
        .succeeded();
    for (String node : NODES) {
      start(node);
    }
  }

  @AfterAll
  static void remove() throws Exception {
    try (Network last = network) {
      bed.close();
    }
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  private static ServerProcess start(String node, String... jvmOptions) throws Exception {
    Subnet home = network.lan(CONTACT_NODE).subnet();
    ServerSpec spec =
        ServerSpec.of(App.JETTY, Jdk.current(), node)
            .onPort(port)
            .on(network.host(node))
            .agentOption("listen=" + address(node))
            .agentOption(
                "peers=" + String.join(",", NODES.stream().map(AcrossHostsIT::address).toList()))
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
    ServerProcess server = bed.enter(spec);
    server.expect("WARNING: the lease on the contact address has run out|was turned away");
    SERVERS.put(node, server);
    port = server.port();
    return server;
  }

  /** Starts what a test before has ended. */
  private static void allAreThere() throws Exception {
    for (String node : NODES) {
      if (!ProcessHandle.of(SERVERS.get(node).pid()).map(ProcessHandle::isAlive).orElse(false)) {
        start(node);
      }
    }
  }

  private static String address(String node) {
    return "[" + network.host(node).ipv6().getHostAddress() + "]:" + NODE_PORT;
  }

  private static ClientConnection connect(boolean ipv6, long rate) throws Exception {
    Subnet home = network.lan(CONTACT_NODE).subnet();
    InetAddress contact = ipv6 ? home.ipv6(CONTACT_MEMBER) : home.ipv4(CONTACT_MEMBER);
    return network
        .host("client")
        .call(
            () ->
                ClientConnection.open(
                    new InetSocketAddress(contact, port), Pace.bytesPerSecond(rate), 0));
  }

  private static Json.Move handoff(String from, String to, ClientConnection client)
      throws IOException {
    Host host = network.host(from);
    return bed.operator(host).handoff(from, to).of(client.localAddress().getPort());
  }

  private static void hop(String from, String to, ClientConnection client) throws IOException {
    Json.Move move = handoff(from, to, client);
    assertThat(move.handedOff()).as("%s to %s: %s", from, to, move.reason()).isTrue();
  }

  private static ExpectedBody file() throws IOException {
    return ExpectedBody.file(Repository.servedFile(0, 100));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDownloadPassesAmongThreeHostsOverOneConnection(boolean ipv6, RandomGenerator random)
      throws Exception {
    allAreThere();
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

  @ParameterizedTest
  @ValueSource(strings = {"prepare", "ready", "cut", "init", "become"})
  void theDonorKeepsWhatADeadAcceptorDidNotGet(String step, RandomGenerator random)
      throws Exception {
    allAreThere();
    SERVERS.get("c").terminate();
    SERVERS.get("c").awaitExit(10);
    try (ClientConnection client = connect(true, 5_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(random.nextLong(1_000_000));
      hop("a", "b", client);
      SERVERS.get("b").expect("WARNING: connection .* was not handed off to c.* stays here");
      ServerProcess acceptor = start("c", "-Ddev.baton.fault=acceptor:" + step);

      Json.Move move = handoff("b", "c", client);

      assertThat(acceptor.awaitExit(10)).isEqualTo(KILLED);
      assertThat(move.result()).isEqualTo("failed");
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("b\n"));
    }
  }

  /** The client gets a reset as soon as it says something, and nobody else takes its place. */
  @ParameterizedTest
  @ValueSource(strings = {"ready", "freeze", "init"})
  void whatADeadDonorDidNotGiveAwayIsNobodys(String step) throws Exception {
    restart("b", "-Ddev.baton.fault=donor:" + step);
    allAreThere();
    try (ClientConnection client = connect(true, 5_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(100_000);
      hop("a", "b", client);

      assertThatThrownBy(() -> handoff("b", "c", client)).isInstanceOf(IOException.class);

      assertThat(SERVERS.get("b").awaitExit(10)).isEqualTo(KILLED);
      assertIsReset(client, download);
      assertThat(bed.operator(network.host("c")).connections()).isEmpty();
    }
  }

  @Test
  void anAcceptorThatDiesAsTheOwnerTakesTheConnectionWithIt() throws Exception {
    restart("c", "-Ddev.baton.fault=acceptor:activate");
    allAreThere();
    try (ClientConnection client = connect(true, 5_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(100_000);
      hop("a", "b", client);

      handoff("b", "c", client);

      assertThat(SERVERS.get("c").awaitExit(10)).isEqualTo(KILLED);
      assertIsReset(client, download);
      assertThat(bed.operator(network.host("b")).connections()).isEmpty();
    }
  }

  private static void restart(String node, String jvmOption) throws Exception {
    if (SERVERS.containsKey(node)) {
      SERVERS.get(node).terminate();
      SERVERS.get(node).awaitExit(10);
    }
    start(node, jvmOption);
  }

  private static void assertIsReset(ClientConnection client, Download download) {
    await()
        .until(
            () -> {
              try {
                client.send(Request.get("/name"));
              } catch (IOException e) {
                return true;
              }
              return download.isOver();
            });
    assertThatThrownBy(download::finish).isInstanceOf(IOException.class);
  }

  @Test
  void aContactNodeThatCannotBeReachedForAWhileLeavesOneOwner(RandomGenerator random)
      throws Exception {
    allAreThere();
    List<Link> toContactNode = new ArrayList<>();
    for (String node : List.of("b", "c")) {
      toContactNode.add(
          network.wideArea().between(network.host("home-a"), network.host("home-" + node)));
    }
    try (ClientConnection client = connect(true, 2_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(random.nextLong(1_000_000));
      hop("a", "b", client);
      hop("b", "c", client); // who has talked to the contact node before asks on the same line
      SERVERS.get("b").expect("WARNING");
      SERVERS.get("c").expect("WARNING");
      toContactNode.forEach(Link::cut);
      CompletableFuture<Json.Move> move =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return handoff("c", "b", client);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      Thread.sleep(4_000); // longer than a donor waits
      toContactNode.forEach(Link::restore);
      String owner = move.get(60, TimeUnit.SECONDS).handedOff() ? "b" : "c";
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text(owner + "\n"));
    }
  }

  @Test
  void aConnectionToAHostsOwnAddressStaysThere() throws Exception {
    allAreThere();
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
