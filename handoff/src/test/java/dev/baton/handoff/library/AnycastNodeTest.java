package dev.baton.handoff.library;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.baton.handoff.ApplicationHost;
import dev.baton.handoff.Flow;
import dev.baton.handoff.Log;
import dev.baton.handoff.Node;
import dev.baton.handoff.NodeConfig;
import dev.baton.linux.Listener;
import dev.baton.linux.OwnSockets;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two nodes in one JVM, which share a listener, and clients of theirs. */
@Timeout(60)
class AnycastNodeTest {
  private static final byte[] NOTHING = {};

  @TempDir private Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private AnycastNode a;
  private AnycastNode b;
  private ServerSocketChannel server;

  private void start(String address) throws IOException {
    a = keep(AnycastNode.start(config("a")));
    b = keep(AnycastNode.start(config("b")));
    server = keep(a.listen(new InetSocketAddress(InetAddress.getByName(address), 0)));
    b.join(server);
  }

  private NodeConfig config(String node) {
    return NodeConfig.onOneHost(node, "test", folder.resolve("nodes"));
  }

  private <T extends AutoCloseable> T keep(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private SocketChannel connect() throws IOException {
    return keep(SocketChannel.open(server.getLocalAddress()));
  }

  /** Hands a connection off and receives it. */
  private Received hop(SocketChannel channel, AnycastNode from, AnycastNode to, byte[] state)
      throws Exception {
    CompletableFuture<Received> next = to.receiveAsync().toCompletableFuture();
    HandedOff done = from.handoff(channel, to.name(), state);
    assertThat(done.acceptor()).isEqualTo(to.name());
    assertThat(done.pause()).isPositive();
    Received received = next.get(5, TimeUnit.SECONDS);
    keep(received.channel());
    return received;
  }

  private static void send(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      channel.write(left);
    }
  }

