package dev.baton.linux;

import static org.awaitility.Awaitility.await;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import org.junit.jupiter.api.Test;

class ZeroWindowTest {
  private static final int HEADER_WITH_TIMESTAMPS = 32;

  /**
   * The client's kernel may leave probes without data unanswered, for half a second after the last
   * one; here it never answers any.
   */
  @Test
  void aClientThatMadeRoomDuringTheMoveIsServedWithoutAnAnswerToAProbe() throws Exception {
    Stream down = new Stream(6);
    try (Loopback pair = Loopback.narrow(16_384);
        ClientSocket client = pair.clientEnd();
        TcpConnection connection = pair.connection()) {
      down.writeUntilFull(Descriptors.of(pair.server()));
      await().until(() -> connection.queued() == connection.unsent()); // the window is full
      connection.freeze();
      TcpImage image = connection.extract();
      dropSegmentsWithoutData(Descriptors.of(pair.client()));
      down.readAvailable(client);
      connection.release();
      connection.become(image);
      connection.activate();
      down.readAll(client);
    }
  }

  private static void dropSegmentsWithoutData(int fd) throws LinuxException {
    long loadLength = 0x80;
    long drop = 0x06;
    long accept = 0xffffffffL << 32 | 0x06;
    long unlessLonger = (long) HEADER_WITH_TIMESTAMPS << 32 | 1L << 16 | 0x25; // skips one
    try (Memory program = new Memory(16 + 4 * 8)) {
      program.setShort(0, (short) 4);
      program.setLong(8, Pointer.nativeValue(program) + 16);
      program.write(16, new long[] {loadLength, unlessLonger, drop, accept}, 0, 4);
      RawSocket.set(fd, Option.SO_ATTACH_FILTER, Pointer.nativeValue(program), 16);
    }
  }
}
