package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.App;
import dev.baton.it.bed.HostGroup;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Lan;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Three hosts on one segment have a contact address by turns, while a client somewhere else
 * downloads from those that do not.
 */
class ContactNodeIT implements OnTestBed {
  private static final List<String> NODES = List.of("a", "b", "c");
  private static final App SERVER = App.JETTY;
  private static final int DOWNLOADS = 50;
  private static final String FILE = "/files/5m.bin";
  private static final long BYTES_PER_SECOND = 150_000;

  /** Between the end of a contact node and the first connection to the next. */
  private static final Duration GOAL = Duration.ofSeconds(1);

  /** What a machine with other things to do may need. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static final String TROUBLE_OF_A_CHANGE =
      "WARNING: node . could not be told"
          + "|WARNING: the other nodes cannot be listed"
          + "|"
          + HostGroup.TOO_SLOW;

  private static HostGroup group;

  @BeforeAll
  static void build() throws Exception {
    Repository.servedFile(0, 5);
    group = HostGroup.together("contact-node", NODES.toArray(String[]::new));
  }

  @AfterAll
  static void remove() throws Exception {
    group.close();
  }

  @Override
  public TestBed bed() {
    return group.bed();
  }

  /** Starts what a test before has ended, and waits until all count. */
  private static void allAreThere() throws Exception {
    group.allAreThere(SERVER);
    group.servers().forEach(server -> server.expect(TROUBLE_OF_A_CHANGE));
  }

  /** Downloads under way from the nodes that are not the contact node. */
  private static final class Downloads implements AutoCloseable {
    private final List<ClientConnection> clients = new ArrayList<>();
    private final List<Download> downloads = new ArrayList<>();

    Downloads(String contact) throws Exception {
      List<String> others = NODES.stream().filter(node -> !node.equals(contact)).toList();
      for (String other : others) {
        int half = DOWNLOADS / others.size();
        for (int i = 0; i < half; i++) {
          ClientConnection client =
              group.connect(i % 2 == 0, Pace.bytesPerSecond(BYTES_PER_SECOND), 64 << 10);
          clients.add(client);
          downloads.add(
              Download.start(
                  client, Request.get(FILE), ExpectedBody.file(Repository.servedFile(0, 5))));
        }
        for (Download download : downloads) {
          download.awaitReceived(20_000);
        }
        await()
            .atMost(LIMIT)
            .until( // on a busy machine some take a second attempt
                () ->
                    group
                        .bed()
                        .operator(group.host(contact))
                        .handoff(contact, other)
                        .connections()
                        .stream()
                        .allMatch(Json.Move::handedOff));
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
    InetSocketAddress server = group.contactAddress(true);
    group
        .network()
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
    String contact = group.contactNode(true);
    try (Downloads downloads = new Downloads(contact)) {
      long killed = System.nanoTime();
      group.server(contact).kill();
      report("killed", untilAccepted(killed));
      assertThat(group.contactNode(true)).isNotEqualTo(contact);
      assertThat(group.contactNode(false)).isEqualTo(group.contactNode(true));
      downloads.finish();
    }
  }

  @Test
  void theNextContactNodeSteersWhatTheOneThatIsCutOffSteered() throws Exception {
    allAreThere();
    String contact = group.contactNode(true);
    try (Downloads downloads = new Downloads(contact)) {
      long cut = System.nanoTime();
      lan().cut(group.host(contact));
      report("cut off", untilAccepted(cut));
      String next = group.contactNode(true);
      assertThat(next).isNotEqualTo(contact);
      downloads.finish();
      lan().restore(group.host(contact));
      group.awaitUnited();
      assertThat(group.contactNode(false)).isEqualTo(group.contactNode(true));
    }
  }

  @Test
  void aContactNodeThatSleptDoesNotDisturbTheNext() throws Exception {
    allAreThere();
    String contact = group.contactNode(true);
    try (Downloads downloads = new Downloads(contact)) {
      long stopped = System.nanoTime();
      signal("STOP", contact);
      TimeUnit.MILLISECONDS.sleep(700); // until then its kernel may accept
      report("asleep", untilAccepted(stopped));
      String next = group.contactNode(true);
      assertThat(next).isNotEqualTo(contact);
      signal("CONT", contact);
      await()
          .during(Duration.ofSeconds(2))
          .atMost(LIMIT)
          .until(
              () -> group.contactNode(true).equals(next) && group.contactNode(false).equals(next));
      downloads.finish();
      group.awaitUnited();
    }
  }

  private static Lan lan() {
    return group.network().lan("lan");
  }

  private static void signal(String signal, String node) throws Exception {
    new ProcessBuilder("kill", "-" + signal, Long.toString(group.server(node).pid()))
        .inheritIO()
        .start()
        .waitFor();
  }
}
