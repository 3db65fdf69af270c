package dev.baton.it.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The emulated wide area does to packets what it is asked to do, and nothing else. */
class WideAreaIT {

  private static final Duration QUIET = Duration.ofMillis(300);

  /** How late a packet may be on a machine that has other things to do. */
  private static final long TOLERANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private Network network;
  private Host client;
  private Host a;
  private Host b;

  /** Either family. */
  enum Family {
    IPV6,
    IPV4;

    InetAddress of(Host host) {
      return this == IPV6 ? host.ipv6() : host.ipv4();
    }
  }

  @BeforeEach
  void create() throws Exception {
    network = Topology.wideArea("wide-area", "client", "a", "b");
    client = network.host("client");
    a = network.host("a");
    b = network.host("b");
  }

  @AfterEach
  void close() throws Exception {
    network.close();
  }

  private WideArea wideArea() throws IOException {
    return network.wideArea();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 10, 50})
  void packetsTakeAsLongAsAskedFor(long millis) throws Exception {
    wideArea().between(client, a).there().become(Quality.delay(Duration.ofMillis(millis)));
    for (Family family : Family.values()) {
      long[] delays = Probes.send(client, family.of(a), a, 60, 2_000_000).delays();

      System.out.printf(
          "%s, asked for %d ms: least %.3f, median %.3f, most %.3f ms%n",
          family,
          millis,
          delays[0] / 1e6,
          delays[delays.length / 2] / 1e6,
          delays[delays.length - 1] / 1e6);
      assertThat(delays).hasSize(60);
      assertThat(delays[0]).isGreaterThanOrEqualTo(millis * 1_000_000);
      assertThat(delays[delays.length / 2]).isLessThan(millis * 1_000_000 + TOLERANCE_NANOS);
    }
  }

  @Test
  void theDelaysOfAPathAddUpAndOthersAreNotDelayed() throws Exception {
    wideArea().uplink(client).there().become(Quality.delay(Duration.ofMillis(10)));
    wideArea().between(client, a).there().become(Quality.delay(Duration.ofMillis(20)));
    wideArea().uplink(a).back().become(Quality.delay(Duration.ofMillis(5)));

    assertThat(Probes.send(client, a.ipv6(), a, 5, 2_000_000).delays()[0])
        .isBetween(35_000_000L, 35_000_000 + TOLERANCE_NANOS);
    assertThat(Probes.send(client, b.ipv6(), b, 5, 2_000_000).delays()[0])
        .isBetween(10_000_000L, 10_000_000 + TOLERANCE_NANOS);
    assertThat(Probes.send(a, client.ipv6(), client, 5, 2_000_000).delays()[0])
        .isBetween(0L, TOLERANCE_NANOS);
  }

  @Test
  void packetsAreLostDuplicatedAndOvertakenAsOftenAsAskedFor() throws Exception {
    wideArea()
        .between(client, a)
        .there()
        .become(
            Quality.perfect()
                .losing(0.1)
                .duplicating(0.05)
                .holdingBack(0.1, Duration.ofMillis(20)));

    Probes probes = Probes.send(client, a.ipv6(), a, 4000, 100_000);

    System.out.printf(
        "of 4000: %d lost, %d twice, %d overtaken%n",
        probes.lost(), probes.duplicates(), probes.overtaken());
    Traffic traffic = wideArea().between(client, a).there().traffic();
    assertThat(traffic.sent()).isEqualTo(4000);
    assertThat(probes.lost()).isEqualTo(traffic.lost()).isBetween(300L, 500L);
    assertThat(probes.duplicates()).isEqualTo(traffic.duplicated()).isBetween(100L, 260L);
    assertThat(probes.overtaken()).isLessThanOrEqualTo(traffic.heldBack()).isBetween(200L, 460L);
    assertThat(wideArea().undelivered()).isZero();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void aStreamArrivesExactlyWhateverHappensToItsPackets(Family family) throws Exception {
    wideArea()
        .uplink(a)
        .become(
            Quality.delay(Duration.ofMillis(1))
                .losing(0.01)
                .duplicating(0.01)
                .holdingBack(0.02, Duration.ofMillis(1)));
    try (Stream stream = Stream.start(a, family.of(a), client, 5_000_000)) {
      long nanos = stream.finish();

      System.out.printf("5 MB over %s with faults: %.0f ms%n", family, nanos / 1e6);
      assertThat(stream.isExact()).isTrue();
      assertThat(wideArea().uplink(a).there().traffic().lost()).isPositive();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void aStreamIsNotFasterThanItsLink(Family family) throws Exception {
    wideArea().uplink(a).there().become(Quality.perfect().limitedTo(20_000_000));
    try (Stream stream = Stream.start(a, family.of(a), client, 2_000_000)) {
      long nanos = stream.finish();

      System.out.printf("2 MB over %s at 20 Mbit/s: %.0f ms%n", family, nanos / 1e6);
      assertThat(stream.isExact()).isTrue();
      assertThat(nanos).isGreaterThan(2_000_000 * 8 * 50L);
    }
  }

  @Test
  void aCutLinkStopsEverythingAndARestoredOneGoesOn() throws Exception {
    wideArea().uplink(a).become(Quality.delay(Duration.ofMillis(2)).limitedTo(40_000_000));
    try (Stream stream = Stream.start(a, a.ipv6(), client, 8_000_000)) {
      await().until(() -> stream.progress() > 500_000);

      wideArea().uplink(a).cut();

      await().pollDelay(QUIET).until(() -> true); // What is at the client already is read.
      int progress = stream.progress();
      await()
          .during(QUIET)
          .atMost(QUIET.multipliedBy(3))
          .until(() -> stream.progress() == progress);
      assertThat(progress).isLessThan(8_000_000);
      wideArea().uplink(a).restore();
      stream.finish();
      assertThat(stream.isExact()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void aPathNarrowerThanItsEndsTellsTheSender(Family family) throws Exception {
    wideArea().between(a, client).become(Quality.perfect().upTo(1300));
    try (Stream stream = Stream.start(a, family.of(a), client, 300_000)) {
      stream.finish();

      assertThat(stream.isExact()).isTrue();
      assertThat(counter(a, "Icmp6InPktTooBigs") + counter(a, "IcmpInDestUnreachs")).isPositive();
      assertThat(counter(a, "Icmp6InCsumErrors") + counter(a, "IcmpInCsumErrors")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void aPacketThatHasGoneTooFarIsReported(Family family) throws Exception {
    client.ip(
        family == Family.IPV6
            ? "route replace ::/0 dev wan0 hoplimit 1"
            : "route replace default dev wan0 hoplimit 1");

    Probes probes = Probes.send(client, family.of(a), a, 1, 0);

    assertThat(probes.arrivals()).isEmpty();
    assertThat(counter(client, "Icmp6InTimeExcds") + counter(client, "IcmpInTimeExcds")).isOne();
    assertThat(counter(client, "Icmp6InCsumErrors") + counter(client, "IcmpInCsumErrors")).isZero();
    assertThat(wideArea().unrouted()).isOne();
  }

  /**
   * One of the kernel's, by the names it gives it in {@code snmp6}, or line and name in {@code
   * snmp}.
   */
  private static long counter(Host host, String name) throws Exception {
    List<String> lines =
        host.call(
            () -> {
              List<String> all = Files.readAllLines(Path.of("/proc/thread-self/net/snmp6"));
              List<String> v4 = Files.readAllLines(Path.of("/proc/thread-self/net/snmp"));
              for (int i = 0; i + 1 < v4.size(); i += 2) {
                String[] names = v4.get(i).split(":? ", -1);
                String[] values = v4.get(i + 1).split(":? ", -1);
                for (int j = 1; j < names.length; j++) {
                  all.add(names[0] + names[j] + " " + values[j]);
                }
              }
              return all;
            });
    return lines.stream()
        .map(line -> line.split("\\s+", -1))
        .filter(words -> words[0].equals(name))
        .mapToLong(words -> Long.parseLong(words[1]))
        .sum();
  }

  @Test
  void anAddressOutsideTheSubnetsIsReachedByARoute() throws Exception {
    InetAddress foreign = InetAddress.getByName("2001:db8:ffff::80");
    a.ip("addr add 2001:db8:ffff::80/128 dev lo nodad");
    b.ip("addr add 2001:db8:ffff::80/128 dev lo nodad");

    wideArea().route("2001:db8:ffff::/48", a);
    assertThat(Probes.send(client, foreign, a, 3, 0).lost()).isZero();
    wideArea().route("2001:db8:ffff::80/128", b);
    assertThat(Probes.send(client, foreign, b, 3, 0).lost()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 80})
  void everyAddressOfItsSubnetReachesAHost(int member) throws Exception {
    InetAddress contact = wideArea().subnet(a).ipv6(member);
    a.ip("addr replace " + contact.getHostAddress() + "/128 dev lo nodad");

    assertThat(Probes.send(client, contact, a, 3, 0).lost()).isZero();
  }

  @Test
  void capturesShowTheSamePacketLeaveAndArrive(@TempDir Path folder) throws Exception {
    String before = System.getProperty(Network.CAPTURES, "");
    System.setProperty(Network.CAPTURES, folder.toString());
    try (Network watched = Topology.site("watched", "a")) {
      Host from = watched.host("client");
      Host to = watched.host("a");
      watched.wideArea().uplink(from).there().become(Quality.delay(Duration.ofMillis(30)));
      try (Stream stream = Stream.start(from, from.ipv4(), to, 100_000)) {
        stream.finish();
      }
      assertThat(Probes.send(from, to.ipv6(), to, 1, 0).lost()).isZero();
    } finally {
      System.setProperty(Network.CAPTURES, before);
    }
    byte[] probe = new byte[64]; // Datagram 0: nothing else here has so many zeros.
    PcapFile left = PcapFile.read(folder.resolve("watched-client-wan0.pcap"));
    PcapFile passed = PcapFile.read(folder.resolve("watched-gateway-eth0.pcap"));
    PcapFile arrived = PcapFile.read(folder.resolve("watched-a-eth0.pcap"));

    assertThat(folder.resolve("watched-gateway-wan0.pcap")).isNotEmptyFile();
    assertThat(left.linkType()).isEqualTo(Capture.RAW_IP);
    assertThat(arrived.linkType()).isEqualTo(Capture.ETHERNET);
    assertThat(left.records()).hasSizeGreaterThan(100_000 / 1500);
    assertThat(left.with(probe)).hasSize(1);
    assertThat(passed.with(probe)).hasSize(1);
    assertThat(arrived.with(probe)).hasSize(1);
    assertThat(arrived.with(probe).get(0).nanos() - left.with(probe).get(0).nanos())
        .isBetween(30_000_000L, 30_000_000 + TOLERANCE_NANOS);
  }
}
