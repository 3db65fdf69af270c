package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.Curl;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerPair;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.ExpectedBody.AnyText;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Reply.Framing;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The main job: a connection moves between two servers that know nothing of it, and the client gets
 * exactly the bytes of one correct response after another. Everything here runs on one pair of
 * servers that stay up throughout.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("pairs")
class MovingConnectionsIT implements OnTestBed {

  private static final String BIG = "/files/100m.bin";
  private static final Request DOWNLOAD = Request.get(BIG);
  private static final Request NAME = Request.get("/name");
  private static final long SLOW = 200_000;
  private static final int SMALL_BUFFER = 64 << 10;

  @Parameter ServerPair pair;

  static Stream<ServerPair> pairs() {
    return Pairs.all();
  }

  @BeforeParameterizedClassInvocation
  static void start(ServerPair pair) throws Exception {
    for (int megabytes : new int[] {1, 20, 100}) {
      Repository.servedFile(0, megabytes);
    }
    pair.start();
  }

  @AfterParameterizedClassInvocation
  static void stop(ServerPair pair) throws Exception {
    assertThat(pair.operator().nodes())
        .allSatisfy(node -> assertThat(node.adviceErrors()).isZero());
    pair.close();
  }

  @Override
  public TestBed bed() {
    return pair.bed();
  }

  @RepeatedTest(2)
  void aDownloadHandedOffAtARandomMomentArrivesWhole(RandomGenerator random) throws Exception {
    try (ClientConnection client = connect(random, 40_000_000)) {
      Download download = Download.start(client, DOWNLOAD, big());
      ServerProcess donor = holder(client);
      download.awaitReceived(random.nextLong(40_000_000));

      ServerProcess acceptor = hop(client, donor);

      client.pace().lift();
      assertThat(download.finish().framing()).isEqualTo(Framing.LENGTH);
      assertServedBy(client, acceptor);
    }
  }

  @Test
  void aDownloadSurvivesTwentyHopsBackAndForth(RandomGenerator random) throws Exception {
    try (ClientConnection client = connect(random, 4_000_000)) {
      Download download = Download.start(client, DOWNLOAD, big());
      download.awaitReceived(random.nextLong(1_000_000));
      ServerProcess holder = holder(client);

      for (int hop = 0; hop < 20; hop++) {
        holder = hop(client, holder);
      }

      assertThat(download.isOver()).as("over before the last hop").isFalse();
      client.pace().lift();
      download.finish();
      assertServedBy(client, holder);
    }
  }

  @Test
  void aClientThatReadsInBurstsGetsEveryByteAtEveryHop(RandomGenerator random) throws Exception {
    try (ClientConnection client = connect(random, SLOW)) {
      Download download = Download.start(client, DOWNLOAD, big());
      download.awaitReceived(100_000 + random.nextLong(100_000));
      ServerProcess holder = holder(client);
      AtomicBoolean over = new AtomicBoolean();
      Thread bursts = new Thread(() -> readInBursts(client.pace(), random, over), "bursts");
      bursts.start();
      try {
        for (int hop = 0; hop < 6; hop++) {
          holder = hop(client, holder);
        }
      } finally {
        over.set(true);
        bursts.join();
      }
      client.pace().lift();
      download.finish();
      assertServedBy(client, holder);
    }
  }

  /** As curl does with a limited rate: nothing for a while, then megabytes at once. */
  private static void readInBursts(Pace pace, RandomGenerator random, AtomicBoolean over) {
    while (!over.get()) {
      pace.lift();
      LockSupport.parkNanos(1_000_000);
      pace.change(SLOW);
      LockSupport.parkNanos(10_000_000 + random.nextLong(100_000_000));
    }
  }

  @RepeatedTest(2)
  void aChunkedStreamIsCutAnywhereAndStaysOneStream(RandomGenerator random) throws Exception {
    int bytes = 60_000_000;
    Request request = Request.get("/chunked?seed=3&bytes=" + bytes);
    try (ClientConnection client = connect(random, 12_000_000)) {
      Download download = Download.start(client, request, ExpectedBody.generated(0, 3, bytes));
      ServerProcess holder = holder(client);
      for (int hop = 0; hop < 4; hop++) {
        download.awaitReceived(download.received() + random.nextLong(2_000_000));
        holder = hop(client, holder);
      }
      client.pace().lift();

      assertThat(download.finish().framing()).isEqualTo(Framing.CHUNKED);
      assertServedBy(client, holder);
    }
  }

