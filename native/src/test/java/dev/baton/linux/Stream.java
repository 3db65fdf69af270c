package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One direction of a connection under test: a sequence of bytes that never repeats itself for long,
 * how far it was written and how far it was read. Whatever is lost, doubled or out of order shows.
 */
final class Stream {

  private static final int TIMEOUT_MILLIS = 40_000;

  private final long seed;
  private long written;
  private long read;

  Stream(long seed) {
    this.seed = seed;
  }

  /** The bytes from one position to another. */
  byte[] bytes(long from, long to) {
    byte[] bytes = new byte[(int) (to - from)];
    for (int i = 0; i < bytes.length; i++) {
      long x = (from + i + seed) * 0x9E3779B97F4A7C15L;
      bytes[i] = (byte) (x >>> 37 ^ x >>> 11);
    }
    return bytes;
  }

  long written() {
    return written;
  }

  long read() {
    return read;
  }

  /** Writes the next bytes, waiting for room. */
  void write(ClientSocket socket, int count) throws LinuxException {
    socket.write(ByteBuffer.wrap(bytes(written, written + count)), TIMEOUT_MILLIS);
    written += count;
  }

  /** Writes until there is no room. */
  void writeUntilFull(int fd) throws LinuxException {
    int taken;
    do {
      taken = Transfer.write(fd, ByteBuffer.wrap(bytes(written, written + 10_000)));
      written += taken;
    } while (taken > 0);
  }

  /** The next bytes, for one who writes them by other means. */
  byte[] next(int count) {
    byte[] bytes = bytes(written, written + count);
    written += count;
    return bytes;
  }

  /** Reads everything written and compares. */
  void readAll(ClientSocket socket) throws LinuxException {
    while (read < written) {
      int got = readSome(socket, TIMEOUT_MILLIS);
      assertThat(got).as("bytes read at %d of %d", read, written).isPositive();
    }
  }

  /** Reads what is there and compares. */
  void readAvailable(ClientSocket socket) throws LinuxException {
    while (readSome(socket, 0) > 0) {
      // and the next
    }
  }

  private int readSome(ClientSocket socket, int timeoutMillis) throws LinuxException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(1 << 16, written - read));
    int got = socket.read(buffer, timeoutMillis);
    if (got > 0) {
      byte[] bytes = new byte[got];
      buffer.flip().get(bytes);
      assertBytes(bytes, read, read + got);
      read += got;
    }
    return got;
  }

  /** Writes at one end and reads at the other, with what was on its way before. */
  void flow(ClientSocket from, ClientSocket to, int count) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(next(count));
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              try {
                from.write(bytes, TIMEOUT_MILLIS);
              } catch (LinuxException e) {
                throw new IllegalStateException(e);
              }
            });
    readAll(to);
    writer.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Compares without printing megabytes. */
  void assertBytes(byte[] actual, long from, long to) {
    byte[] expected = bytes(from, to);
    assertThat(actual.length).as("length from %d", from).isEqualTo(expected.length);
    assertThat(Arrays.mismatch(actual, expected))
        .as("first difference from %d", from)
        .isEqualTo(-1);
  }

  /** Nothing more may come than was written. */
  static void assertSilent(ClientSocket socket) throws LinuxException {
    assertThat(socket.read(ByteBuffer.allocate(1), 0)).as("bytes nobody wrote").isZero();
  }
}
