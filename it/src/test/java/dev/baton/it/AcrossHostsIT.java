package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.App;
import dev.baton.it.bed.HostGroup;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Link;
import dev.baton.it.net.Network;
import dev.baton.it.net.Quality;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections to one address move among three hosts, each on a subnet of its own, while the client
 * is somewhere else again.
 */
class AcrossHostsIT implements OnTestBed {
  private static final List<String> NODES = List.of("a", "b", "c");
  private static final String CONTACT_NODE = "a";
  private static final App SERVER = App.JETTY;
  private static final int KILLED = 137;
  private static final String BIG = "/files/100m.bin";

  private static HostGroup group;

  @BeforeAll
  static void build() throws Exception {
    Repository.servedFile(0, 100);
    group = HostGroup.apart("across-hosts", NODES.toArray(String[]::new));
    group.allAreThere(SERVER);
  }

  @AfterAll
  static void remove() throws Exception {
    group.close();
  }

  @Override
  public TestBed bed() {
    return group.bed();
  }

  private static ClientConnection connect(boolean ipv6, long rate) throws Exception {
    return group.connect(ipv6, Pace.bytesPerSecond(rate), 0);
  }

  private static ExpectedBody file() throws IOException {
    return ExpectedBody.file(Repository.servedFile(0, 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"prepare", "ready", "cut", "init", "become"})
  void theDonorKeepsWhatADeadAcceptorDidNotGet(String step, RandomGenerator random)
      throws Exception {
    ServerProcess acceptor = group.restart("c", SERVER, "-Ddev.baton.fault=acceptor:" + step);
    group.allAreThere(SERVER);
    try (ClientConnection client = connect(true, 5_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(random.nextLong(1_000_000));
      group.move("a", "b", client);
      group.server("b").expect("WARNING: connection .* was not handed off to c.* stays here");

      Json.Move move = group.handoff("b", "c", client);

      assertThat(acceptor.awaitExit(10)).isEqualTo(KILLED);
      assertThat(move.result()).isEqualTo("failed");
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("b\n"));
    }
  }

  /** The client gets a reset as soon as it says something, and nobody else takes its place. */
  @ParameterizedTest
  @ValueSource(strings = {"ready", "freeze", "init"})
  void whatADeadDonorDidNotGiveAwayIsNobodys(String step) throws Exception {
    group.restart("b", SERVER, "-Ddev.baton.fault=donor:" + step);
    group.allAreThere(SERVER);
    try (ClientConnection client = connect(true, 5_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(100_000);
      group.move("a", "b", client);

      assertThatThrownBy(() -> group.handoff("b", "c", client)).isInstanceOf(IOException.class);

      assertThat(group.server("b").awaitExit(10)).isEqualTo(KILLED);
      assertIsReset(client, download);
      assertThat(group.bed().operator(group.host("c")).connections()).isEmpty();
    }
  }

  @Test
  void anAcceptorThatDiesAsTheOwnerTakesTheConnectionWithIt() throws Exception {
    group.restart("c", SERVER, "-Ddev.baton.fault=acceptor:activate");
    group.allAreThere(SERVER);
    takesItsConnectionWithIt();
  }

  /** Far from the contact node it is the owner before that knows. */
  @Test
  void anAcceptorThatDiesBeforeItIsKnownToBeTheOwnerTakesTheConnectionWithIt() throws Exception {
    group.restart("c", SERVER, "-Ddev.baton.fault=acceptor:active");
    group.allAreThere(SERVER);
    try {
      apart(Quality.delay(Duration.ofMillis(10)));
      takesItsConnectionWithIt();
    } finally {
      apart(Quality.perfect());
    }
  }

  private static void apart(Quality quality) throws IOException {
    Network network = group.network();
    List<String> homes = List.of("home-a", "home-b", "home-c");
    for (String home : homes) {
      for (String other : homes) {
        if (home.compareTo(other) < 0) {
          network.wideArea().between(network.host(home), network.host(other)).become(quality);
        }
      }
    }
  }

  private static void takesItsConnectionWithIt() throws Exception {
    try (ClientConnection client = connect(true, 5_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(100_000);
      group.move("a", "b", client);

      group.handoff("b", "c", client);

      assertThat(group.server("c").awaitExit(10)).isEqualTo(KILLED);
      assertIsReset(client, download);
      assertThat(group.bed().operator(group.host("b")).connections()).isEmpty();
    }
  }

  private static void assertIsReset(ClientConnection client, Download download) {
    await()
        .until(
            () -> {
              try {
                client.send(Request.get("/name"));
              } catch (IOException e) {
                return true;
              }
              return download.isOver();
            });
    assertThatThrownBy(download::finish).isInstanceOf(IOException.class);
  }

  @Test
  void aContactNodeThatCannotBeReachedForAWhileLeavesOneOwner(RandomGenerator random)
      throws Exception {
    group.allAreThere(SERVER);
    group.server(CONTACT_NODE).expect("cannot be decided here now");
    List<Link> toContactNode = new ArrayList<>();
    Network network = group.network();
    for (String node : List.of("b", "c")) {
      toContactNode.add(
          network.wideArea().between(network.host("home-a"), network.host("home-" + node)));
    }
    try (ClientConnection client = connect(true, 2_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(random.nextLong(1_000_000));
      group.move("a", "b", client);
      group.move(
          "b", "c", client); // who has talked to the contact node before asks on the same line
      group.server("b").expect("WARNING");
      group.server("c").expect("WARNING");
      toContactNode.forEach(Link::cut);
      CompletableFuture<Json.Move> move =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return group.handoff("c", "b", client);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      Thread.sleep(4_000); // longer than a donor waits
      toContactNode.forEach(Link::restore);
      String owner = move.get(60, TimeUnit.SECONDS).handedOff() ? "b" : "c";
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text(owner + "\n"));
    }
  }

  @Test
  void aNodeThatIsShutOutServesWhatItHasAndGetsNoMore() throws Exception {
    Path map = group.bed().directory().resolve("security-map");
    replace(map, "*\n");
    for (String node : NODES) {
      group.restart(node, SERVER, "admission=" + map, "ticket=1s");
      group.server(node).expect("node c is shut out|does not let node c in");
    }
    group.awaitUnited();
    group.server("c").expect("WARNING");
    try (ClientConnection client = connect(true, 5_000_000)) {
      Download download = Download.start(client, Request.get(BIG), file());
      download.awaitReceived(100_000);
      group.move("a", "c", client);

      replace(map, "*\nnot c\n");

      for (String node : List.of("a", "b")) {
        await().until(() -> said(node, "node c is shut out"));
      }
      try (ClientConnection other = connect(true, 5_000_000)) {
        other.exchange(Request.get("/name"), ExpectedBody.text("a\n"));
        assertThatThrownBy(() -> group.move("a", "c", other)).isInstanceOf(IOException.class);
        other.exchange(Request.get("/name"), ExpectedBody.text("a\n"));
      }
      client.pace().lift();
      download.finish();
      client.exchange(Request.get("/name"), ExpectedBody.text("c\n"));
    }
    replace(map, "*\n");
    group.awaitUnited();
  }

  /** In one step: a map that is just being written lets nobody in. */
  private static void replace(Path map, String lines) throws IOException {
    Path next = Files.writeString(map.resolveSibling("next-map"), lines);
    Files.move(next, map, StandardCopyOption.ATOMIC_MOVE);
  }

  private static boolean said(String node, String words) throws IOException {
    return group.server(node).stderr().stream().anyMatch(line -> line.contains(words));
  }

  @Test
  void aConnectionToAHostsOwnAddressStaysThere() throws Exception {
    group.allAreThere(SERVER);
    InetSocketAddress own = group.host("b").ipv6(group.contactAddress(true).getPort());
    try (ClientConnection client =
        group.network().host("client").call(() -> ClientConnection.open(own))) {
      client.exchange(Request.get("/name"), ExpectedBody.text("b\n"));

      Json.Move move = group.handoff("b", "a", client);

      assertThat(move.handedOff()).isFalse();
      assertThat(move.reason()).contains("no contact address");
      client.exchange(Request.get("/name"), ExpectedBody.text("b\n"));
    }
  }
}
