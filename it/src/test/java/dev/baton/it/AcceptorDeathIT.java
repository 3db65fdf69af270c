package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An acceptor that dies in the middle of a handoff, as by {@code kill -9}, takes no client with it:
 * the donor has the connection again and finishes the response.
 */
@ParameterizedClass(name = "{0} on {1}")
@MethodSource("appsAndJdks")
class AcceptorDeathIT implements OnTestBed {

  /** The exit status of a process that killed itself where it was told to. */
  private static final int KILLED = 137;

  /** Empties the send queue before its connection moves. */
  private static final long QUICK = 15_000_000;

  /** Leaves megabytes in the send queue, which do not travel and have to be there again. */
  private static final long SLOW = 300_000;

  private static TestBed bed;
  private static ServerProcess donor;
  private static boolean every;

  @Parameter(0)
  App app;

  @Parameter(1)
  Jdk jdk;

  static Stream<Arguments> appsAndJdks() {
    return Pairs.appsAndJdks();
  }

  /** Each step where there are most servers like it; elsewhere one of each kind. */
  static Stream<String> steps() {
    return every
        ? Stream.of("prepare", "ready", "advance", "cut", "init", "become", "activate")
        : Stream.of("advance", "init", "become");
  }

  @BeforeParameterizedClassInvocation
  static void start(App app, Jdk jdk) throws Exception {
    every = Pairs.EVERYTHING || (app == App.JETTY && jdk.equals(Jdk.current()));
    bed = TestBed.create("death-%s-%d".formatted(app, jdk.feature()));
    donor = bed.join(ServerSpec.of(app, jdk, "donor"));
    donor.expect("WARNING: connection .* was not handed off to acceptor.* stays here");
  }

  @AfterParameterizedClassInvocation
  static void stop() throws Exception {
    bed.close();
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  @ParameterizedTest
  @MethodSource("steps")
  void theDonorFinishesWhatADeadAcceptorBegan(String step, RandomGenerator random)
      throws Exception {
    ExpectedBody file = ExpectedBody.file(Repository.servedFile(0, 100));
    long rate = random.nextBoolean() ? QUICK : SLOW;
    try (ClientConnection client =
        ClientConnection.open(donor.address(), Pace.bytesPerSecond(rate), 64 << 10)) {
      Download download = Download.start(client, Request.get("/files/100m.bin"), file);
      download.awaitReceived(100_000 + random.nextLong(200_000));
      ServerProcess acceptor =
          bed.enter(
              ServerSpec.of(app, jdk, "acceptor")
                  .onPort(donor.port())
                  .jvmOption("-Ddev.baton.fault=acceptor:" + step));

      Json.Handoff report = bed.operator().handoff("donor", "acceptor");

      assertThat(acceptor.awaitExit(10)).isEqualTo(KILLED);
      assertThat(report.of(client.localAddress().getPort()).result()).isEqualTo("failed");
      assertThat(download.isOver()).as("over before the acceptor died").isFalse();
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("donor\n"));
    }
  }
}
