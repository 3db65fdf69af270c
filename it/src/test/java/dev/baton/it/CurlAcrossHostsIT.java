package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Curl;
import dev.baton.it.bed.HostGroup;
import dev.baton.it.bed.Repository;
import dev.baton.it.net.Link;
import dev.baton.it.net.Quality;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code curl} downloads from a contact address while its one connection passes among three hosts,
 * each on a subnet of its own, over a network that may lose and reorder what it carries.
 */
@ExtendWith(SeededRandom.class)
class CurlAcrossHostsIT {
  private static final List<String> NODES = List.of("a", "b", "c");
  private static final int MEGABYTES = 200;
  private static final int HANDOFFS = 20;
  private static final long BYTES_PER_SECOND = 12_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Quality BAD =
      Quality.perfect().losing(0.01).holdingBack(0.01, Duration.ofMillis(5));

  /** Either server once over a good and once over a bad network, and once over either IP. */
  @ParameterizedTest
  @CsvSource({"JETTY,false", "TOMCAT,true"})
  void curlGetsEveryByteOverOneConnection(App app, boolean badOverIpv6, RandomGenerator random)
      throws Exception {
    Repository.servedFile(0, MEGABYTES);
    try (HostGroup group = HostGroup.apart("curl", NODES.toArray(String[]::new))) {
      group.allAreThere(app);
      group.servers().forEach(server -> server.expect(HostGroup.TOO_SLOW));
      for (boolean ipv6 : new boolean[] {true, false}) {
        boolean bad = ipv6 == badOverIpv6;
        Link link = group.network().wideArea().uplink(group.host("client"));
        link.become(bad ? BAD : Quality.perfect());
        long begun = System.nanoTime();
        download(group, ipv6, random);
        System.out.printf(
            "curl, %s, %s, %s: %d MB over one connection in %.1f s, %d handoffs%n",
            app,
            ipv6 ? "IPv6" : "IPv4",
            bad ? "1 % lost, 1 % late" : "good network",
            MEGABYTES,
            (System.nanoTime() - begun) / 1e9,
            HANDOFFS);
      }
    }
  }

  private static void download(HostGroup group, boolean ipv6, RandomGenerator random)
      throws Exception {
    String url =
        "http://%s:%d/files/%dm.bin"
            .formatted(text(group, ipv6), group.contactAddress(ipv6).getPort(), MEGABYTES);
    try (Curl curl = Curl.start(group.host("client"), BYTES_PER_SECOND, url)) {
      String holder = NODES.get(0);
      long step = (long) MEGABYTES * 1_000_000 / (2 * HANDOFFS); // a busy machine takes its time
      for (int hop = 1; hop <= HANDOFFS; hop++) {
        long from = hop * step - random.nextLong(step / 2);
        await().atMost(PATIENCE).until(() -> curl.written(0) >= from);
        String next = NODES.get((NODES.indexOf(holder) + 1 + random.nextInt(2)) % 3);
        move(group, holder, next);
        holder = next;
      }
      assertThat(curl.finish()).as("connections").containsExactly(1);
      assertThat(Files.mismatch(curl.file(0), Repository.servedFile(0, MEGABYTES))).isEqualTo(-1);
    }
  }

  /** On a busy machine a node may be too slow: the connection stays then, and is tried again. */
  private static void move(HostGroup group, String from, String to) {
    await()
        .atMost(PATIENCE)
        .until(() -> group.bed().operator(group.host(from)).handoff(from, to).handedOff() == 1);
  }

  private static String text(HostGroup group, boolean ipv6) {
    String address = group.contactAddress(ipv6).getAddress().getHostAddress();
    return ipv6 ? "[" + address + "]" : address;
  }
}
