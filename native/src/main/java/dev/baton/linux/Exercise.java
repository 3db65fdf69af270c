package dev.baton.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Moves a connection of its own to and fro: the first real handoff then meets code that is loaded
 * and compiled, and a kernel that cannot do it is found out before a client's connection is at
 * stake.
 *
 * <p>The connection is made without a listener and without a handshake: two sockets are re-created
 * as each other's peer. Nothing of it is visible to the server in this process.
 */
public final class Exercise {
  private static final byte[] TEXT = "baton".getBytes(StandardCharsets.US_ASCII);
  private static final int SEQUENCE_A = 1_000_000;
  private static final int SEQUENCE_B = 2_000_000;
  private static final int WINDOW = 65_000;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private Exercise() {}

  /**
   * Moves a connection a number of times, with a byte-exact exchange after each move.
   *
   * @param rounds how often
   * @throws IOException if bytes were lost or the kernel refused
   */
  public static void run(int rounds) throws IOException {
    int portA = RawSocket.open(SystemCalls.AF_INET, 0);
    int portB = RawSocket.open(SystemCalls.AF_INET, 0);
    try {
      InetSocketAddress a = reserve(portA);
      InetSocketAddress b = reserve(portB);
      try (TcpConnection one = TcpConnection.recreate(image(a, b, SEQUENCE_A, SEQUENCE_B));
          TcpConnection two = TcpConnection.recreate(image(b, a, SEQUENCE_B, SEQUENCE_A))) {
        one.activate();
        two.activate();
        move(one, two, rounds);
        one.freeze();
        two.freeze();
        one.release();
        two.release();
      }
    } finally {
      RawSocket.close(portA);
      RawSocket.close(portB);
    }
  }

  private static void move(TcpConnection one, TcpConnection two, int rounds) throws IOException {
    for (int i = 0; i < rounds; i++) {
      exchange(one, two);
      one.freeze();
      one.sentPosition();
      TcpImage image = TcpImage.fromBytes(one.extract().toBytes());
      one.release();
      one.become(image.withUnreadBefore(new byte[0]).withUnsentAfter(TEXT));
      one.activate();
      expect(two);
    }
  }

  private static void exchange(TcpConnection from, TcpConnection to) throws IOException {
    from.write(ByteBuffer.wrap(TEXT));
    expect(to);
  }

  private static void expect(TcpConnection at) throws IOException {
    ByteBuffer received = ByteBuffer.allocateDirect(TEXT.length);
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (received.hasRemaining()) {
      if (at.read(received) == 0 || System.nanoTime() - deadline > 0) {
        throw new IOException("a connection that was moved for exercise lost its bytes");
      }
    }
    if (!received.flip().equals(ByteBuffer.wrap(TEXT))) {
      throw new IOException("a connection that was moved for exercise delivered other bytes");
    }
  }

  /** A port of the loopback address that is free; it stays taken as long as the socket is open. */
  private static InetSocketAddress reserve(int fd) throws IOException {
    RawSocket.set(fd, Option.SO_REUSEADDR, true);
    RawSocket.bind(
        fd,
        SystemCalls.AF_INET,
        new InetSocketAddress(SocketAddresses.of(new byte[] {127, 0, 0, 1}, 0), 0));
    return RawSocket.local(fd);
  }

  private static TcpImage image(
      InetSocketAddress local, InetSocketAddress remote, int send, int receive)
      throws LinuxException {
    int fd = RawSocket.open(SystemCalls.AF_INET, 0);
    try {
      return new TcpImage(
          TcpImage.Family.IPV4,
          local,
          remote,
          send,
          send,
          receive,
          new TcpImage.Negotiated(1448, true, 7, 7, true, true, 1),
          new TcpImage.Window(receive, WINDOW, WINDOW, WINDOW, receive),
          SocketOptions.read(fd, SystemCalls.AF_INET),
          true,
          new byte[0],
          new byte[0],
          new byte[0]);
    } finally {
      RawSocket.close(fd);
    }
  }
}
