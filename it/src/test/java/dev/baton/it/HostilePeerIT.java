package dev.baton.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * Somebody who got at a node's socket and sends what he likes: his conversation ends, and no client
 * of the server notices.
 */
class HostilePeerIT implements OnTestBed {

  private static TestBed bed;
  private static ServerProcess a;
  private static ServerProcess b;
  private ClientConnection client;
  private Download download;

  @BeforeAll
  static void start() throws Exception {
    bed = TestBed.create("hostile-peer");
    a = bed.join(ServerSpec.of(App.JETTY, Jdk.current(), "a"));
    b = bed.join(ServerSpec.of(App.JETTY, Jdk.current(), "b").onPort(a.port()));
    a.expect("WARNING");
    b.expect("WARNING");
  }

  @AfterAll
  static void stop() throws Exception {
    bed.close();
  }

  @BeforeEach
  void startADownloadAtB() throws Exception {
    Request request = Request.get("/files/100m.bin");
    ExpectedBody file = ExpectedBody.file(Repository.servedFile(0, 100));
    client = ClientConnection.open(b.address(), Pace.bytesPerSecond(5_000_000), 64 << 10);
    download = Download.start(client, request, file);
    download.awaitReceived(1_000_000);
  }

  @AfterEach
  void theDownloadIsUnharmedAndCanStillMove() throws Exception {
    try (ClientConnection victim = client) {
      Json.Move move = bed.operator().handoff("b", "a").of(victim.localAddress().getPort());
      assertThat(move.result()).as("%s", move).isEqualTo("handed-off");
      victim.pace().lift();
      download.finish();
      victim.exchange(Request.get("/name"), ExpectedBody.text("a\n"));
    }
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  @Test
  void nobodyButTheOwnerCanReachTheSockets() throws IOException {
    for (Path socket : sockets()) {
      Path folder = socket.getParent();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void noiseEndsTheConversation(RandomGenerator random) throws Exception {
    for (int i = 0; i < 50; i++) {
      byte[] noise = new byte[random.nextInt(1, 4096)];
      random.nextBytes(noise);
      noise[0] |= (byte) 0x80; // A length no frame has.
      assertHungUpAfter(noise);
    }
    assertWarned();
  }

  @Test
  void anOverlongLengthEndsTheConversationBeforeAnythingIsAllocated() throws Exception {
    assertHungUpAfter(new byte[] {0x7f, -1, -1, -1});
    assertHungUpAfter(new byte[] {-1, -1, -1, -1, 1, 2, 3});
    assertHungUpAfter(new byte[4]);
    assertWarned();
  }

  @Test
  void aFrameThatIsNoMessageEndsTheConversation(RandomGenerator random) throws Exception {
    for (int i = 0; i < 50; i++) {
      byte[] body = new byte[random.nextInt(1, 500)];
      random.nextBytes(body);
      assertHungUpAfter(frame(body));
    }
    assertWarned();
  }

  @Test
  void anotherVersionIsRefused() throws Exception {
    assertThat(assertHungUpAfter(frame(hello(99)))).contains("version");
  }

  @Test
  void aMessageOutOfTurnEndsTheConversation() throws Exception {
    byte[] done =
        cbor(
            Map.of(
                "type", "done",
                "receivedNanos", 1,
                "recreatedNanos", 1,
                "switchedNanos", 1,
                "activatedNanos", 1));
    assertHungUpAfter(frame(done));
    assertHungUpAfter(frame(hello(1)), frame(done));
    byte[] prepare =
        cbor(
            Map.of(
                "type",
                "prepare",
                "connection",
                "x",
                "client",
                Map.of("address", new byte[] {127, 0, 0, 1}, "port", 1),
                "server",
                Map.of("address", new byte[] {127, 0, 0, 1}, "port", a.port()),
                "state",
                new byte[] {1, 2, 3}));
    assertHungUpAfter(frame(hello(1)), frame(prepare));
  }

  @Test
  void peersThatStallOrComeInCrowdsKeepNobodyElseWaiting() throws Exception {
    List<SocketChannel> crowd = new ArrayList<>();
    try {
      for (Path socket : sockets()) {
        for (int i = 0; i < 100; i++) {
          SocketChannel peer = connect(socket);
          crowd.add(peer);
          if (i % 2 == 0) {
            peer.write(ByteBuffer.wrap(new byte[] {0, 0, 1, 0, 42})); // The rest never comes.
          }
        }
      }
      assertThat(bed.operator().nodes())
          .extracting(Json.Node::name)
          .containsExactlyInAnyOrder("a", "b");
    } finally {
      for (SocketChannel peer : crowd) {
        peer.close();
      }
    }
  }

  /** Complaints that repeat each other are not repeated: the first test's may be the only one. */
  private void assertWarned() throws IOException {
    assertThat(a.stderr()).anyMatch(line -> line.contains("WARNING"));
  }

  /**
   * Sends this to each node, whose last word must be to hang up.
   *
   * @return what the last of them said before
   */
  private String assertHungUpAfter(byte[]... pieces) throws IOException {
    StringBuilder said = new StringBuilder();
    for (Path socket : sockets()) {
      said.setLength(0);
      try (SocketChannel peer = connect(socket)) {
        for (byte[] piece : pieces) {
          peer.write(ByteBuffer.wrap(piece));
        }
        ByteBuffer answer = ByteBuffer.allocate(4096);
        while (peer.read(answer.clear()) >= 0) { // A node that does not hang up fails by time-out.
          said.append(ISO_8859_1.decode(answer.flip()));
        }
      } catch (IOException e) {
        // It hung up while it was being talked to: that is what it should do.
      }
    }
    return said.toString();
  }

  private static SocketChannel connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return channel;
  }

  private List<Path> sockets() throws IOException {
    try (Stream<Path> all = Files.walk(bed.directory())) {
      List<Path> sockets =
          all.filter(path -> !Files.isDirectory(path) && !Files.isRegularFile(path)).toList();
      assertThat(sockets).hasSize(2);
      return sockets;
    }
  }

  private byte[] hello(int version) {
    return cbor(
        Map.of(
            "type", "hello",
            "version", version,
            "group", bed.group(),
            "node", "stranger",
            "namespace", "nowhere"));
  }

  private static byte[] cbor(Map<String, Object> message) {
    return CBORMapper.shared().writeValueAsBytes(message);
  }

  private static byte[] frame(byte[] body) {
    return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
  }
}
