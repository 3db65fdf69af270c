package dev.baton.handoff;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.handoff.trust.Admission;
import dev.baton.handoff.trust.GroupAuthority;
import dev.baton.handoff.trust.GroupKeys;
import dev.baton.handoff.trust.KeyFolder;
import dev.baton.handoff.wire.Claim;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.handoff.wire.TlsTransport;
import dev.baton.linux.ClientSocket;
import dev.baton.linux.Knock;
import dev.baton.linux.NetworkNamespace;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * A member of the group that has lost its mind, with a good certificate or the right user id, says
 * 10,000 things that no node would. The node it says them to goes on, so does the connection that
 * node serves, and nothing is left behind: no descriptor, no thread, no memory, no log full of it.
 */
class HostileFramesTest {
  private static final int THROUGH_UNIX = 9_700;
  private static final int THROUGH_TLS = 300;
  private static final int AT_ONCE = 4;
  private static final int ANSWER_MILLIS = 1_000;
  private static final long CLIENT_MILLIS = 5_000;
  private static final CBORMapper CBOR = CBORMapper.shared();

  @TempDir private Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final ExecutorService server = Executors.newCachedThreadPool();
  private PracticeHost host;
  private InetSocketAddress address;
  private Group group;
  private SSLContext mad;
  private Node node;

