package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** New connections go to two servers of one host in turn, whatever way the servers read. */
class NewConnectionsIT implements OnTestBed {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private TestBed bed;
  private ServerProcess older;
  private ServerProcess taker;

  @BeforeEach
  void create() throws Exception {
    bed = TestBed.create("new-connections");
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
  @EnumSource(App.class)
  void serversThatReadInTheirOwnWayGetConnectionsInTurn(App app) throws Exception {
    older = bed.join(server(app, "a").agentOption("policy=round-robin"));
    taker = bed.join(server(app, "b").agentOption("policy=round-robin").onPort(older.port()));
    Set<String> seen = new HashSet<>();
    await().atMost(PATIENCE).until(() -> bothSeen(seen));

    postsRunOnceAndInTurn();
    aRequestThatComesInPiecesIsServedWhereItCame();
    aConnectionThatHasNotSaidAnythingCanMoveAndCanEnd();
  }

  private static ServerSpec server(App app, String node) {
    return ServerSpec.of(app, Jdk.current(), node);
  }

  private String whoServes() throws IOException {
    try (ClientConnection client = ClientConnection.open(taker.address())) {
      return name(client);
    }
  }

  private boolean bothSeen(Set<String> seen) throws IOException {
    seen.add(whoServes());
    return seen.size() == 2;
  }

  private static String name(ClientConnection client) throws IOException {
    ExpectedBody.AnyText name = new ExpectedBody.AnyText();
    client.exchange(Request.get("/name"), name);
    return name.text().strip();
  }

  private void postsRunOnceAndInTurn() {
    AtomicInteger count = new AtomicInteger();
    await()
        .atMost(PATIENCE)
        .untilAsserted( // on a busy machine some are served where they come
            () -> {
              List<String> servers = new ArrayList<>();
              for (int i = 0; i < 6; i++) {
                servers.add(post("post-" + count.incrementAndGet(), i * 20_000));
              }
              for (int i = 1; i < servers.size(); i++) {
                assertThat(servers.get(i)).as("%s", servers).isNotEqualTo(servers.get(i - 1));
              }
            });
    for (int i = 1; i <= count.get(); i++) {
      String id = "post-" + i;
      assertThat(timesCounted(id)).as(id).isEqualTo(1);
    }
  }

  private long timesCounted(String id) {
    try {
      return older.timesCounted(id) + taker.timesCounted(id);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Posts on a new connection and returns who serves it. */
  private String post(String id, int bytes) throws IOException {
    try (ClientConnection client = ClientConnection.open(taker.address())) {
      client.exchange(
          Request.post("/count?id=" + id, "x".repeat(bytes)), new ExpectedBody.AnyText());
      String server = name(client);
      client.expectNothingMore();
      return server;
    }
  }

  private void aRequestThatComesInPiecesIsServedWhereItCame() throws Exception {
    Request request = Request.get("/name");
    byte[] bytes = request.bytes();
    for (int i = 0; i < 2; i++) { // one of them it would be another one's turn
      try (ClientConnection client = ClientConnection.open(taker.address())) {
        client.sendBytes(Arrays.copyOf(bytes, 10));
        Download answer = Download.receive(client, request, ExpectedBody.text("b\n"));
        await().atMost(PATIENCE).until(() -> stateAtTaker(client).equals("request"));
        client.sendBytes(Arrays.copyOfRange(bytes, 10, bytes.length));
        answer.finish();
      }
    }
  }

  private void aConnectionThatHasNotSaidAnythingCanMoveAndCanEnd() throws Exception {
    try (ClientConnection moves = ClientConnection.open(taker.address());
        ClientConnection ends = ClientConnection.open(taker.address())) {
      await()
          .atMost(PATIENCE)
          .until(() -> stateAtTaker(moves).equals("idle") && stateAtTaker(ends).equals("idle"));
      Json.Move move = bed.operator().handoff("b", "a").of(moves.localAddress().getPort());
      assertThat(move.handedOff()).as("%s", move.reason()).isTrue();
      assertThat(name(moves)).isEqualTo("a");
    }
    await().atMost(PATIENCE).until(() -> bed.operator().connections().isEmpty());
  }

  private String stateAtTaker(ClientConnection client) throws IOException {
    String port = ":" + client.localAddress().getPort();
    return bed.operator().connections().stream()
        .filter(connection -> connection.client().endsWith(port))
        .filter(connection -> connection.node().equals("b"))
        .map(Json.Connection::state)
        .findFirst()
        .orElse("none");
  }
}
