package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.App;
import dev.baton.it.bed.BatonCli;
import dev.baton.it.bed.HostGroup;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Link;
import dev.baton.it.net.Network;
import dev.baton.it.net.Quality;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Three hosts behind one address, where the contact node gives new connections to all in turn, and
 * to some by what they ask for; towards the end one of them places on. What is asked of the group
 * is asked on a host that is not the contact node's. The last test drains that, and stops another
 * one.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DistributedServerIT implements OnTestBed {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LAST = Integer.MAX_VALUE;

  /** The exit status of a JVM that SIGTERM has ended. */
  private static final int STOPPED = 143;

  private static HostGroup group;

  @BeforeAll
  static void build() throws Exception {
    Repository.servedFile(0, 5);
    group = HostGroup.apart("distributed", "a", "b", "c");
    group.start("a", App.JETTY, "policy=round-robin", "routes=on-a/*=a,on-b/*=b,POST /count*=b,c");
    group.start("b", App.JETTY);
    group.start("c", App.JETTY);
    group.awaitUnited();
    Set<String> seen = new HashSet<>();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              seen.add(whoServes(Request.get("/name")));
              return seen.size() == 3;
            });
  }

  @AfterAll
  static void remove() throws Exception {
    group.close();
  }

  @Override
  public TestBed bed() {
    return group.bed();
  }

  private static String whoServes(Request request) throws Exception {
    try (ClientConnection client = group.connect()) {
      ExpectedBody.AnyText name = new ExpectedBody.AnyText();
      client.exchange(request, name);
      return name.text().strip();
    }
  }

  private static Request to(String host, String target) {
    return new Request("GET", target, "HTTP/1.1", List.of("Host: " + host), new byte[0]);
  }

  private static BatonCli.Result baton(String... arguments) throws Exception {
    return group.bed().commandLine(group.host("c")).run(arguments);
  }

  private static Map<String, Json.Node> nodes() throws Exception {
    return baton("nodes", "--json").succeeded().json(Json.Nodes.class).nodes().stream()
        .collect(Collectors.toMap(Json.Node::name, Function.identity()));
  }

  @Test
  void newConnectionsAreSpreadOverTheHostsInTurn() {
    await()
        .atMost(PATIENCE)
        .untilAsserted( // on a busy machine some are served where they come
            () -> {
              Map<String, Integer> served = new TreeMap<>();
              for (int i = 0; i < 9; i++) {
                served.merge(whoServes(Request.get("/name")), 1, Integer::sum);
              }
              assertThat(served).isEqualTo(Map.of("a", 3, "b", 3, "c", 3));
            });
  }

  @Test
  void aConnectionGoesWhereItsRequestBelongs() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(whoServes(to("on-a:80", "/name"))).isEqualTo("a");
      connect("b", Pace.unlimited(), 0).close();
    }
  }

  /** A connection that goes to a node because its first request belongs there. */
  private static ClientConnection connect(String node, Pace pace, int buffer) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> {
              ClientConnection client = group.connect(pace, buffer);
              ExpectedBody.AnyText name = new ExpectedBody.AnyText();
              client.exchange(to("on-" + node, "/name"), name);
              if (name.text().strip().equals(node)) {
                return client;
              }
              client.close();
              return null;
            },
            Objects::nonNull);
  }

  @Test
  void aPostIsHandedOffBeforeItRunsAndRunsOnce() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ids.add("placed-" + i);
      try (ClientConnection client = group.connect()) {
        Request post = Request.post("/count?id=" + ids.get(i), "x".repeat(i * 30_000));
        byte[] bytes = post.bytes();
        int head = post.headBytes().length;
        client.sendBytes(Arrays.copyOf(bytes, head + (bytes.length - head) / 2));
        client.sendBytes(Arrays.copyOfRange(bytes, head + (bytes.length - head) / 2, bytes.length));
        client.receive(post, new ExpectedBody.AnyText());
        client.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
        client.expectNothingMore();
      }
    }
    int elsewhere = 0;
    for (String id : ids) {
      int times = 0;
      for (ServerProcess server : group.servers()) {
        times += (int) server.timesCounted(id);
      }
      assertThat(times).as(id).isEqualTo(1);
      elsewhere += group.server("a").timesCounted(id) == 0 ? 1 : 0;
    }
    assertThat(elsewhere).as("on a busy machine some are served here").isGreaterThan(4);
  }

  @Test
  void commandsReachNodesOnOtherHosts() throws Exception {
    try (ClientConnection client = connect("b", Pace.bytesPerSecond(500_000), 64 << 10)) {
      Request file = Request.get("/files/5m.bin");
      Download download =
          Download.start(client, file, ExpectedBody.file(Repository.servedFile(0, 5)));
      download.awaitReceived(100_000);

      assertThat(nodes()).containsOnlyKeys("a", "b", "c");
      Json.Connection there =
          baton("connections", "--node=b", "--json")
              .succeeded()
              .json(Json.Connections.class)
              .connections()
              .stream()
              .filter(each -> file.target().equals(each.uri()))
              .findFirst()
              .orElseThrow();
      Json.Move move =
          baton("handoff", "--from=b", "--to=c", "--connection=" + there.id(), "--json")
              .succeeded()
              .json(Json.Handoff.class)
              .of(client.localAddress().getPort());
      assertThat(move.handedOff()).isTrue();
      BatonCli.Result ghost = baton("handoff", "--from=ghost", "--to=c", "--all");
      assertThat(ghost.status()).isEqualTo(3);
      assertThat(ghost.err()).contains("no node 'ghost'").contains("these do: c, a, b");

      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("c\n"));
    }
  }

  @Test
  @Order(LAST - 1)
  void aNodePlacesWhatItIsGivenWithTheNearestOfThoseBelowIt() throws Exception {
    Network network = group.network();
    Link way = network.wideArea().between(network.host("home-b"), network.host("client"));
    way.become(Quality.delay(Duration.ofMillis(30)));
    List<ClientConnection> clients = new ArrayList<>();
    List<String> served = new ArrayList<>();
    try {
      ClientConnection atC = connect("c", Pace.unlimited(), 0);
      clients.add(atC);
      group.restart("b", App.JETTY, "policy=nearest", "routes=on-b/*=b", "below=c");
      group.awaitUnited();
      clients.add(connect("b", Pace.unlimited(), 0)); // a knows it again, and it knows its client
      atC.exchange(Request.get("/name"), ExpectedBody.text("c\n"));
      await() // until both are measured, they take turns
          .pollDelay(Duration.ofSeconds(2))
          .atMost(PATIENCE)
          .until(
              () -> {
                ClientConnection client = group.connect();
                clients.add(client);
                Request post = Request.post("/count?id=below-" + served.size(), "x".repeat(20_000));
                client.exchange(post, new ExpectedBody.AnyText());
                ExpectedBody.AnyText name = new ExpectedBody.AnyText();
                client.exchange(Request.get("/name"), name);
                served.add(name.text().strip());
                int size = served.size();
                return size > 8 && Set.of("c").containsAll(served.subList(size - 8, size));
              });
      for (int i = 0; i < served.size(); i++) {
        long times = 0;
        for (ServerProcess server : group.servers()) {
          times += server.timesCounted("below-" + i);
        }
        assertThat(times).as("number %d, served by %s", i, served.get(i)).isEqualTo(1);
      }
    } finally {
      way.become(Quality.perfect());
      for (ClientConnection client : clients) {
        client.close();
      }
    }
  }

  @Test
  @Order(LAST)
  void hostsAreDrainedToTheRestOfTheGroupAndWhatComesLaterIsSentThere() throws Exception {
    List<ClientConnection> clients = new ArrayList<>();
    List<Download> downloads = new ArrayList<>();
    for (ServerProcess server : group.servers()) { // a busy node may be too slow: another is found
      server.expect(HostGroup.TOO_SLOW);
    }
    try {
      for (int i = 0; i < 40; i++) {
        ClientConnection client = group.connect(Pace.bytesPerSecond(200_000), 64 << 10);
        clients.add(client);
        downloads.add(
            Download.start(
                client,
                to("on-a", "/files/5m.bin"),
                ExpectedBody.file(Repository.servedFile(0, 5))));
      }
      for (Download download : downloads) {
        download.awaitReceived(10_000);
      }

      BatonCli.Result drain = baton("drain", "--node=a", "--json");

      Json.Handoff report = drain.succeeded().json(Json.Handoff.class);
      assertThat(report.handedOff()).as("%s", drain).isEqualTo(40);
      assertThat(downloadsAt("b")).isBetween(15, 25);
      assertThat(downloadsAt("c")).isBetween(15, 25);
      assertThat(nodes().get("a").role()).isEqualTo("drained");
      assertThat(whoServes(to("on-a", "/name"))).isIn("b", "c");

      group.server("c").terminate();
      assertThat(group.server("c").awaitExit(40)).isEqualTo(STOPPED);

      assertThat(downloadsAt("b")).as("none to who has been drained").isEqualTo(40);
      for (ClientConnection client : clients) {
        client.pace().lift();
      }
      for (int i = 0; i < clients.size(); i++) {
        downloads.get(i).finish();
        clients.get(i).exchange(Request.get("/name"), ExpectedBody.text("b\n"));
      }
    } finally {
      for (ClientConnection client : clients) {
        client.close();
      }
    }
  }

  private static int downloadsAt(String node) throws Exception {
    return (int)
        group.bed().operator(group.host(node)).connections().stream()
            .filter(connection -> "/files/5m.bin".equals(connection.uri()))
            .count();
  }
}
