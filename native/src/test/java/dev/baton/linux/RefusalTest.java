package dev.baton.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import org.junit.jupiter.api.Test;

/** What cannot be moved is refused with a reason, and is as it was after the thaw. */
class RefusalTest {

  @FunctionalInterface
  private interface Preparation {
    void run(Loopback pair) throws IOException;
  }

  private static void refuses(TcpState state, String reason, Preparation preparation)
      throws IOException {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        TcpConnection connection = pair.connection()) {
      preparation.run(pair);
      await().until(() -> connection.info().state() == state);
      connection.freeze();
      assertThatThrownBy(connection::extract)
          .isInstanceOf(NotMovableException.class)
          .hasMessageContaining(state.name())
          .hasMessageContaining(reason);
      connection.thaw();
      assertThat(connection.info().state()).isEqualTo(state);
    }
  }

  @Test
  void connectionsThatAreBeingClosedAreRefused() throws Exception {
    refuses(
        TcpState.CLOSE_WAIT, "client has closed its side", pair -> pair.client().shutdownOutput());
    refuses(
        TcpState.FIN_WAIT2, "server has closed its side", pair -> pair.server().shutdownOutput());
    refuses(
        TcpState.FIN_WAIT1,
        "server has closed its side",
        pair -> {
          Repair.deafen(Descriptors.of(pair.client()));
          pair.server().shutdownOutput();
        });
    refuses(
        TcpState.LAST_ACK,
        "both sides have closed",
        pair -> {
          pair.client().shutdownOutput();
          Repair.deafen(Descriptors.of(pair.client()));
          pair.server().shutdownOutput();
        });
    refuses(
        TcpState.CLOSE,
        "it is closed",
        pair -> {
          pair.client().setOption(StandardSocketOptions.SO_LINGER, 0);
          pair.client().close();
        });
  }

  @Test
  void closeWaitConnectionServesItsClientToTheEndAfterARefusal() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4_MAPPED);
        TcpConnection connection = pair.connection()) {
      pair.client().shutdownOutput();
      await().until(() -> connection.info().state() == TcpState.CLOSE_WAIT);
      connection.freeze();
      assertThatThrownBy(connection::extract).isInstanceOf(NotMovableException.class);
      connection.thaw();
      Loopback.write(pair.server(), "the answer".getBytes(US_ASCII));
      pair.server().shutdownOutput();
      assertThat(Loopback.read(pair.client(), 100)).asString().isEqualTo("the answer");
    }
  }

  @Test
  void multipathConnectionIsRefused() throws Exception {
    int mptcp = 262;
    int listener = SystemCalls.socket(SystemCalls.AF_INET, SystemCalls.SOCK_STREAM, mptcp);
    int client = SystemCalls.socket(SystemCalls.AF_INET, SystemCalls.SOCK_STREAM, mptcp);
    try {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      RawSocket.bind(listener, SystemCalls.AF_INET, any);
      PrivateNetwork.listen(listener);
      RawSocket.connect(client, SystemCalls.AF_INET, RawSocket.local(listener));
      assertThatThrownBy(() -> TcpConnection.of(client))
          .isInstanceOf(NotMovableException.class)
          .hasMessageContaining("MPTCP");
    } finally {
      RawSocket.close(client);
      RawSocket.close(listener);
    }
  }

  /** A number that was a connection's may be anything a moment later. */
  @Test
  void aUnixSocketIsRefusedByName() throws Exception {
    try (ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThatThrownBy(() -> TcpConnection.of(Descriptors.of(unix)))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("ENOTSOCK");
    }
  }

  @Test
  void whatIsNoConnectionIsRefusedByName() throws Exception {
    assertThatThrownBy(() -> TcpConnection.of(100_000))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("EBADF (9)");
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4)) {
      assertThatThrownBy(() -> TcpConnection.of(Descriptors.of(pair.listener())))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("getpeername")
          .hasMessageContaining("ENOTCONN (107), not connected");
      assertThatThrownBy(() -> Listener.of(Descriptors.of(pair.server()), 1))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("not a listening TCP socket");
    }
  }

  @Test
  void incompleteImageIsRefused() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4);
        TcpConnection donor = pair.connection()) {
      Repair.deafen(Descriptors.of(pair.client()));
      Loopback.write(pair.server(), new byte[3]);
      donor.freeze();
      TcpImage image = donor.extract().withQueues(new byte[0], new byte[0]);
      donor.release();
      assertThatThrownBy(() -> TcpConnection.recreate(image))
          .isInstanceOf(NotMovableException.class)
          .hasMessageContaining("lacks its 3 unacknowledged bytes");
    }
  }

  @Test
  void nothingIsMissingHere() throws Exception {
    assertThat(Capabilities.missing()).isNull();
    assertThat(NetworkNamespace.current())
        .isEqualTo(NetworkNamespace.of(ProcessHandle.current().pid()));
    NetworkNamespace other = PrivateNetwork.run(NetworkNamespace::current);
    assertThat(other).isNotEqualTo(NetworkNamespace.current());
  }
}
