package dev.baton.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TcpConnectionTest {

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  private static TcpImage takeOut(TcpConnection donor) throws IOException {
    donor.freeze();
    TcpImage image = donor.extract();
    donor.release();
    return image;
  }

  private static void give(Loopback rehearsal, TcpImage image) throws IOException {
    try (TcpConnection acceptor = rehearsal.connection()) {
      acceptor.freeze();
      acceptor.become(image);
      acceptor.activate();
    }
  }

  @ParameterizedTest
  @EnumSource(TcpImage.Family.class)
  void clientGoesOnWhenItsConnectionBecomesAnotherSocketsInPlace(TcpImage.Family family)
      throws Exception {
    try (Loopback pair = Loopback.connect(family);
        Loopback rehearsal = Loopback.connect(pair.listener(), family)) {
      Loopback.write(pair.server(), bytes("before "));
      try (TcpConnection donor = pair.connection()) {
        give(rehearsal, takeOut(donor));
      }
      Loopback.write(rehearsal.server(), bytes("after"));
      assertThat(Loopback.read(pair.client(), 12)).asString().isEqualTo("before after");
      Loopback.write(pair.client(), bytes("answer"));
      assertThat(Loopback.read(rehearsal.server(), 6)).asString().isEqualTo("answer");
    }
  }

  @Test
  void selectorRegistrationHoldsAcrossTheChange() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        Loopback rehearsal = Loopback.connect(pair.listener(), TcpImage.Family.IPV6);
        Selector selector = Selector.open();
        TcpConnection donor = pair.connection()) {
      rehearsal.server().configureBlocking(false);
      rehearsal.server().register(selector, SelectionKey.OP_READ);
      selector.selectNow();
      give(rehearsal, takeOut(donor));
      assertThat(selector.selectNow()).isZero();
      Loopback.write(pair.client(), bytes("next"));
      assertThat(selector.select(5000)).isEqualTo(1);
      ByteBuffer next = ByteBuffer.allocate(10);
      assertThat(rehearsal.server().read(next)).isEqualTo(4);
    }
  }

  @Test
  void aRebuiltConnectionThatIsAbortedIsResetAndNotSilent() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4);
        Loopback rehearsal = Loopback.connect(pair.listener(), TcpImage.Family.IPV4);
        TcpConnection donor = pair.connection();
        TcpConnection acceptor = rehearsal.connection()) {
      TcpImage image = takeOut(donor);
      acceptor.freeze();
      acceptor.become(image);
      acceptor.abort();
      assertThatThrownBy(() -> Loopback.read(pair.client(), 1)).hasMessageContaining("reset");
    }
  }

  @RepeatedTest(50)
  void selectorThatLooksAllTheTimeIsWokenForUnreadBytes() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        Loopback rehearsal = Loopback.connect(pair.listener(), TcpImage.Family.IPV6);
        Selector selector = Selector.open();
        TcpConnection donor = pair.connection()) {
      rehearsal.server().configureBlocking(false);
      rehearsal.server().register(selector, SelectionKey.OP_READ);
      Loopback.write(pair.client(), bytes("unread"));
      TcpImage image = takeOut(donor);
      AtomicBoolean live = new AtomicBoolean();
      FutureTask<Integer> server =
          new FutureTask<>(
              () -> {
                int ready = 0;
                while (!live.get() || ready == 0) {
                  ready = selector.select(live.get() ? 5000 : 0);
                  selector.selectedKeys().clear();
                }
                return ready;
              });
      new Thread(server, "server").start();
      give(rehearsal, image);
      live.set(true);
      assertThat(server.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    }
  }

  @Test
  void ipv4ImageFitsIpv4AndMappedSocketsAlike() throws Exception {
    TcpImage.Family four = TcpImage.Family.IPV4;
    TcpImage.Family mapped = TcpImage.Family.IPV4_MAPPED;
    for (TcpImage.Family from : new TcpImage.Family[] {four, mapped}) {
      for (TcpImage.Family to : new TcpImage.Family[] {four, mapped, TcpImage.Family.IPV6}) {
        try (Loopback pair = Loopback.connect(from);
            Loopback rehearsal = Loopback.connect(to);
            TcpConnection donor = pair.connection()) {
          give(rehearsal, takeOut(donor));
          Loopback.write(rehearsal.server(), bytes("here"));
          assertThat(Loopback.read(pair.client(), 4)).asString().isEqualTo("here");
          Loopback.write(pair.client(), bytes("there"));
          assertThat(Loopback.read(rehearsal.server(), 5)).asString().isEqualTo("there");
        }
      }
    }
  }

  @Test
  void ipv4SocketsRefuseAnIpv6ImageAndAreAsBefore() throws Exception {
    for (TcpImage.Family to :
        new TcpImage.Family[] {TcpImage.Family.IPV4, TcpImage.Family.IPV4_MAPPED}) {
      try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
          Loopback rehearsal = Loopback.connect(to);
          TcpConnection donor = pair.connection();
          TcpConnection acceptor = rehearsal.connection()) {
        TcpImage image = takeOut(donor);
        acceptor.freeze();
        assertThatThrownBy(() -> acceptor.become(image))
            .isInstanceOf(NotMovableException.class)
            .hasMessageContaining("cannot become an IPv6 one");
        acceptor.thaw();
        Loopback.write(rehearsal.server(), bytes("well"));
        assertThat(Loopback.read(rehearsal.client(), 4)).asString().isEqualTo("well");
      }
    }
  }

  @Test
  void donorTakesItsConnectionBackInPlaceWhenNobodyWantsIt() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4_MAPPED);
        TcpConnection donor = pair.connection()) {
      for (int i = 0; i < 5; i++) {
        TcpImage image = takeOut(donor);
        donor.become(image);
        donor.activate();
        Loopback.write(pair.server(), bytes("still"));
        assertThat(Loopback.read(pair.client(), 5)).asString().isEqualTo("still");
        Loopback.write(pair.client(), bytes("here"));
        assertThat(Loopback.read(pair.server(), 4)).asString().isEqualTo("here");
      }
    }
  }

  @Test
  void becomingAConnectionThatExistsFailsAndCanBeTriedAgain() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        Loopback rehearsal = Loopback.connect(pair.listener(), TcpImage.Family.IPV6);
        TcpConnection donor = pair.connection();
        TcpConnection acceptor = rehearsal.connection()) {
      donor.freeze();
      TcpImage image = donor.extract();
      acceptor.freeze();
      assertThatThrownBy(() -> acceptor.become(image)).isInstanceOf(LinuxException.class);
      donor.release();
      acceptor.become(image);
      acceptor.activate();
      Loopback.write(rehearsal.server(), bytes("now"));
      assertThat(Loopback.read(pair.client(), 3)).asString().isEqualTo("now");
    }
  }

  @Test
  void serverFindsAReleasedConnectionAtItsEnd() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        TcpConnection donor = pair.connection()) {
      takeOut(donor);
      assertThat(pair.server().read(ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThatThrownBy(() -> pair.server().write(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Broken pipe");
      pair.server().shutdownOutput();
      pair.server().close();
      donor.close();
      pair.client().configureBlocking(false);
      assertThat(pair.client().read(ByteBuffer.allocate(1)))
          .as("not a word to the client")
          .isZero();
    }
  }

  @Test
  void closedListenerCanBeBoundAgainNextToMovedAndReleasedConnections() throws Exception {
    ServerSocketChannel listener = Loopback.listen(TcpImage.Family.IPV6, 0);
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    try (Loopback pair = Loopback.connect(listener, TcpImage.Family.IPV6);
        Loopback rehearsal = Loopback.connect(listener, TcpImage.Family.IPV6);
        TcpConnection donor = pair.connection()) {
      give(rehearsal, takeOut(donor));
      try (TcpConnection again = rehearsal.connection()) {
        again.freeze();
        again.thaw();
      }
      listener.close();
      Loopback.listen(TcpImage.Family.IPV6, port).close();
      try (TcpConnection moved = rehearsal.connection()) {
        takeOut(moved);
      }
      Loopback.listen(TcpImage.Family.IPV6, port).close();
    }
  }

  @Test
  void frozenConnectionIsDeafAndMuteAndThawedLosesNothing() throws Exception {
    Stream down = new Stream(1);
    Stream up = new Stream(2);
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4);
        ClientSocket server = pair.serverEnd();
        ClientSocket client = pair.clientEnd();
        TcpConnection connection = pair.connection()) {
      for (int i = 0; i < 20; i++) {
        down.writeUntilFull(Descriptors.of(pair.server()));
        connection.freeze();
        int unsent = connection.unsent();
        up.write(client, 1000);
        assertThat(server.unread()).isZero();
        assertThat(Repair.window(Descriptors.of(pair.server())).sndWnd()).isZero();
        assertThat(connection.unsent()).isEqualTo(unsent);
        connection.thaw();
        down.readAll(client);
        up.readAll(server);
        assertThat(RawSocket.isSet(Descriptors.of(pair.server()), Option.SO_REUSEADDR)).isTrue();
      }
    }
  }

  @Test
  void sentPositionCountsEveryByteWritten() throws Exception {
    Stream down = new Stream(1);
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        Loopback rehearsal = Loopback.connect(pair.listener(), TcpImage.Family.IPV6);
        ClientSocket server = pair.serverEnd();
        ClientSocket client = pair.clientEnd();
        TcpConnection donor = pair.connection()) {
      assertThat(donor.sentPosition()).isZero();
      for (int i = 0; i < 200; i++) {
        down.write(server, 100 + 97 * i);
        assertThat(donor.sentPosition()).isEqualTo(down.written());
        if (i % 3 == 0) {
          down.readAll(client);
        }
      }
      down.writeUntilFull(Descriptors.of(pair.server()));
      donor.freeze();
      assertThat(donor.sentPosition()).isEqualTo(down.written());
      TcpImage image = donor.extract();
      down.assertBytes(donor.peekSendQueue(), down.written() - donor.queued(), down.written());
      donor.release();
      int preload = image.unacknowledged().length + image.unsent().length;
      try (TcpConnection acceptor = rehearsal.connection()) {
        acceptor.freeze();
        acceptor.become(image);
        acceptor.activate();
        assertThat(acceptor.sentPosition()).isEqualTo(preload);
        down.readAll(client);
        Loopback.write(rehearsal.server(), down.next(10_000));
        assertThat(acceptor.sentPosition()).isEqualTo(preload + 10_000);
        down.readAll(client);
        assertThat(acceptor.sentPosition()).isEqualTo(preload + 10_000);
      }
    }
  }

  @Test
  void clientReceivesEveryByteWhenItAcknowledgesInTheMiddleOfARestoredSegment() throws Exception {
    Stream down = new Stream(1);
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4);
        Listener listener = Listener.of(Descriptors.of(pair.listener()), 1);
        ClientSocket server = pair.serverEnd();
        ClientSocket client = pair.clientEnd();
        TcpConnection donor = pair.connection()) {
      listener.guard((InetSocketAddress) pair.client().getLocalAddress());
      Repair.deafen(Descriptors.of(pair.server()));
      down.write(server, 10_000); // received, but we shall not know
      Repair.deafen(Descriptors.of(pair.client()));
      down.write(server, 50_000); // lost
      await().until(() -> donor.unsent() == 0); // pacing
      TcpImage first = takeOut(donor);
      down.assertBytes(first.unacknowledged(), 0, 60_000);
      Repair.undeafen(Descriptors.of(pair.client()));
      TcpImage second;
      try (TcpConnection middle = TcpConnection.recreate(first)) {
        middle.activate(); // the probe's answer acknowledges 10 000
        await().until(() -> middle.queued() == 50_000);
        second = takeOut(middle);
      }
      down.assertBytes(second.unacknowledged(), 10_000, 60_000);
      try (TcpConnection last = TcpConnection.recreate(second)) {
        last.activate();
        down.readAll(client);
      }
    }
  }

  @Test
  void bytesPutBackAreReadByTheServerBeforeTheUnreadOnes() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        Loopback rehearsal = Loopback.connect(pair.listener(), TcpImage.Family.IPV6);
        TcpConnection donor = pair.connection()) {
      byte[] request = new Stream(5).bytes(0, 1 << 20);
      for (int at = 0; at < request.length; at += 1 << 16) { // the server has read all but the end
        Loopback.write(pair.client(), Arrays.copyOfRange(request, at, at + (1 << 16)));
        if (at < 15 << 16) {
          assertThat(Loopback.read(pair.server(), 1 << 16)).hasSize(1 << 16);
        }
      }
      TcpImage image = takeOut(donor);
      assertThat(image.unread()).hasSize(1 << 16);
      give(rehearsal, image.withUnreadBefore(Arrays.copyOf(request, 15 << 16)));
      Loopback.write(pair.client(), bytes("and more"));
      assertThat(Arrays.equals(Loopback.read(rehearsal.server(), 1 << 20), request)).isTrue();
      assertThat(Loopback.read(rehearsal.server(), 8)).asString().isEqualTo("and more");
    }
  }

  @Test
  void largeUnsentQueueLeavesNoBufferLocked() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        ClientSocket client = pair.clientEnd();
        TcpConnection donor = pair.connection()) {
      Stream down = new Stream(9);
      TcpImage image = takeOut(donor).withUnsentAfter(down.next(8 << 20));
      try (TcpConnection moved = TcpConnection.recreate(image)) {
        moved.activate();
        down.readAll(client);
        moved.freeze();
        SocketOptions options = moved.extract().options();
        assertThat(options.sendBuffer()).isLessThanOrEqualTo(image.options().sendBuffer());
        assertThat(options.withSendBufferOf(image.options())).isEqualTo(image.options());
        moved.thaw();
      }
    }
  }

  @Test
  void limitedSendBufferStopsTheServerAndIsNoPartOfTheImage() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        TcpConnection connection = pair.connection()) {
      int fd = Descriptors.of(pair.server());
      SocketOptions before = SocketOptions.read(fd, SystemCalls.AF_INET6);
      new Stream(1).writeUntilFull(fd);
      connection.limitSendBuffer(0);
      connection.limitReceiveBuffer(0);
      pair.server().configureBlocking(false);
      assertThat(pair.server().write(ByteBuffer.allocate(1))).isZero();
      connection.freeze();
      SocketOptions extracted = connection.extract().options();
      assertThat(extracted.sendBufferLocked()).isFalse();
      assertThat(extracted.sendBuffer()).isGreaterThanOrEqualTo(before.sendBuffer());
      assertThat(extracted.receiveBuffer()).isEqualTo(before.receiveBuffer());
      connection.thaw();
      connection.unlimitSendBuffer();
      connection.unlimitReceiveBuffer();
      SocketOptions after = SocketOptions.read(fd, SystemCalls.AF_INET6);
      assertThat(after).isEqualTo(extracted);
    }
  }

  @Test
  void handleMeansTheSameSocketAfterTheServerHasClosedItsOwnDescriptor() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6)) {
      InetSocketAddress remote = (InetSocketAddress) pair.client().getLocalAddress();
      try (TcpConnection connection = pair.connection()) {
        pair.server().close();
        try (Loopback stranger = Loopback.connect(pair.listener(), TcpImage.Family.IPV6)) {
          connection.freeze();
          TcpImage image = connection.extract();
          assertThat(image.remote()).isEqualTo(remote);
          Loopback.write(stranger.server(), bytes("mine"));
          assertThat(Loopback.read(stranger.client(), 4)).asString().isEqualTo("mine");
        }
      }
    }
  }

  @Test
  void closingTheHandleThawsWhatIsStillFrozen() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4)) {
      try (TcpConnection connection = pair.connection()) {
        connection.freeze();
      }
      Loopback.write(pair.client(), bytes("hello"));
      assertThat(Loopback.read(pair.server(), 5)).asString().isEqualTo("hello");
    }
  }

  @Test
  void oneWhoFinishesAConnectionWritesAndCloses() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        TcpConnection donor = pair.connection()) {
      try (TcpConnection moved = TcpConnection.recreate(takeOut(donor))) {
        moved.activate();
        assertThat(moved.write(ByteBuffer.wrap(bytes("the end")))).isEqualTo(7);
        moved.shutdownOutput();
      }
      assertThat(Loopback.read(pair.client(), 100)).asString().isEqualTo("the end");
    }
  }

  @Test
  void stepsOutOfOrderChangeNothing() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4);
        TcpConnection connection = pair.connection()) {
      assertThatIllegalStateException().isThrownBy(connection::extract);
      assertThatIllegalStateException().isThrownBy(connection::release);
      assertThatIllegalStateException().isThrownBy(connection::activate);
      connection.thaw();
      connection.freeze();
      assertThatIllegalStateException().isThrownBy(connection::freeze);
      assertThatIllegalStateException().isThrownBy(connection::activate);
      connection.thaw();
      Loopback.write(pair.client(), bytes("hello"));
      assertThat(Loopback.read(pair.server(), 5)).asString().isEqualTo("hello");
    }
  }

  @Test
  void clientThatSendsThroughTheHoleLosesNothingAndOthersConnect() throws Exception {
    for (TcpImage.Family family : TcpImage.Family.values()) {
      Stream up = new Stream(4);
      try (Loopback pair = Loopback.connect(family);
          Listener listener = Listener.of(Descriptors.of(pair.listener()), 1);
          TcpConnection donor = pair.connection();
          ClientSocket client = pair.clientEnd()) {
        InetSocketAddress peer = (InetSocketAddress) pair.client().getLocalAddress();
        for (int i = 1; i <= 400; i++) {
          int port = i % 10 == 0 ? peer.getPort() : 20_000 + 61 * i;
          listener.guard(new InetSocketAddress("10.0." + i % 7 + "." + i % 250, port));
        }
        listener.guard(peer);
        TcpImage image = takeOut(donor);
        long end = System.nanoTime() + 50_000_000;
        while (System.nanoTime() < end) {
          up.write(client, 100);
          another(pair, family);
        }
        try (TcpConnection moved = TcpConnection.recreate(image)) {
          moved.activate();
          listener.unguard(peer);
          try (ClientSocket server = new ClientSocket(moved.detach())) {
            up.readAll(server);
            up.flow(client, server, 100_000);
          }
        }
      }
    }
  }

  private static void another(Loopback pair, TcpImage.Family family) throws IOException {
    try (Loopback other = Loopback.connect(pair.listener(), family);
        SocketChannel accepted = other.server();
        SocketChannel client = other.client()) {
      assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
      Loopback.write(client, bytes("hi"));
      assertThat(Loopback.read(accepted, 2)).asString().isEqualTo("hi");
    }
  }
}
