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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two servers that answer the same request differently. The rehearsal finds out before anything has
 * happened to the client, who gets the donor's response whole.
 */
@ParameterizedClass(name = "{0} on {1}")
@MethodSource("appsAndJdks")
class DifferentContentIT implements OnTestBed {

  private static TestBed bed;
  private static ServerProcess donor;
  private static ServerProcess acceptor;

  @Parameter(0)
  App app;

  @Parameter(1)
  Jdk jdk;

  static Stream<Arguments> appsAndJdks() {
    return Pairs.appsAndJdks();
  }

  @BeforeParameterizedClassInvocation
  static void start(App app, Jdk jdk) throws Exception {
    bed = TestBed.create("different-%s-%d".formatted(app, jdk.feature()));
    Path other = Repository.servedFile(1, 100);
    Files.setLastModifiedTime(other, FileTime.from(Instant.parse("2020-02-02T02:02:02Z")));
    Repository.servedFile(0, 100);
    acceptor =
        bed.join(ServerSpec.of(app, jdk, "acceptor").salted(1).serving(Repository.servedFolder(1)));
    donor = bed.join(ServerSpec.of(app, jdk, "donor").onPort(acceptor.port()));
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

  @Test
  void aFileThatIsAnotherOneThereIsSentToTheEndByTheDonor() throws Exception {
    refuses(Request.get("/files/100m.bin"), ExpectedBody.file(Repository.servedFile(0, 100)));
  }

  @Test
  void aGeneratedStreamWithOtherBytesIsSentToTheEndByTheDonor() throws Exception {
    refuses(
        Request.get("/chunked?bytes=60000000&seed=2"), ExpectedBody.generated(0, 2, 60_000_000));
  }

  @Test
  void aResponseThatExistsOnlyHereIsSentToTheEndByTheDonor() throws Exception {
    refuses(Request.get("/files/60m.bin"), ExpectedBody.file(Repository.servedFile(0, 60)));
  }

  @Test
  void theConnectionIsMovedAllTheSameOnceTheResponseIsOver() throws Exception {
    try (ClientConnection client = ClientConnection.open(donor.address())) {
      Request chunked = Request.get("/chunked?bytes=100000&seed=2");
      client.exchange(chunked, ExpectedBody.generated(0, 2, 100_000));

      Json.Move move = move(client);

      assertThat(move.result()).as("%s", move).isEqualTo("handed-off");

      client.exchange(chunked, ExpectedBody.generated(1, 2, 100_000));
    }
  }

  @Test
  void theConnectionIsMovedAllTheSameIfTheResponseEndsBeforeTheAcceptorFindsOut() throws Exception {
    try (ClientConnection client = ClientConnection.open(donor.address())) {
      // as long as the donor has taken so far, the acceptor takes to come to where they differ
      Download download =
          Download.start(
              client,
              Request.get("/trickle?bytes=200000&rate=400000&seed=3"),
              ExpectedBody.generated(0, 3, 200_000));
      download.awaitReceived(180_000);

      Json.Move move = move(client);

      assertThat(move.result()).as("%s", move).isEqualTo("handed-off");
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("acceptor\n"));
    }
  }

  private void refuses(Request request, ExpectedBody donorsBody)
      throws IOException, InterruptedException {
    try (ClientConnection client =
        ClientConnection.open(donor.address(), Pace.bytesPerSecond(10_000_000), 64 << 10)) {
      Download download = Download.start(client, request, donorsBody);
      download.awaitReceived(1_000_000);

      Json.Move move = move(client);

      assertThat(move.result()).as("%s", move).isEqualTo("failed");
      assertThat(move.reason()).isNotBlank();
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("donor\n"));
      client.expectNothingMore();
    }
  }

  private static Json.Move move(ClientConnection client) throws IOException {
    return bed.operator()
        .handoff(donor.node(), acceptor.node())
        .of(client.localAddress().getPort());
  }
}
