package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

class LeadTest {
  private static final int SEGMENTS_SPARED_FROM = 9;

  @Test
  void theFirstBytesDoNotWaitForTheLeadAndLeaveAnAnswerToTheRest() throws Exception {
    Stream down = new Stream(7);
    try (Loopback pair = Loopback.narrow(16_384);
        ClientSocket client = pair.clientEnd();
        TcpConnection connection = pair.connection()) {
      int fd = Descriptors.of(pair.server());
      down.writeUntilFull(fd);
      await().until(() -> connection.queued() == connection.unsent()); // nothing is in flight
      connection.freeze();
      TcpImage image = connection.extract();
      down.readAvailable(client);
      long before = down.read();
      connection.release();
      connection.become(image);
      boolean[] led = {false};
      long unused =
          connection.activate(
              () -> {
                led[0] = true;
                readAllSent(down, client, fd);
                long first = down.read() - before;
                assertThat(first)
                    .isPositive()
                    .isLessThanOrEqualTo((long) SEGMENTS_SPARED_FROM * segmentSize(fd));
                assertThat(down.read()).isLessThan(down.written());
              });
      assertThat(led[0]).isTrue();
      down.readAll(client);
    }
  }

  @Test
  void whatIsInFlightAndTooMuchToBeSentAgainWaitsForTheLead() throws Exception {
    Stream down = new Stream(8);
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        ClientSocket client = pair.clientEnd();
        TcpConnection connection = pair.connection()) {
      try (ClientSocket writer = pair.serverEnd()) {
        down.flow(writer, client, 4 << 20); // windows grow
      }
      Repair.deafen(Descriptors.of(pair.client())); // the client gets none of it for now
      down.writeUntilFull(Descriptors.of(pair.server()));
      connection.freeze();
      TcpImage image = connection.extract();
      assertThat(image.unacknowledgedLength()).isGreaterThan(48 << 10);
      connection.release();
      connection.become(image);
      Repair.undeafen(Descriptors.of(pair.client()));
      long unused =
          connection.activate(
              () -> {
                try {
                  Stream.assertSilent(client);
                } catch (LinuxException e) {
                  throw new AssertionError(e);
                }
              });
      down.readAll(client);
    }
  }

  private static void readAllSent(Stream down, ClientSocket client, int fd) {
    try {
      do {
        down.readAvailable(client);
      } while (RawSocket.queueLength(fd, SystemCalls.SIOCOUTQ) > 0);
      down.readAvailable(client);
    } catch (LinuxException e) {
      throw new AssertionError(e);
    }
  }

  private static int segmentSize(int fd) {
    try {
      return TcpInfo.of(fd).sendMss();
    } catch (LinuxException e) {
      throw new AssertionError(e);
    }
  }
}
