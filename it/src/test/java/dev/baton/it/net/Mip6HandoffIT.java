package dev.baton.it.net;

import static dev.baton.it.bed.MobilePacket.BINDING_ACKNOWLEDGEMENT;
import static dev.baton.it.bed.MobilePacket.BINDING_UPDATE;
import static dev.baton.it.bed.MobilePacket.CARE_OF_TEST;
import static dev.baton.it.bed.MobilePacket.CARE_OF_TEST_INIT;
import static dev.baton.it.bed.MobilePacket.HOME_TEST;
import static dev.baton.it.bed.MobilePacket.HOME_TEST_INIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.Sequence;
import dev.baton.anycast.node.Activation;
import dev.baton.anycast.node.NotBoundException;
import dev.baton.anycast.path.Reason;
import dev.baton.it.bed.MobileGroup;
import dev.baton.it.bed.MobileGroup.Member;
import dev.baton.it.bed.MobilePacket;
import dev.baton.it.bed.MovingStream;
import dev.baton.it.bed.MovingStream.Pace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real TCP connection goes from node to node by Mobile IPv6, with bytes under way in both
 * directions: the testbed of the papers' evaluation, with everybody's real data path.
 */
class Mip6HandoffIT {

  private static final Duration LCS = Duration.ofMillis(20);
  private static final Duration LSS = Duration.ofMillis(10);

  /** What may come on top of the latencies on a machine that has more to do than this. */
  private static final Duration SLACK = Duration.ofMillis(Long.getLong("baton.slack", 150));

  /** Until what was on its way has come. */
  private static final long SETTLED_NANOS = LCS.plusMillis(50).toNanos();

  private final long seed = Long.getLong("baton.seed", System.nanoTime());

  @TempDir private Path captures;

  private Network network;
  private MobileGroup group;
  private Host client;
  private boolean ended;

  @BeforeEach
  void start() throws Exception {
    System.setProperty(Network.CAPTURES, captures.toString());
    try {
      network = Topology.evaluation("mip6", LCS, LCS, LSS);
    } finally {
      System.clearProperty(Network.CAPTURES);
    }
    client = network.host("client");
    group = MobileGroup.start(network);
  }

  @AfterEach
  void end() throws Exception {
    if (!ended) {
      ended = true;
      try {
        group.close();
      } finally {
        network.close();
      }
    }
  }

  /** Opened by way of the home agent, and bound by the contact node soon after. */
  private MovingStream open() throws IOException, InterruptedException {
    MovingStream stream = MovingStream.open(client, group.a(), group.contact(), Pace.QUICK, seed);
    group.bindClient();
    flow(stream);
    return stream;
  }

  private static void flow(MovingStream stream) {
    long before = stream.received();
    await().until(() -> stream.received() > before + 10_000);
  }

  private void handOff(MovingStream stream, Member to, Activation activation, Duration expected)
      throws Exception {
    Duration pause = stream.handOff(to, activation);
    System.out.printf(
        "handoff to %s, %s: pause %.1f ms, of which latency %d ms%n",
        to.host(), activation, pause.toNanos() / 1e6, expected.toMillis());
    assertThat(pause).isBetween(expected.minusMillis(5), expected.plus(SLACK));
  }

  private void finish(MovingStream stream) throws Exception {
    assertThat(stream.finish()).as("-Dbaton.seed=%d", seed).isNull();
    assertThat(group.complaints()).isEmpty();
  }

  // --- The claims --------------------------------------------------------------------------------

  @Test
  void aConnectionGoesToAnotherNodeAndTheHomeAgentHasNoPartInIt() throws Exception {
    long ending;
    try (MovingStream stream = open()) {
      handOff(stream, group.b(), Activation.ACKNOWLEDGED, LSS.plus(LCS.multipliedBy(2)));
      flow(stream);
      flow(stream);
      ending = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
      finish(stream);
    }
    end();

    Ip6 a = group.a().mobile().careOf();
    Ip6 b = group.b().mobile().careOf();
    List<MobilePacket> atClient = capture("client-wan0");
    MobilePacket update = only(atClient, BINDING_UPDATE, packet -> packet.source().equals(b));
    assertThat(update.home()).isEqualTo(group.contact());
    MobilePacket acknowledgement =
        only(atClient, BINDING_ACKNOWLEDGEMENT, packet -> packet.destination().equals(b));
    assertThat(acknowledgement.routedTo()).isEqualTo(group.contact());

    // The home test by contact node and home agent, the care-of test directly.
    List<MobilePacket> atA = capture("a-eth0");
    MobilePacket.Tunnel toContactNode = new MobilePacket.Tunnel(b, a);
    only(atA, HOME_TEST_INIT, packet -> toContactNode.equals(packet.tunnel()));
    only(atA, HOME_TEST, packet -> new MobilePacket.Tunnel(a, b).equals(packet.tunnel()));
    List<MobilePacket> atHome = capture("home-a-wan0");
    long homeTests = count(atHome, HOME_TEST_INIT, packet -> packet.tunnel() == null);
    assertThat(homeTests).as("A's and B's").isEqualTo(2);
    only(atClient, CARE_OF_TEST_INIT, packet -> packet.source().equals(b));
    only(atClient, CARE_OF_TEST, packet -> packet.destination().equals(b));
    assertThat(atHome)
        .noneMatch(
            packet ->
                packet.mobilityType() >= 0 && packet.source().equals(b) && packet.tunnel() == null);

    // Then data between client and acceptor, and nothing anywhere else.
    long settled = acknowledgement.nanos() + SETTLED_NANOS;
    Predicate<MobilePacket> later =
        packet ->
            packet.nanos() > settled
                && packet.nanos() < ending
                && packet.isTcpWith(group.contact());
    assertThat(atClient.stream().filter(later))
        .hasSizeGreaterThan(20)
        .allMatch(packet -> isBetweenClientAnd(packet, b));
    assertThat(atHome).noneMatch(later);
  }

