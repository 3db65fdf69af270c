package dev.baton.it.net;

import static dev.baton.it.bed.MobilePacket.BINDING_ACKNOWLEDGEMENT;
import static dev.baton.it.bed.MobilePacket.BINDING_UPDATE;
import static dev.baton.it.bed.MobilePacket.CARE_OF_TEST_INIT;
import static dev.baton.it.bed.MobilePacket.HOME_TEST_INIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Ip6;
import dev.baton.it.bed.App;
import dev.baton.it.bed.HostGroup;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.MobilePacket;
import dev.baton.it.bed.Repository;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.net.Inet6Address;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Unmodified servers whose clients follow by Mobile IPv6: network, TCP and application state go in
 * one handoff, in the testbed of the papers' evaluation. Node {@code a} is the contact node at
 * first.
 */
class Mip6ServersIT {

  private static final Duration LCS = Duration.ofMillis(20);
  private static final Duration LSS = Duration.ofMillis(10);
  private static final App SERVER = App.JETTY;
  private static final int NEW_MEMBER = 0x66;

  /** Until what was on its way has come. */
  private static final long SETTLED_NANOS = LCS.plusMillis(100).toNanos();

  private static HostGroup group;

  @BeforeAll
  static void build() throws Exception {
    group = HostGroup.mobile("mip6-servers", LCS, LSS);
    group.start("a", SERVER);
    group.start("b", SERVER, options("b"));
    group.awaitUnited();
  }

  /** One node waits for the client's acknowledgement, the other does not. */
  private static String[] options(String node) {
    return node.equals("a") ? new String[0] : new String[] {"activation=pipelined"};
  }

  private static void restart(String node) throws IOException, InterruptedException {
    group.restart(node, SERVER, options(node));
    group.awaitUnited();
  }

  @AfterAll
  static void remove() throws Exception {
    group.close();
  }

  private static Download download(ClientConnection client, int megabytes) throws IOException {
    return Download.start(
        client,
        Request.get("/files/" + megabytes + "m.bin"),
        ExpectedBody.file(Repository.servedFile(0, megabytes)));
  }

  /** A download through {@link #slowly} that is under way. */
  private static Download begin(ClientConnection client) throws IOException, InterruptedException {
    Download download = download(client, 1);
    receiveMore(download);
    return download;
  }

  private static void receiveMore(Download download) throws IOException, InterruptedException {
    download.awaitReceived(download.received() + 50_000);
  }

  private static void isServedBy(String node, ClientConnection client) throws IOException {
    client.exchange(Request.get("/name"), ExpectedBody.text(node + "\n"));
  }

  /** Slow enough, until it is told otherwise, that something can happen meanwhile. */
  private static ClientConnection slowly() throws IOException, InterruptedException {
    return group.connect(Pace.bytesPerSecond(200_000), 64 << 10);
  }

  private static List<Json.Connection> connections(String node) throws IOException {
    return group.bed().operator(group.host(node)).connections();
  }

  private static boolean isOf(ClientConnection client, Json.Connection connection) {
    return connection.client().endsWith(":" + client.localAddress().getPort());
  }

  /** Which node has a client's connection: bound clients come to any. */
  private static String nodeOf(ClientConnection client) throws IOException {
    for (String node : List.of("a", "b")) {
      if (connections(node).stream().anyMatch(connection -> isOf(client, connection))) {
        return node;
      }
    }
    throw new IOException("nobody has the connection");
  }

  private static String otherThan(String node) {
    return node.equals("a") ? "b" : "a";
  }

  /** Moves a client's connection, and no other, to the other node, which is returned. */
  private static String move(ClientConnection client) throws IOException {
    String from = nodeOf(client);
    Json.Connection connection =
        connections(from).stream().filter(each -> isOf(client, each)).findAny().orElseThrow();
    return moved(
        group.bed().operator(group.host(from)).handoff(from, otherThan(from), connection.id()));
  }

  /** Sees to it that a client's connection is with the other node. */
  private static void moveAway(ClientConnection client, String from) throws IOException {
    if (nodeOf(client).equals(from)) {
      move(client);
    }
  }

  /** Moves all connections of a node to the other one, which is returned. */
  private static String moveAll(String from) throws IOException {
    return moved(group.bed().operator(group.host(from)).handoff(from, otherThan(from)));
  }

  private static String moved(Json.Handoff handoff) {
    for (Json.Move move : handoff.connections()) {
      System.out.printf("%s to %s: %s%n", handoff.from(), handoff.to(), move);
      assertThat(move.handedOff()).as("%s", move).isTrue();
    }
    return otherThan(handoff.from());
  }

  private static Ip6 careOf(String node) throws IOException, InterruptedException {
    return Ip6.of(group.host(node).ipv6());
  }

  private static Ip6 contact() {
    return Ip6.of(group.contactAddress(true).getAddress());
  }

  // --- The claims --------------------------------------------------------------------------------

