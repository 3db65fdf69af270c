package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentSizeTest {

  private static void move(TcpConnection connection) throws IOException {
    connection.freeze();
    TcpImage image = connection.extract();
    connection.release();
    connection.become(image);
    connection.activate();
  }

  @ParameterizedTest
  @EnumSource(TcpImage.Family.class)
  void segmentsAreAsLargeAfterAMoveAsBefore(TcpImage.Family family) throws Exception {
    PrivateNetwork.run(
        () -> {
          PrivateNetwork.mtu(1500);
          try (Loopback pair = Loopback.connect(family);
              TcpConnection connection = pair.connection()) {
            int before = connection.info().sendMss();
            move(connection);
            assertThat(connection.info().sendMss()).isEqualTo(before).isGreaterThan(1400);
          }
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 16_384, 65_536})
  void twoSegmentsFitIntoTheWindowOfAClientWithASmallBuffer(int buffer) throws Exception {
    try (Loopback pair = Loopback.narrow(buffer);
        TcpConnection connection = pair.connection()) {
      int before = connection.info().sendMss();
      move(connection);
      assertThat(connection.info().sendMss())
          .as("or the client would get a window's worth per window probe, five in a second")
          .isBetween(before - 20, buffer / 2);
    }
  }

  @Test
  void segmentsOfAMovedConnectionStayBelowHalfTheSmallestUsualBuffer() throws Exception {
    Stream down = new Stream(4);
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        ClientSocket client = pair.clientEnd();
        ClientSocket server = pair.serverEnd();
        TcpConnection connection = pair.connection()) {
      for (int move = 0; move < 3; move++) {
        move(connection);
        for (int i = 0; i < 40; i++) { // the window grows, and the kernel looks at sizes again
          down.write(server, 100_000);
          down.readAll(client);
        }
        assertThat(connection.info().sendMss()).isLessThan(1 << 15);
      }
    }
  }

  /**
   * The peer acknowledges more than such a window has room for, and the kernel ignores that until
   * it has sent the rest, which it does only after a time-out.
   */
  @Test
  void whatTheClientHasAlreadyMayBeLittleMoreThanTheFirstWindowOfTheNewConnection()
      throws Exception {
    PrivateNetwork.run(
        () -> {
          PrivateNetwork.mtu(1500);
          Stream down = new Stream(5);
          try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
              ClientSocket client = pair.clientEnd();
              ClientSocket server = pair.serverEnd();
              TcpConnection connection = pair.connection()) {
            for (int i = 0; i < 20; i++) { // the congestion window grows
              down.write(server, 100_000);
              down.readAll(client);
            }
            TcpInfo info = connection.info();
            assertThat(info.timestamps()).isTrue();
            Repair.deafen(Descriptors.of(pair.server()));
            down.write(server, 10 * info.sendMss() + 50);
            await().until(() -> connection.unsent() == 0); // pacing
            move(connection);
            assertThat(connection.unsent()).isZero();
            down.write(server, 100_000);
            down.readAll(client);
          }
          return null;
        });
  }
}
