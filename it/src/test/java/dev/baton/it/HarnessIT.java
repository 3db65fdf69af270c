package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Reply;
import dev.baton.it.wire.Reply.Framing;
import dev.baton.it.wire.Request;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The servers behave without Baton as the other tests demand of them with it. */
class HarnessIT {

  static Stream<Arguments> appsAndJdks() {
    return Pairs.appsAndJdks();
  }

  @Test
  void theNewestJdkIsCoveredToo() {
    assumeThat(Jdk.newest())
        .as("no JDK %d here (JDK25_HOME names one): covered is %s", Jdk.NEWEST, Jdk.all())
        .isPresent();
    assertThat(Jdk.all()).extracting(Jdk::feature).contains(Jdk.NEWEST);
  }

  @ParameterizedTest
  @MethodSource("appsAndJdks")
  void anUntouchedServerServesEverythingOverOneConnection(App app, Jdk jdk) throws Exception {
    ExpectedBody file = ExpectedBody.file(Repository.servedFile(0, 20));
    Request download = Request.get("/files/20m.bin");
    Request chunked = Request.get("/chunked?bytes=3000000&seed=8");
    ExpectedBody chunkedBody = ExpectedBody.generated(0, 8, 3_000_000);
    try (TestBed bed = TestBed.create("harness-%s-%d".formatted(app, jdk.feature()))) {
      ServerProcess server = bed.start(ServerSpec.of(app, jdk, "alone").withoutAgent());
      try (ClientConnection client =
          ClientConnection.open(server.addressIpv6(), Pace.bytesPerSecond(50_000_000), 64 << 10)) {
        Download running = Download.start(client, download, file);
        running.awaitReceived(10_000_000);
        client.pace().lift();
        Reply reply = running.finish();
        assertThat(reply.framing()).isEqualTo(Framing.LENGTH);
        assertThat(reply.fields().containsKey("ETag")).isEqualTo(app.sendsValidators());
        assertThat(client.exchange(chunked, chunkedBody).framing()).isEqualTo(Framing.CHUNKED);
        assertThat(client.exchange(Request.head("/files/20m.bin"), ExpectedBody.empty()).status())
            .isEqualTo(200);
        client.exchange(Request.post("/count?id=x", "body"), ExpectedBody.text("1\n"));
        client.exchange(Request.get("/name"), ExpectedBody.text("alone\n"));
        client.send(chunked, download, Request.get("/hello"));
        client.receive(chunked, chunkedBody);
        client.receive(download, file);
        client.receive(Request.get("/hello"), ExpectedBody.text("hello\n"));
        client.expectNothingMore();
      }
      assertThat(server.timesCounted("x")).isEqualTo(1);
      try (ClientConnection client = ClientConnection.open(server.address())) {
        Request untilClose = Request.get("/close-delimited?bytes=200000").http10();
        Reply reply = client.exchange(untilClose, ExpectedBody.generated(0, 0, 200_000));
        assertThat(reply.framing()).isEqualTo(Framing.CLOSE);
        client.expectEnd();
      }
    }
  }
}