  private boolean isBetweenClientAnd(MobilePacket packet, Ip6 careOf) {
    boolean down =
        packet.source().equals(careOf)
            && packet.destination().equals(group.client())
            && group.contact().equals(packet.home());
    boolean up =
        packet.source().equals(group.client())
            && packet.destination().equals(careOf)
            && group.contact().equals(packet.routedTo());
    return packet.tunnel() == null && (down || up);
  }

  @Test
  void dataMayFollowTheBindingUpdateAtOnce() throws Exception {
    try (MovingStream stream = open()) {
      handOff(stream, group.b(), Activation.PIPELINED, LSS);
      flow(stream);
      finish(stream);
    }
    end();

    Ip6 b = group.b().mobile().careOf();
    List<MobilePacket> atB = capture("b-eth0");
    MobilePacket update = only(atB, BINDING_UPDATE, packet -> packet.source().equals(b));
    MobilePacket acknowledgement =
        only(atB, BINDING_ACKNOWLEDGEMENT, packet -> packet.destination().equals(b));
    MobilePacket data =
        atB.stream()
            .filter(packet -> packet.source().equals(b) && packet.isTcpWith(group.contact()))
            .findFirst()
            .orElseThrow();
    assertThat(data.nanos()).isBetween(update.nanos(), acknowledgement.nanos());
  }

  @Test
  void thereAndBackTheSequenceContinues() throws Exception {
    try (MovingStream stream = open()) {
      handOff(stream, group.b(), Activation.PIPELINED, LSS);
      flow(stream);
      handOff(stream, group.a(), Activation.ACKNOWLEDGED, LSS.plus(LCS.multipliedBy(2)));
      flow(stream);
      handOff(stream, group.b(), Activation.PIPELINED, LSS);
      flow(stream);
      finish(stream);
    }
    end();

    List<MobilePacket> updates = mobility(capture("client-wan0"), BINDING_UPDATE);
    assertThat(updates).hasSize(4);
    for (int i = 1; i < updates.size(); i++) {
      assertThat(updates.get(i).sequence()).isEqualTo(Sequence.next(updates.get(i - 1).sequence()));
    }
  }

  @Test
  void whenTheContactNodeDiesABackupGetsNewClientsAndOldOnesNoticeNothing() throws Exception {
    Member b = group.b();
    try (MovingStream old = open()) {
      handOff(old, b, Activation.PIPELINED, LSS);
      group.kill(group.a());
      group.activate(b);
      flow(old);

      Host neighbour = network.host("home-b"); // who has no Mobile IPv6
      try (MovingStream young =
          MovingStream.open(neighbour, b, group.contact(), Pace.QUICK, ~seed)) {
        flow(young);
        assertThat(b.running().counters()).containsKeys(Reason.TUNNELLED, Reason.UNTUNNELLED);
        assertThatThrownBy(() -> MobileGroup.await(b.mobile().prepare(Ip6.of(neighbour.ipv6()))))
            .hasRootCauseInstanceOf(NotBoundException.class)
            .hasRootCauseMessage(
                Ip6.of(neighbour.ipv6()) + " has no Mobile IPv6: it says so by ICMP");
        finish(young);
      }
      finish(old);
    }
  }

  // --- What was seen -----------------------------------------------------------------------------

  private List<MobilePacket> capture(String of) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(captures, "*-" + of + ".pcap")) {
      return MobilePacket.all(PcapFile.read(files.iterator().next()));
    }
  }

  private static List<MobilePacket> mobility(List<MobilePacket> packets, int type) {
    return packets.stream().filter(packet -> packet.mobilityType() == type).toList();
  }

  private static long count(
      List<MobilePacket> packets, int type, Predicate<MobilePacket> condition) {
    return mobility(packets, type).stream().filter(condition).count();
  }

  private static MobilePacket only(
      List<MobilePacket> packets, int type, Predicate<MobilePacket> condition) {
    List<MobilePacket> found = mobility(packets, type).stream().filter(condition).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }
}
