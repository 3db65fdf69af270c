package dev.baton.it.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** As many bytes as the network takes, whatever they are. */
final class Bulk {
  private static final int BUFFER = 256 << 10;

  private Bulk() {}

  static void send(SocketChannel out, long bytes) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    try {
      for (long left = bytes; left > 0; ) {
        buffer.clear().limit((int) Math.min(left, BUFFER));
        left -= out.write(buffer);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Waits for them.
   *
   * @throws IOException if there are fewer
   */
  static void receive(SocketChannel in, long bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    for (long left = bytes; left > 0; ) {
      int n = in.read(buffer.clear());
      if (n < 0) {
        throw new IOException("it ended %,d bytes early".formatted(left));
      }
      left -= n;
    }
  }
}
