package dev.baton.it.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Curl;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Request;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Hosts run real programs, are apart from each other, and leave nothing behind. */
class HostsIT {

  private static final long FAST = 1_000_000_000;

  @Test
  void aServerBehindAGatewayAnswersClientsAcrossTheWideArea() throws Exception {
    Path file = Repository.servedFile(0, 20);
    try (Network network = Topology.site("site", "a", "b");
        TestBed bed = TestBed.create("site")) {
      Host client = network.host("client");
      network.wideArea().uplink(client).become(Quality.delay(Duration.ofMillis(5)));
      ServerProcess server =
          bed.start(ServerSpec.of(App.SOCKET, Jdk.current(), "a").on(network.host("a")));
      String rest = ":" + server.port() + "/files/20m.bin";
      String ipv6 = server.addressIpv6().getAddress().getHostAddress();
      String ipv4 = server.address().getAddress().getHostAddress();
      try (Curl curl =
          Curl.start(client, FAST, "http://[" + ipv6 + "]" + rest, "http://" + ipv4 + rest)) {
        curl.finish();
        assertThat(curl.file(0)).hasSameBinaryContentAs(file);
        assertThat(curl.file(1)).hasSameBinaryContentAs(file);
      }
      try (ClientConnection connection =
          client.call(() -> ClientConnection.open(server.addressIpv6()))) {
        assertThat(connection.localAddress().getAddress()).isEqualTo(client.ipv6());
        connection.exchange(Request.get("/name"), ExpectedBody.text("a\n"));
      }
      Json.Nodes seenThere =
          bed.commandLine(network.host("a"))
              .run("nodes", "--json")
              .succeeded()
              .json(Json.Nodes.class);
      assertThat(seenThere.nodes()).extracting(Json.Node::name).containsExactly("a");
      assertThat(bed.operator(network.host("a")).nodes()).hasSize(1);
      assertThat(bed.operator(network.host("b")).nodes()).isEmpty();
    }
  }

  @Test
  void nodesBehindGatewaysOfTheirOwnReachEachOtherAndTheClient() throws Exception {
    try (Network network = Topology.homes("homes", "a", "b")) {
      Host a = network.host("a");
      Host b = network.host("b");
      Host client = network.host("client");
      assertThat(Probes.send(a, b.ipv6(), b, 5, 0).lost()).isZero();
      assertThat(Probes.send(b, client.ipv4(), client, 5, 0).lost()).isZero();
      network.wideArea().between(network.host("home-a"), client).cut();
      assertThat(Probes.send(client, a.ipv6(), a, 5, 0).lost()).isEqualTo(5);
      assertThat(Probes.send(client, b.ipv6(), b, 5, 0).lost()).isZero();
    }
  }

  @Test
  void hostsOfOneSegmentReachEachOtherAndNobodyElse() throws Exception {
    try (Network network = Topology.lan("one", "a", "b");
        Network other = Topology.lan("other", "a", "b")) {
      Host a = network.host("a");
      assertThat(Probes.send(a, network.host("b").ipv6(), network.host("b"), 5, 0).lost()).isZero();
      assertThat(Probes.send(a, network.host("b").ipv4(), network.host("b"), 5, 0).lost()).isZero();
      assertThatNobodyAnswers(a, other.host("b"));
      assertThat(a.run("ip", "-o", "link").lines()).hasSize(2);
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> a.run("ip", "link", "set", "eth7", "up"))
          .withMessageContaining("eth7");
    }
  }

  /** Two networks have the same addresses, but not the same hosts. */
  private static void assertThatNobodyAnswers(Host from, Host to) throws Exception {
    try (ServerSocket listener = to.call(() -> new ServerSocket(0, 1, to.ipv6()))) {
      assertThatExceptionOfType(ConnectException.class)
          .isThrownBy(
              () -> from.call(() -> new Socket(to.ipv6(), listener.getLocalPort())).close());
    }
  }

  @Test
  void aClosedNetworkLeavesNothingRunningAndNothingBehind() throws Exception {
    Process sleeper;
    String namespace;
    try (Network network = Topology.wideArea("closed", "a")) {
      namespace = network.host("a").namespace();
      sleeper = network.host("a").program("sleep", "1000").start();
      assertThat(Namespaces.path(namespace)).exists();
    }
    assertThat(sleeper.isAlive()).isFalse();
    assertThat(Namespaces.path(namespace)).doesNotExist();
  }

  @Test
  void whatAKilledProcessLeftIsRemovedByTheNextAndWhatIsInUseIsNot() throws Exception {
    Process owner =
        new ProcessBuilder(
                Jdk.current().java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AbandonedNetwork.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (Network inUse = Topology.lan("in-use", "a");
        BufferedReader said = owner.inputReader()) {
      said.readLine(); // What every network says of itself.
      Path namespace = Namespaces.path(said.readLine());
      ProcessHandle sleeper = ProcessHandle.of(Long.parseLong(said.readLine())).orElseThrow();
      Network.create("meanwhile").close();
      assertThat(namespace).exists();
      owner.destroyForcibly().waitFor();
      assertThat(namespace).exists();
      assertThat(isRunning(sleeper)).isTrue();

      Network.create("next").close();

      assertThat(namespace).doesNotExist();
      assertThat(isRunning(sleeper)).isFalse();
      assertThat(Namespaces.path(inUse.host("a").namespace())).exists();
    } finally {
      owner.destroyForcibly();
    }
  }

  /** Not merely waiting for somebody to ask how it ended. */
  private static boolean isRunning(ProcessHandle process) {
    return Files.exists(Path.of("/proc/" + process.pid() + "/exe"));
  }
}