  @Test
  void aStreamTheServerPacesMovesWhileItTrickles(RandomGenerator random) throws Exception {
    Request request = Request.get("/trickle?bytes=2000000&rate=1500000&seed=5");
    try (ClientConnection client = connect(random)) {
      Download download = Download.start(client, request, ExpectedBody.generated(0, 5, 2_000_000));
      download.awaitReceived(random.nextLong(500_000));

      ServerProcess acceptor = hop(client, holder(client));

      download.finish();
      assertServedBy(client, acceptor);
    }
  }

  @Test
  void aResponseThatEndsWithTheConnectionStillEndsWithIt(RandomGenerator random) throws Exception {
    Request request = Request.get("/close-delimited?bytes=40000000&seed=6").http10();
    try (ClientConnection client = connect(random, 10_000_000)) {
      Download download = Download.start(client, request, ExpectedBody.generated(0, 6, 40_000_000));
      download.awaitReceived(random.nextLong(5_000_000));

      hop(client, holder(client));

      client.pace().lift();
      assertThat(download.finish().framing()).isEqualTo(Framing.CLOSE);
      client.expectEnd();
    }
  }

  @Test
  void anIdleConnectionMovesAndServesEveryKindOfRequestAfterwards(RandomGenerator random)
      throws Exception {
    try (ClientConnection client = connect(random)) {
      client.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
      ServerProcess holder = holder(client);
      for (int hop = 0; hop < 3; hop++) {
        holder = hop(client, holder);

        assertServedBy(client, holder);
        client.exchange(Request.get("/files/1m.bin"), file(1));
        client.exchange(
            Request.get("/chunked?bytes=300000&seed=1"), ExpectedBody.generated(0, 1, 300_000));
        String id = "idle-" + random.nextLong();
        client.exchange(
            Request.post("/slow?id=" + id, "some body"), ExpectedBody.text("slow " + id + "\n"));
        client.exchange(Request.head("/files/1m.bin"), ExpectedBody.empty());
      }
      client.expectNothingMore();
    }
  }

  @Test
  void aConnectionOnWhichNothingWasSentYetMoves(RandomGenerator random) throws Exception {
    try (ClientConnection client = connect(random)) {
      ServerProcess acceptor = hop(client, holder(client));

      assertServedBy(client, acceptor);
    }
  }

