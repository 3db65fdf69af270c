package dev.baton.linux.steer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection on which both ends send random bytes all the time and check what they get, while its
 * server end goes from host to host.
 */
final class MovingConnection implements AutoCloseable {

  private static final int BUFFER = 1 << 16;

  private final SocketChannel client;
  private final Flow flow;
  private final Random upward = new Random(1);
  private final Random upwardSeen = new Random(1);
  private final Random downward = new Random(2);
  private final Random downwardSeen = new Random(2);
  private TcpConnection server;

  MovingConnection(SocketChannel client, TcpConnection server) {
    this.client = client;
    this.server = server;
    this.flow = new Flow(server.remote(), server.local());
  }

  Flow flow() {
    return flow;
  }

  /** Sends so many bytes each way at once; the server moves in the middle of it. */
  void exchange(int bytes, @Nullable Move move) throws Exception {
    CompletableFuture<Void> writer = run(() -> writeAsClient(bytes));
    CompletableFuture<Void> reader = run(() -> readAsClient(bytes));
    int received = 0;
    ByteBuffer unsent = ByteBuffer.wrap(random(downward, bytes));
    ByteBuffer into = ByteBuffer.allocate(BUFFER);
    Move pending = move;
    while (received < bytes || unsent.hasRemaining()) {
      if (pending != null && received > bytes / 3 && unsent.remaining() < bytes * 2 / 3) {
        pending.run();
        pending = null;
      }
      int written = unsent.hasRemaining() ? server.write(unsent) : 0;
      int read = server.read(into.clear());
      if (read > 0) {
        received += read;
        check(into, upwardSeen);
      } else if (written == 0) {
        Thread.sleep(1);
      }
    }
    writer.get(10, TimeUnit.SECONDS);
    reader.get(10, TimeUnit.SECONDS);
    assertThat(pending).as("the move").isNull();
  }

  private interface Action {
    void run() throws Exception;
  }

  /** What happens in the middle. */
  interface Move {
    void run() throws Exception;
  }

  private static CompletableFuture<Void> run(Action action) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            action.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private void writeAsClient(int bytes) throws Exception {
    ByteBuffer buffer = ByteBuffer.wrap(random(upward, bytes));
    while (buffer.hasRemaining()) {
      client.write(buffer);
    }
  }

  private void readAsClient(int bytes) throws Exception {
    ByteBuffer into = ByteBuffer.allocate(BUFFER);
    for (int read = 0; read < bytes; ) {
      int got = client.read(into.clear());
      assertThat(got).isPositive();
      read += got;
      check(into, downwardSeen);
    }
  }

  private static byte[] random(Random source, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) { // one at a time: the pieces differ at the two ends
      bytes[i] = (byte) source.nextInt();
    }
    return bytes;
  }

  private static void check(ByteBuffer received, Random source) {
    byte[] bytes = new byte[received.position()];
    received.flip().get(bytes);
    assertThat(Arrays.mismatch(bytes, random(source, bytes.length))).isEqualTo(-1);
  }

  /**
   * Moves the server's end.
   *
   * @param acceptor its address; null if it is the contact node
   */
  void move(Network.Host to, SteeringTable table, @Nullable InetAddress acceptor) throws Exception {
    server.freeze();
    byte[] image = server.extract().toBytes();
    TcpConnection moved = to.call(() -> TcpConnection.recreate(TcpImage.fromBytes(image)));
    if (acceptor == null) {
      table.unsteer(flow);
    } else {
      table.steer(flow, acceptor);
    }
    moved.activate();
    server.release();
    server.close();
    server = moved;
  }

  int segment() throws Exception {
    return server.info().sendMss();
  }

  @Override
  public void close() throws Exception {
    client.close();
    server.close();
  }
}