  private static byte[] read(SocketChannel channel, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new IOException("the stream ends after " + bytes.position() + " bytes");
      }
    }
    return bytes.array();
  }

  /** The client and the channel can talk. */
  private static void assertTalk(SocketChannel client, SocketChannel channel) throws IOException {
    send(client, "ping".getBytes(US_ASCII));
    assertThat(read(channel, 4)).asString(US_ASCII).isEqualTo("ping");
    send(channel, "pong".getBytes(US_ASCII));
    assertThat(read(client, 4)).asString(US_ASCII).isEqualTo("pong");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void bytesGoOnBothWaysThroughManyHandoffs(String address) throws Exception {
    start(address);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    SocketChannel client = connect();
    SocketChannel channel = server.accept();
    AnycastNode here = a;
    for (int hop = 0; hop < 40; hop++) {
      AnycastNode there = here == a ? b : a;
      byte[] down = new byte[random.nextInt(20_000)];
      byte[] up = new byte[random.nextInt(20_000)];
      byte[] state = new byte[random.nextInt(100)];
      random.nextBytes(down);
      random.nextBytes(up);
      random.nextBytes(state);
      send(channel, down);
      send(client, up);
      int early = up.length == 0 ? 0 : random.nextInt(up.length);
      assertThat(read(channel, early)).as("seed %d", seed).isEqualTo(Arrays.copyOf(up, early));

      Received received = hop(channel, here, there, state);

      assertThat(channel.isOpen()).isFalse();
      assertThat(received.state()).isEqualTo(state);
      assertThat(received.donor()).isEqualTo(here.name());
      channel = received.channel();
      here = there;
      assertThat(read(channel, up.length - early))
          .as("seed %d, hop %d", seed, hop)
          .isEqualTo(Arrays.copyOfRange(up, early, up.length));
      assertThat(read(client, down.length)).as("seed %d, hop %d", seed, hop).isEqualTo(down);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "::"})
  void whatIsReceivedIsAnOrdinaryChannelWithTheClientsAddress(String address) throws Exception {
    start(address);
    SocketChannel client =
        keep(
            SocketChannel.open(
                new InetSocketAddress(
                    address.equals("::") ? "127.0.0.1" : address,
                    ((InetSocketAddress) server.getLocalAddress()).getPort())));

    Received received = hop(server.accept(), a, b, NOTHING);

    SocketChannel channel = received.channel();
    assertThat(received.client()).isEqualTo(client.getLocalAddress());
    assertThat(channel.getRemoteAddress()).isEqualTo(client.getLocalAddress());
    assertThat(channel.getLocalAddress()).isEqualTo(client.getRemoteAddress());
    assertThat(channel.socket().getRemoteSocketAddress()).isEqualTo(client.getLocalAddress());
    assertThat(channel.isConnected()).isTrue();
    assertTalk(client, channel);
    channel.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      channel.register(selector, SelectionKey.OP_READ);
      assertThat(selector.selectNow()).isZero();
      send(client, new byte[] {7});
      assertThat(selector.select(5_000)).isOne();
      assertThat(read(channel, 1)).containsExactly(7);
      client.shutdownOutput();
      selector.selectedKeys().clear();
      assertThat(selector.select(5_000)).isOne();
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @Test
  void whatASlowClientHasNotGotMovesAlong() throws Exception {
    start("127.0.0.1");
    SocketChannel client = connect();
    SocketChannel channel = server.accept();
    channel.configureBlocking(false);
    Random bytes = new Random(1);
    byte[] piece = new byte[64 << 10];
    long sent = 0;
    int n;
    do {
      bytes.nextBytes(piece);
      n = channel.write(ByteBuffer.wrap(piece));
      sent += n;
    } while (n == piece.length);
    channel.configureBlocking(true);

    Received received = hop(channel, a, b, NOTHING);
    CompletableFuture<Void> end =
        CompletableFuture.runAsync(
            () -> {
              try {
                send(received.channel(), "the end".getBytes(US_ASCII));
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            });

    Random expected = new Random(1);
    for (long left = sent; left > 0; left -= piece.length) {
      expected.nextBytes(piece);
      byte[] wanted = Arrays.copyOf(piece, (int) Math.min(left, piece.length));
      assertThat(Arrays.equals(read(client, wanted.length), wanted)).isTrue();
    }
    assertThat(read(client, 7)).asString(US_ASCII).isEqualTo("the end");
    end.get(5, TimeUnit.SECONDS);
  }

  @Test
  void whatCannotBeHandedOffStaysAndSaysWhy() throws Exception {
    start("127.0.0.1");
    SocketChannel client = connect();
    SocketChannel channel = server.accept();
    assertStays(channel, "nobody", "no node 'nobody'");
    assertStays(channel, "b", "receives no connections");
    assertTalk(client, channel);
    assertThat(b.receive(Duration.ofMillis(1))).isEmpty();
    client.shutdownOutput();
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertStays(channel, "b", "CLOSE_WAIT");
    send(channel, "bye".getBytes(US_ASCII));
    assertThat(read(client, 3)).asString(US_ASCII).isEqualTo("bye");
    channel.close();
    assertThatExceptionOfType(NotHandedOffException.class)
        .isThrownBy(() -> a.handoff(channel, "b", NOTHING));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> a.handoff(channel, "b", new byte[AnycastNode.MAX_STATE + 1]));
  }

  private void assertStays(SocketChannel channel, String acceptor, String reason) {
    assertThatExceptionOfType(NotHandedOffException.class)
        .isThrownBy(() -> a.handoff(channel, acceptor, NOTHING))
        .withMessageContaining(reason);
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aConnectionThatAnotherListenerAcceptedStays() throws Exception {
    start("127.0.0.1");
    assertThat(b.receive(Duration.ofMillis(1))).isEmpty();
    ServerSocketChannel stranger =
        keep(
            ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    SocketChannel client = keep(SocketChannel.open(stranger.getLocalAddress()));
    SocketChannel channel = keep(stranger.accept());
    assertStays(channel, "b", "no listener on port");
    assertTalk(client, channel);
  }

  /** An application that fails when the connection has already left the donor. */
  private static final class Broken implements ApplicationHost {
    private final Listener listener;

    Broken(Listener listener) {
      this.listener = listener;
    }

    @Override
    public Place place(Flow flow, String donor) {
      return new Place() {
        @Override
        public TcpConnection become(TcpImage image) throws IOException {
          throw new IOException("no room after all");
        }

        @Override
        public void goOn(byte[] state) {
          throw new IllegalStateException("nothing has become");
        }

        @Override
        public void close() {
          // nothing was made
        }
      };
    }

    @Override
    public int connectionCount() {
      return 0;
    }

    @Override
    public Set<InetSocketAddress> clients() {
      return Set.of();
    }

    @Override
    public List<Listener> listeners() {
      return List.of(listener);
    }

    @Override
    public Listener listener(InetSocketAddress server) {
      return listener;
    }
  }

  @Test
  void anAcceptorThatFailsAfterInitGivesTheConnectionBack() throws Exception {
    start("127.0.0.1");
    Broken broken = new Broken(OwnSockets.listener(server, Listener.tagOfThisProcess()));
    keep(Node.start(config("broken"), broken, new Log(System.out, "broken")));
    SocketChannel client = connect();
    SocketChannel channel = keep(server.accept());
    for (int i = 0; i < 20; i++) {
      send(client, "unread".getBytes(US_ASCII));
      send(channel, "underway".getBytes(US_ASCII));
      assertStays(channel, "broken", "no room after all");
      assertThat(read(channel, 6)).asString(US_ASCII).isEqualTo("unread");
      assertThat(read(client, 8)).asString(US_ASCII).isEqualTo("underway");
    }
    assertTalk(client, hop(channel, a, b, NOTHING).channel());
  }

  @Test
  void closingLosesNothingThoughTheClientHasSentWhatNobodyReads() throws Exception {
    start("127.0.0.1");
    SocketChannel client = connect();
    Received received = hop(server.accept(), a, b, NOTHING);
    byte[] last = new byte[300_000];
    new Random(2).nextBytes(last);
    send(client, new byte[1_000]);
    send(received.channel(), last);

    b.close(received.channel());

    assertThat(received.channel().isOpen()).isFalse();
    assertThat(read(client, last.length)).isEqualTo(last);
    assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    b.close(received.channel()); // does nothing
  }

  @Test
  void whoGivesUpReceivingLosesNoConnection() throws Exception {
    start("127.0.0.1");
    assertThat(b.receiveAsync().toCompletableFuture().cancel(false)).isTrue();
    assertThat(b.receive(Duration.ofMillis(1))).isEmpty();
    SocketChannel client = connect();
    a.handoff(server.accept(), "b", new byte[] {5});
    Received received = b.receive();
    assertThat(received.state()).containsExactly(5);
    assertTalk(client, keep(received.channel()));
  }

  @Test
  void anInterruptDoesNotTearAHandoffApart() throws Exception {
    start("127.0.0.1");
    CompletableFuture<Received> next = b.receiveAsync().toCompletableFuture();
    SocketChannel client = connect();
    SocketChannel channel = server.accept();
    Thread.currentThread().interrupt();
    a.handoff(channel, "b", NOTHING);
    assertThat(Thread.interrupted()).isTrue();
    assertTalk(client, keep(next.get(5, TimeUnit.SECONDS).channel()));
  }

  @Test
  void manyConnectionsMoveAtOnce() throws Exception {
    start("127.0.0.1");
    assertThat(b.receive(Duration.ofMillis(1))).isEmpty();
    int count = 60;
    List<SocketChannel> clients = new ArrayList<>();
    List<CompletableFuture<HandedOff>> moves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clients.add(connect());
      SocketChannel channel = server.accept();
      moves.add(a.handoffAsync(channel, "b", new byte[] {(byte) i}).toCompletableFuture());
    }
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < count; i++) {
      Received received = b.receive(Duration.ofSeconds(10)).orElseThrow();
      int number = received.state()[0];
      assertThat(seen.add(number)).isTrue();
      assertTalk(clients.get(number), keep(received.channel()));
    }
    for (CompletableFuture<HandedOff> move : moves) {
      assertThat(move.get(5, TimeUnit.SECONDS).acceptor()).isEqualTo("b");
    }
  }

  @Test
  void aNodeThatIsAboutToLeaveGetsNothingMore() throws Exception {
    start("127.0.0.1");
    assertThat(b.receive(Duration.ofMillis(1))).isEmpty();
    assertThat(a.others()).containsExactly("b");
    SocketChannel client = connect();
    SocketChannel channel = keep(server.accept());
    b.stopReceiving();
    assertThat(a.others()).isEmpty();
    assertStays(channel, "b", "draining");
    assertTalk(client, channel);
  }

  @Test
  void aNodeThatClosesWakesWhoReceives() throws Exception {
    start("127.0.0.1");
    assertThat(a.others()).containsExactly("b");
    CompletableFuture<Received> waiting = b.receiveAsync().toCompletableFuture();
    b.close();
    assertThat(waiting)
        .failsWithin(Duration.ofSeconds(5))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(ClosedChannelException.class);
    assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(b::receive);
    assertThat(a.others()).isEmpty();
  }
}