  @BeforeEach
  void startANode() throws Exception {
    GroupAuthority authority = GroupAuthority.in(folder.resolve("keys"), "g");
    Path keys = authority.issue("a", Duration.ofDays(1));
    mad = context(GroupKeys.in(authority.issue("mad", Duration.ofDays(1)), "mad", "g"));
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = (InetSocketAddress) free.getLocalSocketAddress();
    }
    host = new PracticeHost(server);
    NodeConfig.Elsewhere elsewhere =
        new NodeConfig.Elsewhere(keys, Optional.of(address), List.of(), List.of());
    Path dir = folder.resolve("d");
    group = new Group(dir, "g");
    node =
        Node.start(
            new NodeConfig("a", "g", dir, Duration.ofSeconds(20), Optional.of(elsewhere)),
            host,
            new Log(new PrintStream(said, true, UTF_8), "a"));
  }

  private static SSLContext context(GroupKeys keys) throws Exception {
    char[] password = "for this process".toCharArray();
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, password);
    own.setKeyEntry("key", keys.key(), password, new Certificate[] {keys.certificate()});
    own.setCertificateEntry("authority", keys.authorities().get(0));
    KeyManagerFactory shown =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    shown.init(own, password);
    TrustManagerFactory believed =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    believed.init(own);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(shown.getKeyManagers(), believed.getTrustManagers(), null);
    return context;
  }

  @AfterEach
  void stop() throws Exception {
    try (PracticeHost last = host;
        Node lastNode = node) {
      server.shutdown();
    }
  }

  @Test
  void tenThousandMutatedFramesHarmNobody() throws Exception {
    long seed = Long.getLong("baton.seed", System.nanoTime());
    System.out.println("HostileFramesTest -Dbaton.seed=" + seed);
    try (Knock knock = Knock.open(host.listener(), host.address(), host.address());
        ClientSocket client = knock.connect(CLIENT_MILLIS)) {
      client.write(ByteBuffer.wrap(PracticeResponse.FILE.request()), CLIENT_MILLIS);
      ByteBuffer expected = ByteBuffer.wrap(PracticeResponse.FILE.whole());
      read(client, expected, PracticeResponse.FIRST_PART);
      Mutations samples = new Mutations(samples());
      fuzz(this::unix, samples, 50, seed); // what is loaded once is no leak
      fuzz(this::tls, samples, 50, seed);
      long descriptors = descriptors();
      long bytes = heap();

      fuzz(this::unix, samples, THROUGH_UNIX, seed + 1);
      fuzz(this::tls, samples, THROUGH_TLS, seed + 2);

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 2));
      assertThat(threads()).as("threads of the node, idle ones too").isLessThan(100);
      await() // conversations that have just ended are given up by and by; a leak is not
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(heap() - bytes).as("bytes it grew by").isLessThan(8 << 20));
      assertThat(said.toString(UTF_8).lines().count())
          .as("lines in the log")
          .isBetween(1L, 4L * Complaints.LINES);
      try (NodeClient other = group.open("a", null)) {
        assertThat(other.connections()).hasSize(1);
      }
      HandoffReport report = node.drainIntoItself();
      assertThat(report.connections()).allMatch(row -> row.reason() == null);
      read(client, expected, expected.limit());
    }
  }

  @Test
  void whoeverComesFromAnotherHostIsNotBelievedToBeNextDoor() throws Exception {
    String here = NetworkNamespace.current().toString();
    try (Admission madOnes = madOnes();
        TlsTransport transport = new TlsTransport(madOnes);
        FrameChannel toNode = transport.connect(address, ANSWER_MILLIS)) {
      toNode.ask(
          new Message.Hello(Message.VERSION, "g", "mad", here),
          Message.Welcome.class,
          ANSWER_MILLIS);
      Endpoint end = Endpoint.of(host.address());
      toNode.send(new Message.Prepare("a-1", end, end, new byte[1]), ANSWER_MILLIS);
      assertThatThrownBy(() -> toNode.receive(Message.Ready.class, ANSWER_MILLIS))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("on another host");
    }
  }

  @Test
  void aNodeOfAnotherHostIsNotNextDoorWhateverItSays() throws Exception {
    String here = NetworkNamespace.current().toString();
    NodeInfo honest = node.info();
    assertThat(honest.namespace()).isEqualTo(here);
    try (Admission madOnes = madOnes();
        TlsTransport transport = new TlsTransport(madOnes);
        NodeClient client =
            NodeClient.open(transport.connect(address, ANSWER_MILLIS), "g", "mad")) {
      assertThat(client.node().name()).isEqualTo("a");
      assertThat(client.node().namespace()).isNotEqualTo(here);
    }
    try (NodeClient client = group.open("a", null)) {
      assertThat(client.node().namespace()).isEqualTo(here);
    }
  }

  @Test
  void aNodeThatIsKeptOutHidesNoOther() throws Exception {
    GroupAuthority authority = GroupAuthority.in(folder.resolve("keys"), "g");
    authority.issue("out", Duration.ofDays(1));
    Path map = Files.writeString(folder.resolve("map"), "*\nnot out\n");
    try (Admission ofAll = admission("out", Optional.empty());
        TlsTransport out = new TlsTransport(ofAll);
        Admission ofSome = admission("mad", Optional.of(map));
        TlsTransport transport = new TlsTransport(ofSome)) {
      out.listen(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          new TlsTransport.Reception() {
            @Override
            public void welcome(FrameChannel channel) {
              // It would like to talk.
            }

            @Override
            public void turnedAway(String who, String reason) {
              throw new AssertionError(reason);
            }
          });
      Peers peers = new Peers(transport, List.of(out.local(), address), "g");
      assertThat(peers.nodes("mad")).extracting(NodeInfo::name).containsExactly("a");
      assertThat(peers.open("out", "mad")).isNull();
    }
    assertThat(said.toString(UTF_8).lines())
        .filteredOn(line -> line.contains("node out at 127.0.0.1 was turned away"))
        .hasSize(1);
  }

  private Admission madOnes() throws IOException {
    return admission("mad", Optional.empty());
  }

  private Admission admission(String name, Optional<Path> map) throws IOException {
    return Admission.open(
        new KeyFolder(folder.resolve("keys").resolve(name), name, "g"),
        map,
        Duration.ofMinutes(1),
        new Log(new PrintStream(said, true, UTF_8), name));
  }

  private static void read(ClientSocket client, ByteBuffer expected, int until) throws IOException {
    while (expected.position() < until) {
      ByteBuffer got = ByteBuffer.allocate(Math.min(64 << 10, until - expected.position()));
      assertThat(client.read(got, CLIENT_MILLIS)).isPositive();
      got.flip();
      int length = got.remaining();
      assertThat(got).isEqualTo(expected.slice(expected.position(), length));
      expected.position(expected.position() + length);
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("baton-"))
        .count();
  }

  private static long heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** All kinds of messages, with the state of a connection that is really there. */
  private List<byte[]> samples() throws IOException {
    ServedConnection served = host.connections().iterator().next();
    Endpoint client = Endpoint.of(served.client());
    Endpoint end = Endpoint.of(host.address());
    byte[] state = served.state().toBytes();
    List<Message> messages =
        List.of(
            new Message.Hello(Message.VERSION, "g", "mad", "elsewhere"),
            new Message.Welcome(Message.VERSION, node.info()),
            new Message.Refuse("no"),
            new Message.Prepare("a-1", client, end, state),
            new Message.Advance(state, true),
            new Message.Ready(7),
            new Message.Freezing(),
            new Message.Reserve("h"),
            new Message.Reserved(true),
            new Message.Activating(),
            new Message.Init(
                new byte[300],
                state,
                3,
                "h",
                new Message.Mobility(7, List.of(new Message.Place(client, end, new byte[16])))),
            new Message.Done(1, 2, 3, 4, false),
            new Message.Practice(new Message.Init(new byte[3], state, 1, "h")),
            new Message.Guard(client, end),
            new Message.Settle("h", Claim.RESERVE, client, end, address.getAddress().getAddress()),
            new Message.Settled("mad"),
            new Message.Ended(client, end),
            new Message.NewConnections("mad"),
            new Message.Connections(),
            new Message.ConnectionList(List.of(served.info())),
            new Message.Handoff("mad", null),
            new Message.Drain(null),
            new Message.Progress(1, 2, 3),
            new Message.Through("mad"),
            new Message.Describe(true),
            new Message.Elsewhere(),
            new Message.NodeList(List.of(node.info())),
            new Message.Report(HandoffReport.of("a", "mad", List.of())));
    assertThat(messages).hasSameSizeAs(Message.class.getPermittedSubclasses());
    List<byte[]> encoded = new ArrayList<>();
    for (Message message : messages) {
      encoded.add(CBOR.writerFor(Message.class).writeValueAsBytes(message));
    }
    return encoded;
  }

  private static void fuzz(Way way, Mutations mutations, int frames, long seed) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < AT_ONCE; thread++) {
        RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(31 * seed + thread);
        all.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < frames / AT_ONCE; i++) {
                    say(way, mutations.next(random), mutations.hello());
                  }
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  private static void say(Way way, Mutations.Frame frame, byte[] hello) throws IOException {
    try (Line line = way.open()) {
      if (!frame.first()) {
        line.write(hello);
        line.read();
      }
      line.write(frame.bytes());
      if (frame.whole()) {
        line.read(); // whatever it is
      }
    } catch (EOFException | SocketException | SocketTimeoutException e) {
      return; // it hung up, or has nothing to say to this
    }
  }

  /** A way to the node. */
  private interface Way {
    Line open() throws IOException;
  }

  private interface Line extends Closeable {
    void write(byte[] bytes) throws IOException;

    /** Reads a frame. */
    void read() throws IOException;
  }

  private Line unix() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(group.socket("a")));
    FrameChannel frames = FrameChannel.over(channel);
    return new Line() {
      @Override
      public void write(byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        try {
          while (left.hasRemaining()) {
            channel.write(left);
          }
        } catch (IOException e) { // EPIPE, which the JDK has no class for
          throw new SocketException(e.getMessage());
        }
      }

      @Override
      public void read() throws IOException {
        frames.receive(ANSWER_MILLIS);
      }

      @Override
      public void close() {
        frames.close();
      }
    };
  }

  private Line tls() throws IOException {
    Socket socket = mad.getSocketFactory().createSocket(address.getAddress(), address.getPort());
    socket.setSoTimeout(ANSWER_MILLIS);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    return new Line() {
      @Override
      public void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
      }

      @Override
      public void read() throws IOException {
        in.readNBytes(in.readInt());
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }
}