  @Test
  void aKeepAliveConnectionGoesOnAfterEachMoveInTheMiddle(RandomGenerator random) throws Exception {
    try (ClientConnection client = connect(random, 40_000_000)) {
      ServerProcess holder = holder(client);
      for (int round = 0; round < 3; round++) {
        client.pace().change(20_000_000);
        Download download = Download.start(client, Request.get("/files/20m.bin"), file(20));
        download.awaitReceived(random.nextLong(3_000_000));
        holder = hop(client, holder);
        client.pace().lift();
        download.finish();
        assertServedBy(client, holder);
        client.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
      }
      client.expectNothingMore();
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrderAcrossMoves(RandomGenerator random) throws Exception {
    Request chunked = Request.get("/chunked?bytes=20000000&seed=4");
    Request hello = Request.get("/hello");
    try (ClientConnection client = connect(random, 15_000_000)) {
      client.send(DOWNLOAD, hello, chunked, NAME);
      Download download = Download.receive(client, DOWNLOAD, big());
      download.awaitReceived(random.nextLong(10_000_000));
      ServerProcess acceptor = hop(client, holder(client));
      client.pace().lift();
      download.finish();
      client.receive(hello, ExpectedBody.text("hello\n"));
      client.pace().change(4_000_000); // Slow enough for the request behind it to wait.
      Download second = Download.receive(client, chunked, ExpectedBody.generated(0, 4, 20_000_000));
      second.awaitReceived(1 + random.nextLong(1_000_000));
      ServerProcess last = hop(client, acceptor);
      client.pace().lift();
      second.finish();

      client.receive(NAME, ExpectedBody.text(last.node() + "\n"));
      client.expectNothingMore();
    }
  }

  @Test
  void aHeadResponseHasNoBodyWhereverItWasBegun(RandomGenerator random) throws Exception {
    Request slow = Request.head("/slow?millis=1000&id=head");
    try (ClientConnection client = connect(random)) {
      Map<String, String> before =
          client.exchange(Request.head(BIG), ExpectedBody.empty()).fields();
      ServerProcess acceptor = hop(client, holder(client));
      Map<String, String> after = client.exchange(Request.head(BIG), ExpectedBody.empty()).fields();
      sendToApplication(client, slow);
      hop(client, acceptor);

      assertThat(client.receive(slow, ExpectedBody.empty()).status()).isEqualTo(200);
      assertThat(after.get("Content-Length")).isEqualTo(before.get("Content-Length"));
      assertThat(after.get("ETag")).isEqualTo(before.get("ETag"));
      client.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
      client.expectNothingMore();
    }
  }

  @Test
  void aSlowGetIsMovedWhileTheServletIsStillThinking(RandomGenerator random) throws Exception {
    Request slow = Request.get("/slow?millis=1000&id=get");
    try (ClientConnection client = connect(random)) {
      ServerProcess donor = holder(client);
      sendToApplication(client, slow);

      ServerProcess acceptor = hop(client, donor);

      client.receive(slow, ExpectedBody.text("slow get\n"));
      assertServedBy(client, acceptor);
      client.expectNothingMore();
    }
  }

  @Test
  void aPostInTheApplicationIsNotMovedAndCountsOnce(RandomGenerator random) throws Exception {
    String id = "post-" + random.nextLong();
    Request post = Request.post("/count?millis=1000&id=" + id, "once");
    try (ClientConnection client = connect(random)) {
      ServerProcess donor = holder(client);
      client.send(post);
      await().until(() -> timesCounted(id) == 1);

      Json.Move move = tryToMove(client, donor);

      assertThat(move.result()).isEqualTo("skipped");
      assertThat(move.reason()).containsIgnoringCase("POST");
      receiveCount(client, post);
      assertThat(timesCounted(id)).isEqualTo(1);
      assertServedBy(client, hop(client, donor));
    }
  }

  @Test
  void aPostWhoseBodyHasArrivedInPartCountsOnceWhateverBecomesOfIt(RandomGenerator random)
      throws Exception {
    String id = "part-" + random.nextLong();
    String body = "x".repeat(50_000);
    Request post = Request.post("/count?id=" + id, body);
    byte[] bytes = post.bytes();
    int cut = random.nextInt(post.headBytes().length, bytes.length);
    try (ClientConnection client = connect(random)) {
      ServerProcess donor = holder(client);
      client.sendBytes(Arrays.copyOf(bytes, cut));
      tryToMove(client, donor);
      client.sendBytes(Arrays.copyOfRange(bytes, cut, bytes.length));

      receiveCount(client, post);
      assertThat(timesCounted(id)).isEqualTo(1);
      client.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
    }
  }

  @Test
  void aPostThatWaitsFor100ContinueCountsOnce(RandomGenerator random) throws Exception {
    String id = "continue-" + random.nextLong();
    Request post = Request.post("/count?id=" + id, "patience").with("Expect: 100-continue");
    try (ClientConnection client = connect(random)) {
      ServerProcess donor = holder(client);
      client.sendBytes(post.headBytes());
      assertThat(client.receiveInterim()).isEqualTo(100);
      tryToMove(client, donor);
      client.sendBytes(post.body());

      receiveCount(client, post);
      assertThat(timesCounted(id)).isEqualTo(1);
      client.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
    }
  }

  @Test
  void aRequestWhoseHeaderHasArrivedInPartIsCompletedElsewhere(RandomGenerator random)
      throws Exception {
    byte[] bytes = NAME.bytes();
    int cut = random.nextInt(1, bytes.length);
    try (ClientConnection client = connect(random)) {
      client.exchange(Request.get("/hello"), ExpectedBody.text("hello\n"));
      ServerProcess donor = holder(client);
      client.sendBytes(Arrays.copyOf(bytes, cut));

      ServerProcess acceptor = hop(client, donor);

      client.sendBytes(Arrays.copyOfRange(bytes, cut, bytes.length));
      client.receive(NAME, ExpectedBody.text(acceptor.node() + "\n"));
      client.expectNothingMore();
    }
  }

  @Test
  void manyConnectionsInEveryStateMoveTogether(RandomGenerator random) throws Exception {
    List<ClientConnection> clients = new ArrayList<>();
    try {
      List<Download> downloads = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        ClientConnection client = connect(random, 1_500_000);
        clients.add(client);
        downloads.add(somethingToDo(client, i));
      }
      ServerProcess from = holder(clients.get(0));
      for (int hop = 0; hop < 3; hop++) {
        ServerProcess to = pair.other(from);
        Json.Handoff report = pair.operator().handoff(from.node(), to.node());
        assertThat(report.failed()).as("%s", report).isZero();
        from = to;
      }
      for (int i = 0; i < clients.size(); i++) {
        clients.get(i).pace().lift();
        downloads.get(i).finish();
        assertServedBy(clients.get(i), from);
      }
    } finally {
      for (ClientConnection client : clients) {
        client.close();
      }
    }
  }

  private static Download somethingToDo(ClientConnection client, int kind) throws IOException {
    return switch (kind % 4) {
      case 0 -> Download.start(client, Request.get("/files/20m.bin"), file(20));
      case 1 ->
          Download.start(
              client,
              Request.get("/chunked?bytes=10000000&seed=" + kind),
              ExpectedBody.generated(0, kind, 10_000_000));
      case 2 ->
          Download.start(
              client,
              Request.get("/trickle?bytes=2000000&rate=1000000&seed=" + kind),
              ExpectedBody.generated(0, kind, 2_000_000));
      default ->
          Download.start(
              client,
              Request.get("/slow?millis=1000&id=" + kind),
              ExpectedBody.text("slow " + kind + "\n"));
    };
  }

  @Test
  void curlDownloadsTwoFilesOverOneConnectionWhileItMoves() throws Exception {
    String url = "http://127.0.0.1:" + pair.a().port() + "/files/20m.bin";
    file(20);
    try (Curl curl = Curl.start(10_000_000, url, url)) {
      await().until(() -> curl.written(0) > 1_000_000);
      Json.Connection connection =
          pair.operator().connections().stream()
              .filter(each -> "/files/20m.bin".equals(each.uri()))
              .findFirst()
              .orElseThrow();
      ServerProcess donor = connection.node().equals("a") ? pair.a() : pair.b();
      pair.bed()
          .commandLine()
          .run(
              "handoff",
              "--from=" + donor.node(),
              "--to=" + pair.other(donor).node(),
              "--connection=" + connection.id())
          .succeeded();

      assertThat(curl.finish()).containsExactly(1, 0);
      assertThat(curl.file(0)).hasSameBinaryContentAs(Repository.servedFile(0, 20));
      assertThat(curl.file(1)).hasSameBinaryContentAs(Repository.servedFile(0, 20));
    }
  }

  /** Who has this client's connection, once somebody has. */
  private ServerProcess holder(ClientConnection client) {
    return await().until(() -> pair.holder(client), Optional::isPresent).orElseThrow();
  }

  /** Sends a request and waits until the application has it. */
  private void sendToApplication(ClientConnection client, Request request) throws IOException {
    client.send(request);
    await()
        .untilAsserted(
            () ->
                assertThat(pair.connection(client))
                    .map(Json.Connection::state)
                    .contains("application"));
  }

  /** Moves this client's connection and insists on it. */
  private ServerProcess hop(ClientConnection client, ServerProcess donor) throws IOException {
    Json.Move move = tryToMove(client, donor);
    assertThat(move.result()).as("%s", move).isEqualTo("handed-off");
    return pair.other(donor);
  }

  private Json.Move tryToMove(ClientConnection client, ServerProcess donor) throws IOException {
    return pair.operator()
        .handoff(donor.node(), pair.other(donor).node())
        .of(client.localAddress().getPort());
  }

  private static void assertServedBy(ClientConnection client, ServerProcess server)
      throws IOException {
    client.exchange(NAME, ExpectedBody.text(server.node() + "\n"));
  }

  private long timesCounted(String id) throws IOException {
    return pair.a().timesCounted(id) + pair.b().timesCounted(id);
  }

  private static void receiveCount(ClientConnection client, Request post) throws IOException {
    AnyText count = new AnyText();
    client.receive(post, count);
    assertThat(count.text()).matches("[0-9]+\n");
  }

  private ClientConnection connect(RandomGenerator random) throws IOException {
    return ClientConnection.open(
        random.nextBoolean() ? pair.b().address() : pair.b().addressIpv6());
  }

  /** Connects a client that reads at this rate and makes the server feel it. */
  private ClientConnection connect(RandomGenerator random, long bytesPerSecond) throws IOException {
    return ClientConnection.open(
        random.nextBoolean() ? pair.b().address() : pair.b().addressIpv6(),
        Pace.bytesPerSecond(bytesPerSecond),
        SMALL_BUFFER);
  }

  private static ExpectedBody big() throws IOException {
    return file(100);
  }

  private static ExpectedBody file(int megabytes) throws IOException {
    return ExpectedBody.file(Repository.servedFile(0, megabytes));
  }
}
