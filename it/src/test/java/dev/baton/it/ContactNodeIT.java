package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Network;
import dev.baton.it.net.Topology;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Three hosts on one segment have a contact address by turns, while a client somewhere else
 * downloads from those that do not.
 */
class ContactNodeIT implements OnTestBed {
  private static final List<String> NODES = List.of("a", "b", "c");
  private static final int CONTACT_MEMBER = 77;
  private static final int NODE_PORT = 7000;
  private static final int DOWNLOADS = 4;
  private static final String BIG = "/files/100m.bin";

  /** Between the end of a contact node and the first connection to the next. */
  private static final Duration GOAL = Duration.ofSeconds(1);

  /** What a machine with other things to do may need. */
  private static final Duration LIMIT = Duration.ofSeconds(4);

  /** Until all nodes have found each other, on such a machine. */
  private static final Duration SETTLED = Duration.ofSeconds(20);

  private static final String TROUBLE_OF_A_CHANGE =
      "WARNING: the lease on the contact address has run out"
          + "|WARNING: node . could not be told"
          + "|was turned away"
          + "|WARNING: the other nodes cannot be listed";

  private static Network network;
  private static TestBed bed;
  private static int port;
  private static final Map<String, ServerProcess> SERVERS = new HashMap<>();

  @BeforeAll
  static void build() throws Exception {
    Repository.servedFile(0, 100);
    network = Topology.site("contact-node", NODES.toArray(String[]::new));
    bed = TestBed.create("contact-node");
    List<String> init =
        List.of("keys", "init", "--out", bed.directory().resolve("keys").toString());
    bed.commandLine()
        .run(Stream.concat(init.stream(), NODES.stream()).toArray(String[]::new))
        .succeeded();
  }

