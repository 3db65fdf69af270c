package dev.baton.handoff.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.handoff.Log;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.TlsTransport;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTransportTest {
  private static final Duration MONTH = Duration.ofDays(30);
  private static final int PATIENCE = 5_000;

  @TempDir private Path folder;
  private GroupAuthority shop;
  private final List<TlsTransport> transports = new ArrayList<>();
  private final List<Admission> admissions = new ArrayList<>();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final Door door = new Door();

  /** Collects those who come, and those who are turned away. */
  private static final class Door implements TlsTransport.Reception {
    final BlockingQueue<FrameChannel> welcomed = new LinkedBlockingQueue<>();
    final BlockingQueue<String> turnedAway = new LinkedBlockingQueue<>();

    @Override
    public void welcome(FrameChannel channel) {
      welcomed.add(channel);
    }

    @Override
    public void turnedAway(String who, String reason) {
      turnedAway.add(reason);
    }

    FrameChannel next() throws InterruptedException {
      FrameChannel channel = welcomed.poll(PATIENCE, TimeUnit.MILLISECONDS);
      assertThat(channel).as("nobody came; turned away: %s", turnedAway).isNotNull();
      return channel;
    }
  }

  @BeforeEach
  void found() throws IOException {
    shop = GroupAuthority.in(folder.resolve("shop"), "shop");
  }

  @AfterEach
  void close() {
    transports.forEach(TlsTransport::close);
    admissions.forEach(Admission::close);
  }

  private TlsTransport transport(Path keys, String node, String group) throws IOException {
    Log log = new Log(new PrintStream(said, true, UTF_8), node);
    Admission admission =
        Admission.open(
            new KeyFolder(keys, node, group), Optional.empty(), Duration.ofMinutes(1), log);
    admissions.add(admission);
    TlsTransport transport = new TlsTransport(admission);
    transports.add(transport);
    return transport;
  }

  private TlsTransport node(String name) throws IOException {
    return transport(shop.issue(name, MONTH), name, "shop");
  }

  private InetSocketAddress listen(TlsTransport transport) throws IOException {
    transport.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), door);
    return transport.local();
  }

  /** A caller learns that it is not believed from the first answer (RFC 8446, section 4.4.2.4). */
  private void assertGetsNothing(TlsTransport stranger, InetSocketAddress address) {
    assertThatThrownBy(
            () -> {
              try (FrameChannel channel = stranger.connect(address, PATIENCE)) {
                channel.send(new Message.Connections(), PATIENCE);
                channel.receive(PATIENCE);
              }
            })
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SocketTimeoutException.class);
    await().until(() -> !door.turnedAway.isEmpty());
    assertThat(door.welcomed).isEmpty();
  }

  @Test
  void nodesOfAGroupTalkAndKnowEachOthersNames() throws Exception {
    InetSocketAddress address = listen(node("a"));
    try (FrameChannel toA = node("b").connect(address, PATIENCE);
        FrameChannel toB = door.next()) {
      assertThat(toA.certifiedPeer()).isEqualTo("a");
      assertThat(toB.certifiedPeer()).isEqualTo("b");
      byte[] large = new byte[3 << 20];
      large[large.length - 1] = 7;
      Endpoint end = new Endpoint(new byte[] {127, 0, 0, 1}, 80);
      for (int i = 0; i < 20; i++) {
        toA.send(new Message.Prepare("c" + i, end, end, large), PATIENCE);
        Message.Prepare got = toB.receive(Message.Prepare.class, PATIENCE);
        assertThat(got.connection()).isEqualTo("c" + i);
        assertThat(got.state()).isEqualTo(large);
        toB.send(new Message.Ready(i), PATIENCE);
        assertThat(toA.receive(Message.Ready.class, PATIENCE).inHand()).isEqualTo(i);
      }
    }
  }

  @Test
  void whatAPeerSaidBeforeItsEndIsKnownToBeAllOnlyIfTheEndWasIts() throws Exception {
    InetSocketAddress address = listen(node("a"));
    TlsTransport b = node("b");
    try (FrameChannel toA = b.connect(address, PATIENCE)) {
      FrameChannel toB = door.next();
      toB.send(new Message.Ready(1), PATIENCE);
      toB.send(new Message.Ready(2), PATIENCE);
      toB.close();
      assertThat(toA.receive(Message.Ready.class, PATIENCE).inHand()).isEqualTo(1);
      assertThat(toA.hasSaidAll()).as("there is more").isFalse();
      assertThat(toA.receive(Message.Ready.class, PATIENCE).inHand()).isEqualTo(2);
      assertThatThrownBy(() -> toA.receive(PATIENCE)).isInstanceOf(EOFException.class);
      assertThat(toA.hasSaidAll()).isTrue();
      assertThatThrownBy(() -> toB.send(new Message.Activating(), PATIENCE))
          .as("and there can be no more")
          .isInstanceOf(IOException.class);
    }
    FrameChannel toA = b.connect(address, PATIENCE);
    try (FrameChannel toB = door.next()) {
      toB.send(new Message.Ready(1), PATIENCE);
      toA.close(); // as when a right has ended
      assertThatThrownBy(
              () -> {
                while (true) {
                  toA.receive(PATIENCE);
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(toA.hasSaidAll()).isFalse();
    }
  }

  @Test
  void aNodeCallsFromTheAddressItListensAt() throws Exception {
    InetSocketAddress address = listen(node("a"));
    InetAddress other = InetAddress.getByName("127.0.0.7");
    TlsTransport b = node("b");
    b.listen(new InetSocketAddress(other, 0), new Door());
    try (FrameChannel toA = b.connect(address, PATIENCE);
        FrameChannel toB = door.next()) {
      assertThat(toB.peerAddress()).isEqualTo(other);
      assertThat(toA.peerAddress()).isEqualTo(address.getAddress());
    }
  }

  @Test
  void aPeerThatSendsFasterThanItIsHeardIsNotBuffered() throws Exception {
    InetSocketAddress address = listen(node("a"));
    Endpoint end = new Endpoint(new byte[] {127, 0, 0, 1}, 80);
    try (FrameChannel toA = node("b").connect(address, PATIENCE);
        FrameChannel toB = door.next()) {
      Message.Prepare large = new Message.Prepare("c", end, end, new byte[8 << 20]);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 40; i++) {
                  toA.send(large, 500);
                }
              })
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(toB.receive(PATIENCE)).isInstanceOf(Message.Prepare.class);
    }
  }

  @Test
  void theEndOfTheOtherSideIsSeenAtOnce() throws Exception {
    InetSocketAddress address = listen(node("a"));
    try (FrameChannel toA = node("b").connect(address, PATIENCE);
        FrameChannel toB = door.next()) {
      assertThat(toA.ended()).isFalse();
      toB.close();
      await().until(toA::ended);
      assertThatThrownBy(() -> toA.receive(PATIENCE)).isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> toA.receive(PATIENCE)).isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> toA.send(new Message.Ready(), PATIENCE))
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  void aNodeOfAnotherGroupThatTakesOurNameGetsNothing() throws Exception {
    InetSocketAddress address = listen(node("a"));
    GroupAuthority other = GroupAuthority.in(folder.resolve("false"), "shop");
    assertGetsNothing(transport(other.issue("b", MONTH), "b", "shop"), address);
  }

  @Test
  void whoeverDoesNotSpeakTlsGetsNothing() throws Exception {
    InetSocketAddress address = listen(node("a"));
    try (Socket stranger = new Socket(address.getAddress(), address.getPort())) {
      stranger.setSoTimeout(2 * PATIENCE);
      OutputStream out = stranger.getOutputStream();
      out.write("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      byte[] answer = stranger.getInputStream().readAllBytes();
      assertThat(answer).as("at most an alert").hasSizeLessThan(16);
    }
    await().until(() -> !door.turnedAway.isEmpty());
    assertThat(door.welcomed).isEmpty();
  }

  @Test
  void whoeverSaysNothingIsHungUpOn() throws Exception {
    InetSocketAddress address = listen(node("a"));
    try (Socket stranger = new Socket(address.getAddress(), address.getPort())) {
      stranger.setSoTimeout(2 * PATIENCE);
      assertThat(stranger.getInputStream().readAllBytes()).hasSizeLessThan(16);
    }
    await().until(() -> !door.turnedAway.isEmpty());
  }

  @Test
  void newKeysAreUsedWithoutARestart() throws Exception {
    TlsTransport a = node("a");
    InetSocketAddress address = listen(a);
    TlsTransport b = node("b");
    b.connect(address, PATIENCE).close();
    door.next().close();

    GroupAuthority next = GroupAuthority.in(folder.resolve("next"), "shop");
    Path both = folder.resolve("both");
    Files.writeString(
        both,
        Files.readString(shop.folder().resolve("ca.pem"))
            + Files.readString(next.folder().resolve("ca.pem")));
    for (String node : List.of("a", "b")) { // both are believed, then new keys are given out
      replace(both, folder.resolve("shop").resolve(node).resolve("ca.pem"));
    }
    Path issued = next.issue("b", MONTH);
    replace(issued.resolve("node.key"), folder.resolve("shop/b/node.key"));
    replace(issued.resolve("node.pem"), folder.resolve("shop/b/node.pem"));

    try (FrameChannel toA = b.connect(address, PATIENCE);
        FrameChannel toB = door.next()) {
      toA.send(new Message.Ready(1), PATIENCE);
      assertThat(toB.receive(Message.Ready.class, PATIENCE).inHand()).isEqualTo(1);
    }
  }

  private static void replace(Path with, Path file) throws IOException {
    IssuedKeys.replace(file, Files.readString(with));
  }

  @Test
  void nobodyThereIsSaidSo() throws Exception {
    TlsTransport b = node("b");
    InetSocketAddress nobody;
    try (java.net.ServerSocket free =
        new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = (InetSocketAddress) free.getLocalSocketAddress();
    }
    assertThatThrownBy(() -> b.connect(nobody, PATIENCE)).isInstanceOf(ConnectException.class);
  }

  @Test
  void theKeysOfAnotherNodeAreRefusedAtTheStart() throws Exception {
    Path keys = shop.issue("a", MONTH);
    assertThatThrownBy(() -> new KeyFolder(keys, "b", "shop"))
        .hasMessageContaining("keys of node 'a', and this is node 'b'");
    assertThatThrownBy(() -> new KeyFolder(folder.resolve("none"), "b", "shop"))
        .hasMessageContaining("baton keys init");
  }
}
