package dev.baton.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TcpConnectionTest {

  @Test
  void clientGoesOnWhenConnectionMovesToAnotherSocketAndBack() throws Exception {
    for (TcpImage.Family family : TcpImage.Family.values()) {
      try (Loopback pair = Loopback.connect(family);
          Loopback rehearsal = Loopback.connect(pair.listener(), family)) {
        Loopback.write(pair.server(), bytes("before "));
        TcpImage image;
        try (TcpConnection donor = pair.connection()) {
          donor.freeze();
          image = donor.extract();
          donor.release();
        }
        assertThat(image.toBytes().length).isLessThan(300);
        try (TcpConnection acceptor = rehearsal.connection()) {
          acceptor.freeze();
          acceptor.become(TcpImage.fromBytes(image.toBytes()));
          acceptor.activate();
        }
        Loopback.write(rehearsal.server(), bytes("after"));
        assertThat(Loopback.read(pair.client(), 12)).asString().isEqualTo("before after");
        Loopback.write(pair.client(), bytes("answer"));
        assertThat(Loopback.read(rehearsal.server(), 6)).asString().isEqualTo("answer");
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }
}