  @Test
  void aDownloadGoesOnAtAnotherHostAndTheHomeAgentHasNoPartInIt(@TempDir Path folder)
      throws Exception {
    String there;
    long ending;
    try (Captures captures = new Captures(folder, "mip6")) {
      captures.add(group.network().host("client"), "wan0", Capture.RAW_IP);
      captures.add(group.network().host("home-a"), "wan0", Capture.RAW_IP);
      try (ClientConnection client = slowly()) {
        Download download = begin(client);
        there = move(client);
        Thread.sleep(TimeUnit.NANOSECONDS.toMillis(SETTLED_NANOS));
        client.pace().lift();
        download.finish();
        isServedBy(there, client);
        ending = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
      }
    }

    Ip6 careOf = careOf(there);
    List<MobilePacket> atClient = capture(folder, "client");
    List<MobilePacket> atHome = capture(folder, "home-a");
    // The home test by the contact node and the home agent, the care-of test directly.
    assertThat(atHome)
        .anyMatch(packet -> packet.mobilityType() == HOME_TEST_INIT && packet.tunnel() == null);
    only(
        atClient,
        packet -> packet.mobilityType() == CARE_OF_TEST_INIT && packet.source().equals(careOf));
    MobilePacket update =
        only(
            atClient,
            packet -> packet.mobilityType() == BINDING_UPDATE && packet.source().equals(careOf));
    assertThat(update.home()).isEqualTo(contact());
    MobilePacket acknowledgement =
        only(
            atClient,
            packet ->
                packet.mobilityType() == BINDING_ACKNOWLEDGEMENT
                    && packet.destination().equals(careOf));
    assertThat(acknowledgement.routedTo()).isEqualTo(contact());
    // Then data between client and acceptor, and nothing anywhere else.
    long settled = acknowledgement.nanos() + SETTLED_NANOS;
    Predicate<MobilePacket> later =
        packet ->
            packet.nanos() > settled && packet.nanos() < ending && packet.isTcpWith(contact());
    assertThat(atClient.stream().filter(later))
        .hasSizeGreaterThan(100)
        .allMatch(packet -> isBetweenClientAnd(packet, careOf));
    assertThat(atHome).noneMatch(later);
  }

  private static boolean isBetweenClientAnd(MobilePacket packet, Ip6 careOf) {
    boolean down = packet.source().equals(careOf) && contact().equals(packet.home());
    boolean up = packet.destination().equals(careOf) && contact().equals(packet.routedTo());
    return packet.tunnel() == null && (down || up);
  }

  @Test
  void aLargeDownloadGoesToAndFro() throws Exception {
    try (ClientConnection client = group.connect()) {
      Download download = download(client, 200);
      String there = "";
      for (int i = 1; i < 4; i++) {
        download.awaitReceived(i * 40_000_000L);
        there = move(client);
      }
      download.finish();
      isServedBy(there, client);
    }
  }

  /** The client is one, and its packets come to one node. */
  @Test
  void connectionsOfOneClientFindTheirNodesWhereverTheyAre() throws Exception {
    try (ClientConnection one = slowly();
        ClientConnection other = slowly()) {
      Download first = download(one, 1);
      Download second = begin(other); // at the same time: the first lasts long enough for all
      first.awaitReceived(50_000);
      String here = nodeOf(one);
      String there = move(one);
      receiveMore(second);
      receiveMore(first);
      assertThat(nodeOf(other)).isEqualTo(here);
      assertThat(move(other)).isEqualTo(there);
      receiveMore(second);
      assertThat(moveAll(there)).isEqualTo(here);
      one.pace().lift();
      other.pace().lift();
      first.finish();
      second.finish();
      try (ClientConnection third = group.connect()) {
        isServedBy(here, third); // the client is bound to it
        move(other);
        isServedBy(here, third);
        isServedBy(here, one);
        isServedBy(there, other);
      }
    }
  }

  @Test
  void aClientWithoutMobileIpv6StaysTunnelled() throws Exception {
    long before = tunnelled();
    try (ClientConnection client = group.connectFrom(group.network().host("home-b"))) {
      Download download = download(client, 20);
      download.awaitReceived(1_000_000);
      String there = move(client);
      download.finish();
      isServedBy(there, client);
    }
    assertThat(tunnelled()).isEqualTo(before + 1);
  }

  private static long tunnelled() throws IOException {
    long all = 0;
    for (String name : List.of("a", "b")) {
      for (Json.Node node : group.bed().operator(group.host(name)).nodes()) {
        all += node.mobility().tunnelled();
      }
    }
    return all;
  }

  @Test
  void whenTheContactNodeDiesABackupGetsNewClientsAndOldOnesNoticeNothing() throws Exception {
    String contactNode = group.contactNode();
    String backup = otherThan(contactNode);
    try (ClientConnection old = slowly()) {
      Download download = begin(old);
      moveAway(old, contactNode);
      group.server(contactNode).kill();
      old.pace().lift();
      download.finish();
      isServedBy(backup, old);
      Host neighbour = group.network().host("home-b");
      try (ClientConnection young = group.connectFrom(neighbour)) {
        isServedBy(backup, young);
      }
      isServedBy(backup, old);
    } finally {
      restart(contactNode);
    }
  }

