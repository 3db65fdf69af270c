package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ListenerCountTest {

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private int listen(StandardProtocolFamily family, int port) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(family);
    open.add(channel);
    Listener.share(Descriptors.of(channel));
    channel.bind(new InetSocketAddress(Loopback.address(TcpImage.Family.IPV4), port));
    return ((InetSocketAddress) channel.getLocalAddress()).getPort();
  }

  private static void bothWaysCount(int port, int expected) throws IOException {
    assertThat(ListenerCount.of(port)).isEqualTo(expected);
    assertThat(ListenerCount.read(port)).as("/proc").isEqualTo(expected);
    assertThat(ListenerCount.ask(port)).as("sock_diag").isIn(expected, -1);
  }

  @Test
  void countsListenersOfBothFamiliesAndOfNoOtherPort() throws IOException {
    int port = listen(StandardProtocolFamily.INET, 0);
    bothWaysCount(port, 1);
    int other = listen(StandardProtocolFamily.INET, 0);
    bothWaysCount(port, 1);
    listen(StandardProtocolFamily.INET, port);
    listen(StandardProtocolFamily.INET6, port);
    bothWaysCount(port, 3);
    bothWaysCount(other, 1);
  }

  @Test
  void connectionsOfThePortDoNotCount() throws IOException {
    int port = listen(StandardProtocolFamily.INET, 0);
    for (int i = 0; i < 3; i++) {
      open.add(
          SocketChannel.open(new InetSocketAddress(Loopback.address(TcpImage.Family.IPV4), port)));
    }
    bothWaysCount(port, 1);
  }

  @Test
  void manyListenersTakeSeveralAnswers() throws IOException {
    int port = listen(StandardProtocolFamily.INET, 0);
    for (int i = 1; i < 600; i++) {
      listen(StandardProtocolFamily.INET, port);
    }
    bothWaysCount(port, 600);
  }

  @Test
  void aPortNobodyListensOnHasNone() throws Exception {
    int port = listen(StandardProtocolFamily.INET, 0);
    for (AutoCloseable each : open) {
      each.close();
    }
    bothWaysCount(port, 0);
  }
}
