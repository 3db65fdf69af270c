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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two containers share a volume and so {@code baton.dir}: near each other, but not on one host. */
class OtherNamespaceIT implements OnTestBed {

  private TestBed bed;

  @BeforeEach
  void create() throws Exception {
    bed = TestBed.create("other-namespace");
  }

  @AfterEach
  void stop() throws Exception {
    bed.close();
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  @Test
  void aConnectionIsNotHandedToANodeThatCannotReachItsClient() throws Exception {
    ServerProcess here = bed.join(ServerSpec.of(App.SOCKET, Jdk.current(), "here"));
    bed.join(
        ServerSpec.of(App.SOCKET, Jdk.current(), "there")
            .onPort(here.port())
            .by("unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"));
    here.expect("WARNING.*namespace");
    try (ClientConnection client =
        ClientConnection.open(here.address(), Pace.bytesPerSecond(5_000_000), 64 << 10)) {
      Download download =
          Download.start(
              client,
              Request.get("/files/20m.bin"),
              ExpectedBody.file(Repository.servedFile(0, 20)));
      download.awaitReceived(100_000);

      Json.Move move = bed.operator().handoff("here", "there").of(client.localAddress().getPort());

      assertThat(move.handedOff()).isFalse();
      assertThat(move.reason()).contains("namespace");
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("here\n"));
      here.terminate();
      here.awaitExit(5);
    }
  }
}
