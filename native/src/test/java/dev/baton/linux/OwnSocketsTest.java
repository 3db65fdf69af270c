package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A channel's socket is found by nothing but what the channel and the kernel say of it. */
class OwnSocketsTest {

  private static InetSocketAddress any(String address) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(address), 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void bothEndsOfAConnectionAreFoundAndNotMistaken(String address) throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(any(address));
        SocketChannel client = SocketChannel.open(server.getLocalAddress());
        SocketChannel accepted = server.accept();
        TcpConnection near = OwnSockets.connection(client);
        TcpConnection far = OwnSockets.connection(accepted)) {
      assertThat(near.remote()).isEqualTo(server.getLocalAddress());
      assertThat(far.remote()).isEqualTo(client.getLocalAddress());
      client.write(ByteBuffer.wrap(new byte[3]));
      while (far.unread() < 3) {
        Thread.onSpinWait();
      }
      assertThat(near.unread()).isZero();
    }
  }

  @Test
  void aChannelWithoutAConnectionHasNone() throws Exception {
    SocketChannel channel = SocketChannel.open();
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> OwnSockets.connection(channel));
    channel.close();
    assertThatExceptionOfType(ClosedChannelException.class)
        .isThrownBy(() -> OwnSockets.connection(channel));
  }

  @Test
  void aListenerIsFoundAmongItsConnectionsIfItIsTheOnlyOne() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(any("127.0.0.1"));
      try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
          SocketChannel accepted = server.accept();
          Listener listener = OwnSockets.listener(server, 1);
          ServerSocketChannel second = ServerSocketChannel.open()) {
        assertThat(listener.isListening()).isTrue();
        assertThat(listener.local()).isEqualTo(server.getLocalAddress());
        second.setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(server.getLocalAddress());
        assertThatExceptionOfType(IOException.class)
            .isThrownBy(() -> OwnSockets.listener(server, 1))
            .withMessageContaining("listens twice");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aNewChannelBecomesAConnectionAndKnowsItsAddresses(String address) throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(any(address));
        SocketChannel client = SocketChannel.open(server.getLocalAddress());
        SocketChannel before = server.accept();
        SocketChannel bystander = SocketChannel.open();
        SocketChannel after = SocketChannel.open()) {
      bystander.setOption(StandardSocketOptions.SO_LINGER, 3);
      client.write(ByteBuffer.wrap(new byte[] {1, 2}));
      before.write(ByteBuffer.wrap(new byte[] {3, 4}));
      try (TcpConnection old = OwnSockets.connection(before);
          TcpConnection place = OwnSockets.vacant(after)) {
        assertThat(after.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
        old.freeze();
        TcpImage image = old.extract();
        old.release();
        place.become(image, after::connect);
        place.activate();
      }
      assertThat(after.isConnected()).isTrue();
      assertThat(after.getRemoteAddress()).isEqualTo(client.getLocalAddress());
      assertThat(after.getLocalAddress()).isEqualTo(server.getLocalAddress());
      assertThat(bystander.isConnected()).isFalse();
      ByteBuffer bytes = ByteBuffer.allocate(2);
      assertThat(after.read(bytes)).isEqualTo(2);
      assertThat(bytes.array()).containsExactly(1, 2);
      assertThat(client.read(bytes.clear())).isEqualTo(2);
      assertThat(bytes.array()).containsExactly(3, 4);
    }
  }

  @Test
  void aNewChannelIsFoundAlsoIfItsNumberIsNotBelowTheNext() throws Exception {
    try (SocketChannel lower = SocketChannel.open();
        SocketChannel channel = SocketChannel.open();
        SocketChannel higher = SocketChannel.open()) {
      lower.close(); // the next one gets this number, or a lower one
      assertThat(higher.isOpen()).isTrue();
      try (TcpConnection place = OwnSockets.vacant(channel)) {
        assertThat(place.local().getPort()).isZero();
      }
    }
  }

  @Test
  void oneOfManyConnectionsIsFoundAfterOthersHaveComeAndGone() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(any("127.0.0.1"))) {
      Deque<SocketChannel> opened = new ArrayDeque<>();
      try {
        for (int i = 0; i < 200; i++) {
          opened.add(SocketChannel.open(server.getLocalAddress()));
          opened.add(server.accept());
          if (i % 3 == 2) {
            opened.remove().close();
            opened.remove().close();
          }
          for (SocketChannel either : List.of(opened.getFirst(), opened.getLast())) {
            try (TcpConnection found = OwnSockets.connection(either)) {
              assertThat(found.local()).isEqualTo(either.getLocalAddress());
              assertThat(found.remote()).isEqualTo(either.getRemoteAddress());
            }
          }
        }
      } finally {
        for (SocketChannel channel : opened) {
          channel.close();
        }
      }
    }
  }

  @Test
  void aPlaceThatIsNotTakenIsAnOrdinaryChannelStill() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(any("127.0.0.1"));
        SocketChannel channel = SocketChannel.open()) {
      OwnSockets.vacant(channel).close();
      channel.connect(server.getLocalAddress());
      assertThat(channel.isConnected()).isTrue();
    }
  }
}
