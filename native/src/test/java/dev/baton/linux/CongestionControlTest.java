package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CongestionControlTest {

  private static final Path AVAILABLE =
      Path.of("/proc/sys/net/ipv4/tcp_available_congestion_control");

  private interface Check {
    void on(TcpConnection connection, int fd) throws IOException;
  }

  private static void withConnection(
      InetAddress from, InetAddress to, String algorithm, Check check) throws IOException {
    try (ServerSocketChannel listener = ServerSocketChannel.open();
        SocketChannel client = SocketChannel.open()) {
      listener.bind(new InetSocketAddress(to, 0));
      client.bind(new InetSocketAddress(from, 0));
      client.connect(listener.getLocalAddress());
      try (SocketChannel server = listener.accept();
          TcpConnection connection = TcpConnection.of(Descriptors.of(server))) {
        int fd = Descriptors.of(server);
        Scratch scratch = Scratch.get();
        scratch.memory().put(0, algorithm.getBytes(StandardCharsets.US_ASCII));
        RawSocket.set(fd, Option.TCP_CONGESTION, scratch.address(), algorithm.length());
        connection.freeze();
        TcpImage image = connection.extract();
        connection.release();
        connection.become(image);
        connection.activate();
        check.on(connection, fd);
      }
    }
  }

  private static String algorithm(int fd, InetAddress address) throws LinuxException {
    boolean four = address.getAddress().length == 4;
    return SocketOptions.read(fd, four ? SystemCalls.AF_INET : SystemCalls.AF_INET6)
        .congestionControl();
  }

  @Test
  void aClientElsewhereIsNotServedByAnAlgorithmThatRemembersARehearsalsRoundTrips()
      throws Exception {
    assumeThat(Files.readString(AVAILABLE)).contains("bbr");
    PrivateNetwork.run(
        () -> {
          InetAddress client = PrivateNetwork.address("2001:db8::1");
          InetAddress server = PrivateNetwork.address("2001:db8::2");
          withConnection(
              client,
              server,
              "bbr",
              (connection, fd) -> assertThat(algorithm(fd, server)).isIn("cubic", "reno"));
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reno", "bbr"})
  void aClientOnThisHostKeepsItsAlgorithm(String algorithm) throws Exception {
    assumeThat(Files.readString(AVAILABLE)).contains(algorithm);
    InetAddress here = InetAddress.getLoopbackAddress();
    withConnection(
        here,
        here,
        algorithm,
        (connection, fd) -> assertThat(algorithm(fd, here)).isEqualTo(algorithm));
  }
}
