package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernel remembers how a client marked its packets. */
final class PacketMarksTest {
  private static final int EXPEDITED = 0xb8;

  private static PacketMarks marks(TcpImage.Family family, int trafficClass) throws IOException {
    boolean ipv6 = family == TcpImage.Family.IPV6;
    try (ServerSocketChannel listener = Loopback.listen(family, 0);
        SocketChannel client =
            SocketChannel.open(ipv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET)) {
      client.setOption(StandardSocketOptions.IP_TOS, trafficClass);
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      client.connect(new InetSocketAddress(Loopback.address(family), port));
      try (SocketChannel server = listener.accept();
          TcpConnection tcp = TcpConnection.of(Descriptors.of(server))) {
        PacketMarks first = tcp.receivedMarks();
        assertThat(tcp.receivedMarks()).as("asking changes nothing").isEqualTo(first);
        return first;
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TcpImage.Family.class)
  void theTrafficClassOfAClientIsKnown(TcpImage.Family family) throws IOException {
    assertThat(marks(family, EXPEDITED).trafficClass()).isEqualTo(EXPEDITED);
    assertThat(marks(family, 0).trafficClass()).isZero();
  }

  /** The kernel labels IPv6 flows by itself (net.ipv6.auto_flowlabels). */
  @Test
  void theFlowLabelOfAnIpv6ClientIsKnown() throws IOException {
    assertThat(marks(TcpImage.Family.IPV6, 0).flowLabel()).isBetween(1, 0xfffff);
    assertThat(marks(TcpImage.Family.IPV4, 0).flowLabel()).isZero();
  }
}
