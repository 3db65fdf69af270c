package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A send queue that is taken apart: its end stays with the donor. */
class QueueRoomTest {
  private static final int QUEUED = 1 << 20;
  private static final int SPARE = 300_000;

  @Test
  void theImageAndWhatTheRoomKeepsAreTheWholeQueue() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4);
        Loopback rehearsal = Loopback.connect(pair.listener(), TcpImage.Family.IPV4);
        ClientSocket client = pair.clientEnd();
        TcpConnection donor = pair.connection();
        TcpConnection acceptor = rehearsal.connection();
        QueueRoom room = new QueueRoom()) {
      Stream down = new Stream(11);
      pair.server().setOption(java.net.StandardSocketOptions.SO_SNDBUF, 4 * QUEUED);
      Loopback.write(pair.server(), down.next(QUEUED));
      donor.freeze();
      int unsent = donor.unsent();
      assertThat(unsent).as("more than the client's window takes").isGreaterThan(SPARE);
      TcpImage whole = donor.extract();
      TcpImage part = donor.extract(room, SPARE);

      assertThat(part.unsent()).hasSize(unsent - SPARE);
      assertThat(room.restLength()).isEqualTo(SPARE);
      TcpImage again = part.withUnsentAfter(room.rest());
      assertThat(again.unacknowledged()).isEqualTo(whole.unacknowledged());
      assertThat(again.unsent()).isEqualTo(whole.unsent());

      donor.release();
      acceptor.freeze();
      acceptor.become(part.withUnsentAfter(room.rest()));
      acceptor.activate();
      down.readAll(client);
    }
  }

  @Test
  void whatWasSentAlreadyIsNeverKeptBack() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        TcpConnection donor = pair.connection();
        QueueRoom room = new QueueRoom()) {
      Loopback.write(pair.server(), new Stream(12).next(1000));
      donor.freeze();
      TcpImage image = donor.extract(room, SPARE);

      assertThat(room.restLength()).isZero();
      assertThat(room.rest()).isEmpty();
      assertThat(image.unsent()).isEmpty();
      assertThat(image.complete()).isTrue();
      donor.thaw();
      assertThat(Loopback.read(pair.client(), 1000)).hasSize(1000);
    }
  }
}
