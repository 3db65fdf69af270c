package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.NumberNode.Handed;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Subnet;
import dev.baton.it.net.Topology;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Applications that hand their clients off themselves, without the agent. */
class LibraryIT {
  private static final int KILLED = 137;
  private static final long MEGABYTE = 1 << 20;
  private static final long LINES = 24 * MEGABYTE / 16;
  private static final int QUICK = 1_000;

  /** For half a minute of the download. */
  private static final int SLOW = 100;

  private static final String STINT = "stint=" + 2 * MEGABYTE;
  private static final long PATIENCE_SECONDS = 60;

  private static List<Handed> handed(List<NumberNode> nodes, NumberClient client)
      throws IOException {
    List<Handed> all = new ArrayList<>();
    for (NumberNode node : nodes) {
      node.handed().stream().filter(hop -> hop.client().equals(client.name())).forEach(all::add);
    }
    return all;
  }

  private static void finish(CompletableFuture<?> download) throws Exception {
    download.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void clientsPassAmongJvmsOfOneHostAsTheirServersSeeFit() throws Exception {
    Jdk newest = Jdk.newest().orElse(Jdk.current());
    try (TestBed bed = TestBed.create("library");
        NumberNode a = NumberNode.start(bed, null, Jdk.current(), "a", "port=0", STINT);
        NumberNode c = NumberNode.start(bed, null, newest, "c", "port=" + a.port(), STINT);
        NumberClient first = client(a);
        NumberClient second = client(a)) {
      CompletableFuture<Void> one = first.download(2 * LINES);
      CompletableFuture<Void> two = second.download(2 * LINES);
      await().until(() -> handed(List.of(a, c), first).size() >= 2);
      try (NumberNode b =
          NumberNode.start(
              bed,
              null,
              Jdk.current(),
              "b",
              "port=" + a.port(),
              STINT,
              "-Ddev.baton.fault=acceptor:become")) {
        // It dies with the first client it is given, which its donor takes back.
        await().atMost(Duration.ofSeconds(20)).until(() -> !b.isAlive());
        assertThat(b.exitStatus()).isEqualTo(KILLED);
      }
      first.hurry();
      second.hurry();
      a.stop();
      finish(one);
      finish(two);
      for (NumberClient client : List.of(first, second)) {
        assertThat(handed(List.of(a, c), client)).hasSizeGreaterThanOrEqualTo(3);
      }
      assertThat(Stream.concat(a.troubles().stream(), c.troubles().stream()))
          .isNotEmpty()
          .allMatch(line -> line.contains("was not handed off to b and is still here"));
      System.out.println("library, one host: " + handed(List.of(a, c), first));
    }
  }

  private static NumberClient client(NumberNode node) throws IOException {
    return new NumberClient(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()), SLOW);
  }

  @Test
  void clientsPassAmongHostsAndTheContactNodeForgetsThemAfterwards() throws Exception {
    List<String> names = List.of("a", "b", "c");
    List<NumberNode> nodes = new ArrayList<>();
    try (Network network = Topology.homes("library", names.toArray(String[]::new));
        TestBed bed = TestBed.create("library-hosts")) {
      bed.commandLine()
          .run("keys", "init", "--out", bed.directory().resolve("keys").toString(), "a", "b", "c")
          .succeeded();
      Subnet home = network.lan("a").subnet();
      InetAddress contact = home.ipv6(77);
      try {
        for (String name : names) {
          nodes.add(
              NumberNode.start(
                  bed,
                  network.host(name),
                  Jdk.current(),
                  name,
                  "port=8080",
                  "keys=" + bed.directory().resolve("keys").resolve(name),
                  "listen=" + listen(network, name),
                  "peers=" + String.join(",", names.stream().map(n -> listen(network, n)).toList()),
                  "contact=" + contact.getHostAddress()));
        }
        Host contactNode = network.host("a");
        try (NumberClient client =
            network
                .host("client")
                .call(() -> new NumberClient(new InetSocketAddress(contact, 8080), QUICK))) {
          finish(client.download(LINES));
          List<Handed> hops = handed(nodes, client);
          System.out.println("library, three hosts: " + hops);
          assertThat(hops).hasSize(5).extracting(Handed::to).contains("a", "b", "c");
          assertThat(nodes.get(1).troubles()).isEmpty();
        }
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> !contactNode.run("nft", "list", "ruleset").contains(". 8080 :"));
      } finally {
        for (NumberNode node : nodes) {
          node.close();
        }
      }
    }
  }

  private static String listen(Network network, String name) {
    return "[" + network.host(name).ipv6().getHostAddress() + "]:7000";
  }
}
