package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ListenerTest {

  private final List<AutoCloseable> open = new ArrayList<>();
  private int port;

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  /** A listening channel and our handle on it. */
  private record Member(ServerSocketChannel channel, Listener listener) {

    boolean gets(SocketChannel client) throws IOException {
      channel.configureBlocking(false);
      try (SocketChannel accepted = channel.accept()) {
        return accepted != null && accepted.getRemoteAddress().equals(client.getLocalAddress());
      }
    }
  }

  private Member member(TcpImage.Family family, int tag) throws IOException {
    ServerSocketChannel channel = shared(family);
    return new Member(channel, Listener.of(Descriptors.of(channel), tag));
  }

  private ServerSocketChannel shared(TcpImage.Family family) throws IOException {
    ServerSocketChannel channel =
        family == TcpImage.Family.IPV4
            ? ServerSocketChannel.open(StandardProtocolFamily.INET)
            : ServerSocketChannel.open();
    open.add(channel);
    assertThat(Listener.isServerSocket(Descriptors.of(channel))).isTrue();
    Listener.share(Descriptors.of(channel));
    channel.bind(new InetSocketAddress(port), 512);
    port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
    return channel;
  }

  private SocketChannel client(TcpImage.Family family) throws IOException {
    SocketChannel client =
        SocketChannel.open(new InetSocketAddress(Loopback.address(family), port));
    open.add(client);
    return client;
  }

  private void allNewConnectionsGoTo(TcpImage.Family family, Member chosen) throws IOException {
    for (int i = 0; i < 40; i++) {
      assertThat(chosen.gets(client(family))).as("connection %d", i).isTrue();
    }
  }

  private void knockReaches(TcpImage.Family family, Member member) throws IOException {
    InetSocketAddress server = new InetSocketAddress(Loopback.address(family), port);
    InetSocketAddress someone = new InetSocketAddress(Loopback.address(family), 4711);
    member.channel.configureBlocking(false);
    try (Knock knock = Knock.open(member.listener, server, someone);
        ClientSocket client = knock.connect(2000);
        SocketChannel accepted = member.channel.accept()) {
      assertThat(accepted).isNotNull();
      assertThat(accepted.getRemoteAddress()).isEqualTo(knock.localAddress());
      client.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 1000);
      assertThat(Loopback.read(accepted, 3)).containsExactly(1, 2, 3);
      Loopback.write(accepted, new byte[] {4, 5});
      ByteBuffer answer = ByteBuffer.allocateDirect(10);
      assertThat(client.read(answer, 1000)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(TcpImage.Family.class)
  void newConnectionsGoToTheChosenListenerAndKnocksToTheOneTheyAreFor(TcpImage.Family family)
      throws IOException {
    Member a = member(family, 1);
    Member b = member(family, 2);
    Member c = member(family, 3);
    for (Member chosen : List.of(b, a, c, b)) {
      chosen.listener.directNewConnections();
      allNewConnectionsGoTo(family, chosen);
      for (int i = 0; i < 5; i++) {
        knockReaches(family, a);
        knockReaches(family, b);
        knockReaches(family, c);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TcpImage.Family.class)
  void knocksReachTheirListenersBeforeAnybodyAsksForTheNewConnections(TcpImage.Family family)
      throws IOException {
    Member a = member(family, 1);
    Member b = member(family, 2);
    for (int i = 0; i < 8; i++) { // by hash, every second would go astray
      knockReaches(family, a);
      knockReaches(family, b);
    }
  }

  @ParameterizedTest
  @EnumSource(TcpImage.Family.class)
  void knocksReachTheirListenersThoughTheseWereThereBefore(TcpImage.Family family)
      throws IOException {
    ServerSocketChannel one = shared(family);
    ServerSocketChannel other = shared(family);
    Member a = new Member(one, Listener.of(Descriptors.of(one), 1));
    Member b = new Member(other, Listener.of(Descriptors.of(other), 2));
    for (int i = 0; i < 8; i++) {
      knockReaches(family, a);
      knockReaches(family, b);
    }
  }

  @ParameterizedTest
  @EnumSource(TcpImage.Family.class)
  void listenerIsFoundAgainWhenAnotherClosesAndNumbersShift(TcpImage.Family family)
      throws IOException {
    Member a = member(family, 1);
    Member b = member(family, 2);
    Member c = member(family, 3);
    c.listener.directNewConnections();
    knockReaches(family, c);
    a.channel.close();
    assertThat(a.listener.isListening()).isFalse();
    knockReaches(family, c);
    knockReaches(family, b);
    c.listener.directNewConnections();
    allNewConnectionsGoTo(family, c);
    b.channel.close();
    allNewConnectionsGoTo(family, c);
    knockReaches(family, c);
  }

  @Test
  void newConnectionsAreDirectedAgainOnlyWhenAListenerHasComeOrGone() throws IOException {
    Member a = member(TcpImage.Family.IPV4_MAPPED, 1);
    Member b = member(TcpImage.Family.IPV4_MAPPED, 2);
    Member c = member(TcpImage.Family.IPV4_MAPPED, 3);
    a.listener.directNewConnectionsAgain(); // never asked for them
    c.listener.directNewConnections();
    a.channel.close();
    c.listener.directNewConnectionsAgain();
    allNewConnectionsGoTo(TcpImage.Family.IPV4_MAPPED, c);
    b.listener.directNewConnections();
    c.listener.directNewConnectionsAgain(); // nobody has come or gone
    allNewConnectionsGoTo(TcpImage.Family.IPV4_MAPPED, b);
  }

  @Test
  void noServerSeesTheSearchForANumber() throws IOException {
    Member a = member(TcpImage.Family.IPV4_MAPPED, 1);
    Member b = member(TcpImage.Family.IPV4_MAPPED, 2);
    b.listener.directNewConnections();
    a.listener.directNewConnections();
    a.channel.configureBlocking(false);
    b.channel.configureBlocking(false);
    assertThat(a.channel.accept()).isNull();
    assertThat(b.channel.accept()).isNull();
    assertThat(a.listener.acceptQueueLength()).isZero();
  }

  @Test
  void acceptQueueIsCounted() throws IOException {
    Member a = member(TcpImage.Family.IPV6, 1);
    client(TcpImage.Family.IPV6);
    client(TcpImage.Family.IPV4);
    assertThat(a.listener.acceptQueueLength()).isEqualTo(2);
  }

  @Test
  void aListenerThatWasClosedIsNotTakenForTheSocketThatGotItsNumber() throws IOException {
    Member a = member(TcpImage.Family.IPV4, 1);
    a.channel.close();
    Member b = member(TcpImage.Family.IPV4, 1); // mostly gets the same number
    assertThat(a.listener.isListening()).isFalse();
    assertThatThrownBy(a.listener::acceptQueueLength).isInstanceOf(LinuxException.class);
    assertThat(b.listener.isListening()).isTrue();
  }
}
