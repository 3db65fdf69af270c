package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.it.bed.App;
import dev.baton.it.bed.BatonCli;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Request;
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
    ServerProcess a = bed.start(ServerSpec.of(App.SOCKET, jdk, "a"));
    Request trickle = Request.get("/trickle?bytes=500000&rate=250000&seed=1");
    try (ClientConnection client = ClientConnection.open(a.address());
        ClientConnection idle = ClientConnection.open(a.address())) {
      idle.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
      Download download = Download.start(client, trickle, ExpectedBody.generated(0, 1, 500_000));
      download.awaitReceived(10_000);
      Json.Node node = bed.baton().nodes().get(0);
      List<Json.Connection> connections = bed.baton().connections();

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

  private static String text(ClientConnection client) {
    return "127.0.0.1:" + client.localAddress().getPort();
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
      assertThat(bed.baton().nodes()).extracting(Json.Node::name).containsExactly("late");
      before.exchange(Request.get("/name"), ExpectedBody.text("late\n"));
      try (ClientConnection after = ClientConnection.open(server.address())) {
        after.exchange(Request.get("/name"), ExpectedBody.text("late\n"));
        assertThat(bed.baton().connections())
            .extracting(Json.Connection::client)
            .contains(text(after));
      }
    }
  }

  @Test
  void theDemoGetsEveryByteRight() {
    BatonCli.Result demo = BatonCli.runAsIs(List.of("demo"));

    assertThat(demo.status()).as("%s", demo).isZero();
  }
}
