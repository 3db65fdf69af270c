package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.linux.ClientSocket;
import dev.baton.linux.Knock;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RoundTripsTest {
  private static final long SECOND = 1_000_000_000;
  private static final String HERE = "192.0.2.0/24";

  private final AtomicLong clock = new AtomicLong();
  private final RoundTrips roundTrips = new RoundTrips(clock::get);

  private void measured(String client, int micros) throws Exception {
    roundTrips.add(InetAddress.getByName(client), micros);
  }

  @Test
  void theShortestOfANetworkCounts() throws Exception {
    measured("192.0.2.1", 9_000);
    measured("192.0.2.200", 7_000);
    measured("192.0.2.3", 50_000);
    measured("2001:db8:7:1::1", 3_000);
    measured("2001:db8:7:ffff::1", 2_000);
    assertThat(roundTrips.tell()).isEqualTo(Map.of(HERE, 7_000, "2001:db8:7::/48", 2_000));
  }

  @Test
  void aShortestThatIsOldGivesWayToWhatIsSoNow() throws Exception {
    measured("192.0.2.1", 1_000);
    clock.addAndGet(61 * SECOND);
    measured("192.0.2.1", 5_000);
    assertThat(roundTrips.tell()).as("of the minute before").containsEntry(HERE, 1_000);
    clock.addAndGet(61 * SECOND);
    measured("192.0.2.1", 6_000);
    assertThat(roundTrips.tell()).containsEntry(HERE, 5_000);
  }

  @Test
  void aNetworkThatNobodyComesFromIsForgotten() throws Exception {
    measured("192.0.2.1", 1_000);
    clock.addAndGet(10 * 60 * SECOND);
    assertThat(roundTrips.tell()).containsOnlyKeys(HERE);
    clock.addAndGet(1);
    assertThat(roundTrips.tell()).isEmpty();
  }

  @Test
  void ofTooManyNetworksThoseNotSeenForLongestAreForgotten() throws Exception {
    measured("192.0.2.1", 1_000);
    for (int i = 0; i < 2 * NodeInfo.MOST_NETWORKS; i++) {
      measured("10.%d.%d.1".formatted(i >> 8, i & 0xff), 1);
      measured("192.0.2.1", 1_000);
    }
    assertThat(roundTrips.tell())
        .hasSize(NodeInfo.MOST_NETWORKS)
        .containsKeys(HERE, "10.1.255.0/24")
        .doesNotContainKey("10.0.0.0/24");
  }

  @Test
  void connectionsAreMeasuredOnlyIfSomebodyAsks() throws Exception {
    ExecutorService server = Executors.newCachedThreadPool();
    try (PracticeHost host = new PracticeHost(server);
        Knock knock = Knock.open(host.listener(), host.address(), host.address());
        ClientSocket client = knock.connect(5_000)) {
      client.write(ByteBuffer.wrap(PracticeResponse.FILE.request()), 5_000);
      assertThat(client.read(ByteBuffer.allocate(1), 5_000)).isOne();
      clock.set(SECOND);
      roundTrips.measure(host);
      assertThat(roundTrips.tell()).isEmpty(); // and asks
      roundTrips.measure(host);
      assertThat(roundTrips.tell()).containsOnlyKeys("127.0.0.0/24");
      assertThat(roundTrips.tell().get("127.0.0.0/24")).isBetween(1, 1_000_000);
    } finally {
      server.shutdown();
    }
  }

  @Test
  void whoeverTellsOfMoreNetworksThanANodeDoesIsNotListenedTo() throws Exception {
    NodeInfo node = new NodeInfo("a", 1, List.of(), 0, false, "", "ok", "x", 0, false, 0, 0);
    Map<String, Integer> many = new HashMap<>();
    for (int i = 0; i < NodeInfo.MOST_NETWORKS; i++) {
      many.put("10.0." + i + ".0/24", i);
    }
    Message.Welcome told = new Message.Welcome(Message.VERSION, node.with(many));
    assertThat(FrameChannel.copy(told)).isEqualTo(told);
    many.put("192.0.2.0/24", 1);
    assertThatThrownBy(() -> node.with(many)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> node.with(Map.of("x".repeat(20), 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> node.with(Map.of("192.0.2.0/24", -1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
