package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.ExpectedBody.AnyText;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A server is restarted in place, under load, and no client notices. */
@ParameterizedClass(name = "{0} on {1}")
@MethodSource("appsAndJdks")
class RestartIT implements OnTestBed {

  private static final int DOWNLOADS = 100;
  private static final Request HELLO = Request.get("/hello");
  private static final Request NAME = Request.get("/name");

  /** Clients that call without a pause leave the new server no processor to start on. */
  private static final long BREATH_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  @Parameter(0)
  App app;

  @Parameter(1)
  Jdk jdk;

  private TestBed bed;
  private ServerProcess old;

  static Stream<Arguments> appsAndJdks() {
    return Pairs.appsAndJdks();
  }

  @BeforeEach
  void start() throws Exception {
    bed = TestBed.create("restart-%s-%d".formatted(app, jdk.feature()));
    old = bed.join(ServerSpec.of(app, jdk, "old"));
  }

  @AfterEach
  void stop() throws Exception {
    bed.close();
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  private ServerProcess startNew() throws Exception {
    return bed.join(ServerSpec.of(app, Jdk.newest().orElse(jdk), "new").onPort(old.port()));
  }

  @Test
  void sigtermUnderAHundredDownloadsBreaksNone() throws Exception {
    ExpectedBody[] bodies = new ExpectedBody[DOWNLOADS];
    List<ClientConnection> clients = new ArrayList<>();
    try {
      List<Download> downloads = new ArrayList<>();
      for (int i = 0; i < DOWNLOADS; i++) {
        ClientConnection client =
            ClientConnection.open(
                i % 2 == 0 ? old.address() : old.addressIpv6(),
                Pace.bytesPerSecond(300_000),
                64 << 10);
        clients.add(client);
        bodies[i] = ExpectedBody.file(Repository.servedFile(0, 20));
        downloads.add(Download.start(client, Request.get("/files/20m.bin"), bodies[i]));
      }
      for (Download download : downloads) {
        download.awaitReceived(100_000);
      }
      startNew();

      old.terminate();
      int status = old.awaitExit(20);

      assertThat(status).isEqualTo(143); // As without Baton: ended by SIGTERM.
      assertThat(downloads).as("over before the move").noneMatch(Download::isOver);
      for (int i = 0; i < DOWNLOADS; i++) {
        clients.get(i).pace().lift();
      }
      for (int i = 0; i < DOWNLOADS; i++) {
        downloads.get(i).finish();
        clients.get(i).exchange(NAME, ExpectedBody.text("new\n"));
      }
    } finally {
      for (ClientConnection client : clients) {
        client.close();
      }
    }
  }

  @Test
  void newConnectionsGoToTheNewServerAndNoneIsRefused() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger served = new AtomicInteger();
    ExecutorService callers = Executors.newFixedThreadPool(2);
    try {
      InetSocketAddress address = old.address();
      Callable<Void> caller =
          () -> {
            while (!over.get()) {
              try (ClientConnection client = ClientConnection.open(address)) {
                client.exchange(HELLO, ExpectedBody.text("hello\n"));
                client.exchange(NAME, new AnyText());
                served.incrementAndGet();
              }
              LockSupport.parkNanos(BREATH_NANOS);
            }
            return null;
          };
      List<Future<Void>> calls = List.of(callers.submit(caller), callers.submit(caller));
      await().until(() -> served.get() > 50);
      startNew();
      await().untilAsserted(() -> assertThat(nameOnNewConnection(address)).isEqualTo("new\n"));
      assertThat(nameOnNewConnection(address)).isEqualTo("new\n");
      old.terminate();
      old.awaitExit(20);
      int atExit = served.get();
      await().until(() -> served.get() > atExit + 50);
      over.set(true);
      for (Future<Void> call : calls) {
        call.get(10, TimeUnit.SECONDS);
      }
    } finally {
      over.set(true);
      callers.shutdown();
    }
  }

  private static String nameOnNewConnection(InetSocketAddress address) throws IOException {
    try (ClientConnection client = ClientConnection.open(address)) {
      AnyText name = new AnyText();
      client.exchange(NAME, name);
      return name.text();
    }
  }

  @Test
  void aPostUnderWayIsFinishedWhereItBeganBeforeTheServerStops() throws Exception {
    Request post = Request.post("/count?millis=1500&id=term", "x");
    try (ClientConnection client = ClientConnection.open(old.address())) {
      client.send(post);
      await().until(() -> old.timesCounted("term") == 1);
      ServerProcess next = startNew();
      old.terminate();

      client.receive(post, ExpectedBody.text("1\n"));
      old.awaitExit(20);
      client.exchange(NAME, ExpectedBody.text("new\n"));
      assertThat(old.timesCounted("term") + next.timesCounted("term")).isEqualTo(1);
    }
  }

  @Test
  void drainHandsEverythingOverAndLeavesTheServerRunning() throws Exception {
    try (ClientConnection client =
            ClientConnection.open(old.address(), Pace.bytesPerSecond(2_000_000), 64 << 10);
        ClientConnection idle = ClientConnection.open(old.address())) {
      idle.exchange(HELLO, ExpectedBody.text("hello\n"));
      Download download =
          Download.start(
              client,
              Request.get("/files/20m.bin"),
              ExpectedBody.file(Repository.servedFile(0, 20)));
      download.awaitReceived(100_000);
      startNew();

      Json.Handoff report =
          bed.commandLine()
              .run("drain", "--node=old", "--json")
              .succeeded()
              .json(Json.Handoff.class);

      assertThat(report.failed() + report.skipped()).as("%s", report).isZero();
      assertThat(report.handedOff()).isEqualTo(2);
      assertThat(old.isAlive()).isTrue();
      client.pace().lift();
      download.finish();
      client.exchange(NAME, ExpectedBody.text("new\n"));
      idle.exchange(NAME, ExpectedBody.text("new\n"));
    }
  }

  @Test
  void aServerWithoutASuccessorStopsAsItAlwaysDid() throws Exception {
    try (ClientConnection client = ClientConnection.open(old.address())) {
      client.exchange(HELLO, ExpectedBody.text("hello\n"));
      long start = System.nanoTime();
      old.terminate();

      assertThat(old.awaitExit(20)).isEqualTo(143);
      assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isLessThan(5);
    }
  }
}