  @AfterAll
  static void remove() throws Exception {
    try (Network last = network) {
      bed.close();
    }
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  private static void start(String node) throws Exception {
    ServerSpec spec =
        ServerSpec.of(App.JETTY, Jdk.current(), node)
            .onPort(port)
            .on(network.host(node))
            .agentOption("listen=" + address(node))
            .agentOption(
                "peers=" + String.join(",", NODES.stream().map(ContactNodeIT::address).toList()))
            .agentOption("keys=" + bed.directory().resolve("keys").resolve(node))
            .agentOption(
                "contact=" + contact(true).getHostAddress() + "," + contact(false).getHostAddress())
            .agentOption("switch=steer");
    ServerProcess server = bed.enter(spec);
    server.expect(TROUBLE_OF_A_CHANGE);
    SERVERS.put(node, server);
    port = server.port();
  }

  /** Starts what a test before has ended, and waits until all count. */
  private static void allAreThere() throws Exception {
    for (String node : NODES) {
      if (!SERVERS.containsKey(node) || !SERVERS.get(node).isAlive()) {
        start(node);
      }
    }
    await().atMost(SETTLED).until(ContactNodeIT::allKnowOneContactNode);
  }

  /** Whether every node has said that all are there, and the same about the contact node. */
  private static boolean allKnowOneContactNode() throws IOException {
    Set<String> known = new TreeSet<>();
    for (String node : NODES) {
      String view = last(node, "the group is (.*)");
      if (view == null || !Set.of(view.split(", ", -1)).equals(Set.copyOf(NODES))) {
        return false;
      }
      known.add(String.valueOf(last(node, "node (.*) has the contact address")));
    }
    return known.size() == 1 && NODES.containsAll(known);
  }

  private static @Nullable String last(String node, String pattern) throws IOException {
    Matcher said = Pattern.compile(pattern).matcher(String.join("\n", SERVERS.get(node).stderr()));
    String last = null;
    while (said.find()) {
      last = said.group(1);
    }
    return last;
  }

  private static String address(String node) {
    return "[" + network.host(node).ipv6().getHostAddress() + "]:" + NODE_PORT;
  }

  private static InetAddress contact(boolean ipv6) {
    return ipv6
        ? network.lan("lan").subnet().ipv6(CONTACT_MEMBER)
        : network.lan("lan").subnet().ipv4(CONTACT_MEMBER);
  }

  private static ClientConnection connect(boolean ipv6, Pace pace) throws Exception {
    InetSocketAddress server = new InetSocketAddress(contact(ipv6), port);
    return network.host("client").call(() -> ClientConnection.open(server, pace, 0));
  }

  /** Who answers a new connection. */
  private static String contactNode(boolean ipv6) throws Exception {
    try (ClientConnection client = connect(ipv6, Pace.unlimited())) {
      ExpectedBody.AnyText name = new ExpectedBody.AnyText();
      client.exchange(Request.get("/name"), name);
      return name.text().strip();
    }
  }

  /** Downloads under way from the nodes that are not the contact node. */
  private static final class Downloads implements AutoCloseable {
    private final List<ClientConnection> clients = new ArrayList<>();
    private final List<Download> downloads = new ArrayList<>();

    Downloads(String contact) throws Exception {
      List<String> others = NODES.stream().filter(node -> !node.equals(contact)).toList();
      for (int i = 0; i < DOWNLOADS; i++) {
        ClientConnection client = connect(i < DOWNLOADS / 2, Pace.bytesPerSecond(3_000_000));
        clients.add(client);
        Download download =
            Download.start(
                client, Request.get(BIG), ExpectedBody.file(Repository.servedFile(0, 100)));
        downloads.add(download);
        download.awaitReceived(100_000);
        Json.Move move =
            bed.operator(network.host(contact))
                .handoff(contact, others.get(i % 2))
                .of(client.localAddress().getPort());
        assertThat(move.handedOff()).as(move.reason()).isTrue();
      }
    }

    void finish() throws Exception {
      clients.forEach(client -> client.pace().lift());
      for (Download download : downloads) {
        download.finish();
      }
    }

    @Override
    public void close() throws IOException {
      for (ClientConnection client : clients) {
        client.close();
      }
    }
  }

  /** How long it takes until somebody accepts a connection to the contact address. */
  private static Duration untilAccepted(long sinceNanos) throws Exception {
    InetSocketAddress server = new InetSocketAddress(contact(true), port);
    network
        .host("client")
        .call(
            () -> {
              while (System.nanoTime() - sinceNanos < LIMIT.toNanos()) {
                try (Socket socket = new Socket()) {
                  socket.connect(server, 25);
                  return null;
                } catch (IOException e) {
                  TimeUnit.MILLISECONDS.sleep(2); // not yet
                }
              }
              throw new IOException("nobody accepts within " + LIMIT);
            });
    return Duration.ofNanos(System.nanoTime() - sinceNanos);
  }

  private static void report(String what, Duration duration) {
    System.out.printf(
        "contact node %s: %d ms to the first connection to the next (goal: under %d)%n",
        what, duration.toMillis(), GOAL.toMillis());
    assertThat(duration).isLessThan(LIMIT);
  }

  @Test
  void theNextContactNodeSteersWhatTheKilledOneSteered() throws Exception {
    allAreThere();
    String contact = contactNode(true);
    try (Downloads downloads = new Downloads(contact)) {
      long killed = System.nanoTime();
      SERVERS.get(contact).kill();
      report("killed", untilAccepted(killed));
      assertThat(contactNode(true)).isNotEqualTo(contact);
      assertThat(contactNode(false)).isEqualTo(contactNode(true));
      downloads.finish();
    }
  }

  @Test
  void theNextContactNodeSteersWhatTheOneThatIsCutOffSteered() throws Exception {
    allAreThere();
    String contact = contactNode(true);
    try (Downloads downloads = new Downloads(contact)) {
      long cut = System.nanoTime();
      network.lan("lan").cut(network.host(contact));
      report("cut off", untilAccepted(cut));
      String next = contactNode(true);
      assertThat(next).isNotEqualTo(contact);
      downloads.finish();
      network.lan("lan").restore(network.host(contact));
      await().atMost(SETTLED).until(ContactNodeIT::allKnowOneContactNode);
      assertThat(contactNode(true)).isEqualTo(next);
    }
  }

  @Test
  void aContactNodeThatSleptDoesNotDisturbTheNext() throws Exception {
    allAreThere();
    String contact = contactNode(true);
    try (Downloads downloads = new Downloads(contact)) {
      long stopped = System.nanoTime();
      signal("STOP", contact);
      TimeUnit.MILLISECONDS.sleep(700); // until then its kernel may accept
      report("asleep", untilAccepted(stopped));
      String next = contactNode(true);
      assertThat(next).isNotEqualTo(contact);
      signal("CONT", contact);
      await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(6))
          .until(() -> contactNode(true).equals(next) && contactNode(false).equals(next));
      downloads.finish();
      await().atMost(SETTLED).until(ContactNodeIT::allKnowOneContactNode);
    }
  }

  private static void signal(String signal, String node) throws Exception {
    new ProcessBuilder("kill", "-" + signal, Long.toString(SERVERS.get(node).pid()))
        .inheritIO()
        .start()
        .waitFor();
  }
}