  @Test
  void aClientWhoseNodeDiedReachesTheGroupAgain() throws Exception {
    String contactNode = group.contactNode();
    String other = otherThan(contactNode);
    try {
      try (ClientConnection client = group.connect()) {
        client.exchange(Request.get("/name"), new ExpectedBody.AnyText());
        moveAway(client, contactNode);
        isServedBy(other, client);
        group.server(other).kill();
      }
      try (ClientConnection again = group.connect()) {
        isServedBy(contactNode, again);
      }
    } finally {
      restart(other);
    }
  }

  @Test
  void theDonorKeepsAClientWhoseAcceptorDies() throws Exception {
    String contactNode = group.contactNode();
    String other = otherThan(contactNode);
    group.restart(other, SERVER, "-Ddev.baton.fault=acceptor:become");
    group.awaitUnited();
    group.server(contactNode).expect(HostGroup.TOO_SLOW);
    try (ClientConnection client = slowly()) {
      Download download = begin(client);
      assertThat(nodeOf(client)).isEqualTo(contactNode);
      assertThat(group.handoff(contactNode, other, client).handedOff()).isFalse();
      client.pace().lift();
      download.finish();
      isServedBy(contactNode, client);
    } finally {
      restart(other);
    }
  }

  @Test
  void aClientThatForgetsFindsItsConnectionsByTheContactNode() throws Exception {
    String contactNode = group.contactNode();
    String other = otherThan(contactNode);
    try (ClientConnection one = slowly()) {
      Download download = begin(one);
      moveAway(one, contactNode);
      try (ClientConnection own = group.connect()) {
        isServedBy(other, own);
        // The contact node hears of it within a second, and neither says so nor can be asked. It is
        // not to be tried out either: it resets the connection if it does not know of it.
        Thread.sleep(2_000);
        group.clientForgets();
        isServedBy(other, own);
        one.pace().lift();
        download.finish();
        isServedBy(other, one);
        isServedBy(other, own);
      }
    }
  }

  /** It goes back when it gets its first address back. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNodeWhoseAddressChangesGoesOnFromTheNewOne(boolean contactNode, @TempDir Path folder)
      throws Exception {
    String node = contactNode ? group.contactNode() : otherThan(group.contactNode());
    Inet6Address old = group.host(node).ipv6();
    Inet6Address fresh = group.network().lan(node).subnet().ipv6(NEW_MEMBER);
    long ending;
    try (ClientConnection unable = group.connectFrom(group.network().host("home-b"));
        ClientConnection client = group.connect(Pace.bytesPerSecond(60_000), 64 << 10)) {
      isServedBy(group.contactNode(), unable);
      if (!contactNode) {
        move(unable);
      }
      Download download = download(client, 1);
      download.awaitReceived(50_000);
      if (!nodeOf(client).equals(node)) {
        move(client);
      }
      try (Captures captures = new Captures(folder, "mip6")) {
        captures.add(group.network().host("client"), "wan0", Capture.RAW_IP);
        group.readdress(node, old, fresh);
        download.awaitReceived(download.received() + 20_000);
        client.pace().lift();
        download.finish();
        isServedBy(node, client);
        ending = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        if (!contactNode) { // else another node may be that by now, and not know it
          isServedBy(node, unable);
        }
        move(client);
        assertThat(move(client)).isEqualTo(node); // where only the group knows that it is
        isServedBy(node, client);
      } finally {
        group.readdress(node, fresh, old);
      }
      isServedBy(node, client);
    }
    List<MobilePacket> atClient = capture(folder, "client");
    long bound =
        atClient.stream()
            .filter(packet -> packet.mobilityType() == BINDING_ACKNOWLEDGEMENT)
            .filter(packet -> packet.destination().equals(Ip6.of(fresh)))
            .mapToLong(MobilePacket::nanos)
            .min()
            .orElseThrow();
    assertThat(atClient)
        .filteredOn(packet -> packet.nanos() > bound + SETTLED_NANOS && packet.nanos() < ending)
        .noneMatch(packet -> packet.destination().equals(Ip6.of(old)))
        .filteredOn(packet -> packet.isTcpWith(contact()))
        .hasSizeGreaterThan(100)
        .allMatch(packet -> isBetweenClientAnd(packet, Ip6.of(fresh)));
  }

  // --- What was seen -----------------------------------------------------------------------------

  private static List<MobilePacket> capture(Path folder, String host) throws IOException {
    return MobilePacket.all(PcapFile.read(folder.resolve("mip6-" + host + "-wan0.pcap")));
  }

  private static MobilePacket only(List<MobilePacket> packets, Predicate<MobilePacket> condition) {
    List<MobilePacket> found = packets.stream().filter(condition).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }
}
