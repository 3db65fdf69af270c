package dev.baton.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * One server connection over loopback and its client, both non-blocking on request.
 *
 * @param listener the server's listener
 * @param own whether it is closed with the pair
 * @param server the accepted end
 * @param client the other end
 */
record Loopback(
    ServerSocketChannel listener, boolean own, SocketChannel server, SocketChannel client)
    implements AutoCloseable {

  private static final int SIZED_BY_THE_KERNEL = 0;

  static Loopback connect(TcpImage.Family family) throws IOException {
    return connect(listen(family, 0), true, family, SIZED_BY_THE_KERNEL);
  }

  /** A client that has no more room than this for what it has not read; by IPv6. */
  static Loopback narrow(int receiveBuffer) throws IOException {
    TcpImage.Family family = TcpImage.Family.IPV6;
    return connect(listen(family, 0), true, family, receiveBuffer);
  }

  /** Connects through a listener that stays open. */
  static Loopback connect(ServerSocketChannel listener, TcpImage.Family family) throws IOException {
    return connect(listener, false, family, SIZED_BY_THE_KERNEL);
  }

  private static Loopback connect(
      ServerSocketChannel listener, boolean own, TcpImage.Family family, int receiveBuffer)
      throws IOException {
    SocketChannel client =
        SocketChannel.open(
            family == TcpImage.Family.IPV6
                ? StandardProtocolFamily.INET6
                : StandardProtocolFamily.INET);
    client.setOption(StandardSocketOptions.TCP_NODELAY, true);
    if (receiveBuffer != SIZED_BY_THE_KERNEL) {
      client.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
    }
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    client.connect(new InetSocketAddress(address(family), port));
    return new Loopback(listener, own, listener.accept(), client);
  }

  static ServerSocketChannel listen(TcpImage.Family family, int port) throws IOException {
    ServerSocketChannel listener =
        family == TcpImage.Family.IPV4
            ? ServerSocketChannel.open(StandardProtocolFamily.INET)
            : ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(port));
    return listener;
  }

  static String address(TcpImage.Family family) {
    return family == TcpImage.Family.IPV6 ? "::1" : "127.0.0.1";
  }

  TcpConnection connection() throws IOException {
    return TcpConnection.of(Descriptors.of(server));
  }

  /** The client's end once more, for reading and writing; the caller's to close. */
  ClientSocket clientEnd() throws IOException {
    return new ClientSocket(RawSocket.duplicate(Descriptors.of(client)));
  }

  /** The server's end, as {@link #clientEnd}. */
  ClientSocket serverEnd() throws IOException {
    return new ClientSocket(RawSocket.duplicate(Descriptors.of(server)));
  }

  static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  static byte[] read(SocketChannel channel, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return bytes;
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.close();
    if (own) {
      listener.close();
    }
  }
}
