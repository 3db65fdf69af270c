package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Quality;
import dev.baton.it.net.Topology;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Request;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two servers of one host hand over clients that are far away, at the end of a bad link. */
class AcrossTheWideAreaIT implements OnTestBed {

  private Network network;
  private TestBed bed;

  @BeforeEach
  void create() throws Exception {
    network = Topology.wideArea("across", "client", "server");
    bed = TestBed.create("across-the-wide-area");
  }

  @AfterEach
  void stop() throws Exception {
    try {
      bed.close();
    } finally {
      network.close();
    }
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  @Test
  void aDownloadOverALinkThatLosesAndReordersMovesWithoutAWrongByte() throws Exception {
    Host client = network.host("client");
    Host server = network.host("server");
    network
        .wideArea()
        .uplink(client)
        .become(
            Quality.delay(Duration.ofMillis(5))
                .limitedTo(50_000_000)
                .losing(0.002)
                .duplicating(0.002)
                .holdingBack(0.01, Duration.ofMillis(2)));
    ServerProcess a = bed.join(ServerSpec.of(App.SOCKET, Jdk.current(), "a").on(server));
    bed.join(ServerSpec.of(App.SOCKET, Jdk.current(), "b").onPort(a.port()).on(server));
    for (InetSocketAddress address : new InetSocketAddress[] {a.addressIpv6(), a.address()}) {
      try (ClientConnection connection = client.call(() -> ClientConnection.open(address))) {
        Download download =
            Download.start(
                connection,
                Request.get("/chunked?bytes=12000000&seed=3"),
                ExpectedBody.generated(0, 3, 12_000_000));
        download.awaitReceived(1_000_000);
        String holder = bed.operator(server).connections().get(0).node();
        String other = holder.equals("a") ? "b" : "a";

        Json.Move there = bed.operator(server).handoff(holder, other).connections().get(0);
        download.awaitReceived(download.received() + 1_000_000);
        Json.Move back = bed.operator(server).handoff(other, holder).connections().get(0);

        assertThat(there.handedOff()).as("%s", there).isTrue();
        assertThat(back.handedOff()).as("%s", back).isTrue();
        download.finish();
        connection.exchange(Request.get("/name"), ExpectedBody.text(holder + "\n"));
      }
    }
  }
}
