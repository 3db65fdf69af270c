package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.it.bed.App;
import dev.baton.it.bed.BatonCli;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the commands show of a running group, and the two that start something themselves. */
class CommandsIT implements OnTestBed {

  private TestBed bed;

  static Stream<Jdk> jdks() {
    return Jdk.all().stream();
  }

  static Stream<Arguments> appsAndJdks() {
    return Pairs.appsAndJdks();
  }

  @BeforeEach
  void create() throws Exception {
    bed = TestBed.create("commands");
  }

  @AfterEach
  void stop() throws Exception {
    bed.close();
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aRunningGroupShowsItsNodesAndTheirConnections(Jdk jdk) throws Exception {
    ServerProcess a = bed.join(ServerSpec.of(App.SOCKET, jdk, "a"));
    Request trickle = Request.get("/trickle?bytes=500000&rate=250000&seed=1");
    try (ClientConnection client = ClientConnection.open(a.address());
        ClientConnection idle = ClientConnection.open(a.address())) {
      idle.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
      Download download = Download.start(client, trickle, ExpectedBody.generated(0, 1, 500_000));
      download.awaitReceived(10_000);
      Json.Node node = nodes().get(0);
      List<Json.Connection> connections = connections();

      assertThat(node.name()).isEqualTo("a");
      assertThat(node.pid()).isEqualTo(a.pid());
      assertThat(node.ports()).containsExactly(a.port());
      assertThat(node.connections()).isEqualTo(2);
      assertThat(node.draining()).isFalse();
      assertThat(connections).hasSize(2);
      assertThat(connections)
          .filteredOn(each -> each.client().equals(text(client)))
          .singleElement()
          .satisfies(
              each -> {
                assertThat(each.node()).isEqualTo("a");
                assertThat(each.state()).isEqualTo("response");
                assertThat(each.method()).isEqualTo("GET");
                assertThat(each.uri()).isEqualTo(trickle.target());
                assertThat(each.sent()).isBetween(10_000L, 500_000L);
                assertThat(each.movable()).isTrue();
                assertThat(each.reason()).isNull();
              });
      assertThat(connections)
          .filteredOn(each -> each.client().equals(text(idle)))
          .singleElement()
          .satisfies(each -> assertThat(each.state()).isEqualTo("idle"));
      download.finish();
    }
  }

  private List<Json.Node> nodes() {
    return bed.commandLine().run("nodes", "--json").succeeded().json(Json.Nodes.class).nodes();
  }

  private List<Json.Connection> connections() {
    return bed.commandLine()
        .run("connections", "--json")
        .succeeded()
        .json(Json.Connections.class)
        .connections();
  }

  private static String text(ClientConnection client) {
    return "127.0.0.1:" + client.localAddress().getPort();
  }

  @Test
  void aHandoffOfEverythingIsReportedAsItHappened() throws Exception {
    ServerProcess a = bed.join(ServerSpec.of(App.SOCKET, Jdk.current(), "a"));
    Request file = Request.get("/files/20m.bin");
    ExpectedBody content = ExpectedBody.file(Repository.servedFile(0, 20));
    try (ClientConnection client =
        ClientConnection.open(a.address(), Pace.bytesPerSecond(1_000_000), 64 << 10)) {
      Download download = Download.start(client, file, content);
      download.awaitReceived(10_000);
      bed.join(ServerSpec.of(App.SOCKET, Jdk.current(), "b").onPort(a.port()));

      Json.Handoff report =
          bed.commandLine()
              .run("handoff", "--from=a", "--to=b", "--all", "--json")
              .succeeded()
              .json(Json.Handoff.class);

      assertThat(report.from()).isEqualTo("a");
      assertThat(report.to()).isEqualTo("b");
      assertThat(report.handedOff()).isEqualTo(1);
      assertThat(report.skipped() + report.failed()).isZero();
      Json.Move move = report.of(client.localAddress().getPort());
      assertThat(move.uri()).isEqualTo(file.target());
      assertThat(move.sent()).isBetween(10_000L, 20_000_000L);
      assertThat(move.phaseMicros())
          .containsOnlyKeys(
              "prepare", "hold", "freeze", "extract", "transfer", "recreate", "switch", "activate");
      assertThat(move.pauseMicros()).isPositive();
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("b\n"));
    }
  }

  @ParameterizedTest
  @MethodSource("appsAndJdks")
  void aServerThatWasAlreadyRunningJoinsWhenTheAgentIsAttached(App app, Jdk jdk) throws Exception {
    ServerProcess server = bed.start(ServerSpec.of(app, jdk, "late").withoutAgent());
    try (ClientConnection before = ClientConnection.open(server.address())) {
      before.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
      BatonCli.Result attached =
          BatonCli.runAsIs(
              List.of(
                  "attach",
                  "" + server.pid(),
                  "node=late,group=%s,dir=%s".formatted(bed.group(), bed.directory())));

      assertThat(attached.status()).as("%s", attached).isZero();
      assertThat(nodes()).extracting(Json.Node::name).containsExactly("late");
      before.exchange(Request.get("/name"), ExpectedBody.text("late\n"));
      letAnAcceptThatWasUnderWayReturn(server);
      try (ClientConnection after = ClientConnection.open(server.address())) {
        after.exchange(Request.get("/name"), ExpectedBody.text("late\n"));
        assertThat(connections()).extracting(Json.Connection::client).contains(text(after));
      }
    }
  }

  /**
   * A thread that stood inside {@code ServerSocket.accept} when the agent came leaves it by the old
   * code, with one connection that nobody sees.
   */
  private static void letAnAcceptThatWasUnderWayReturn(ServerProcess server) throws IOException {
    try (ClientConnection unseen = ClientConnection.open(server.address())) {
      unseen.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
    }
  }

  @Test
  void theDemoGetsEveryByteRight() {
    BatonCli.Result demo = BatonCli.runAsIs(List.of("demo"));

    assertThat(demo.status()).as("%s", demo).isZero();
  }
}
