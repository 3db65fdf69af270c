package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TcpImageTest {

  private static TcpImage image;

  /** An image with something in every queue. */
  @BeforeAll
  static void takeAnImage() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        TcpConnection connection = pair.connection()) {
      Repair.deafen(Descriptors.of(pair.client()));
      Loopback.write(pair.server(), new byte[] {1, 2, 3, 4, 5});
      Loopback.write(pair.client(), new byte[] {6, 7, 8});
      connection.freeze();
      image = connection.extract().withUnsentAfter(new byte[] {9, 10});
      connection.release();
    }
  }

  @Test
  void travelsAndArrivesTheSame() {
    TcpImage arrived = TcpImage.fromBytes(image.toBytes());
    assertThat(arrived).isEqualTo(image).hasSameHashCodeAs(image);
    assertThat(arrived.unacknowledged()).containsExactly(1, 2, 3, 4, 5);
    assertThat(arrived.unsent()).containsExactly(9, 10);
    assertThat(arrived.unread()).containsExactly(6, 7, 8);
    assertThat(arrived.options()).isEqualTo(image.options());
    assertThat(arrived.toString()).isEqualTo(image.toString());
  }

  @Test
  void takesLessThanThreeHundredBytesBesideItsQueues() {
    assertThat(image.toBytes().length - 10).isLessThan(300);
  }

  @Test
  void bytesPutBeforeTheUnreadOnesComeFirst() {
    assertThat(image.withUnreadBefore(new byte[] {4, 5}).unread()).containsExactly(4, 5, 6, 7, 8);
    assertThat(image.withUnreadBefore(new byte[] {4, 5}).rcvNxt()).isEqualTo(image.rcvNxt());
  }

  @Test
  void unacknowledgedBytesMayBeTakenOutAndComeBackOnlyInTheRightNumber() {
    TcpImage without = image.withQueues(new byte[0], new byte[0]);
    assertThat(without.complete()).isFalse();
    assertThat(without.unacknowledgedLength()).isEqualTo(5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> without.withQueues(new byte[4], new byte[0]))
        .withMessageContaining("4 unacknowledged bytes, where the sequence numbers say 5");
    assertThat(without.withQueues(new byte[] {1, 2, 3, 4, 5}, new byte[] {9, 10})).isEqualTo(image);
  }

  @Test
  void whatIsCutShortOrTooLongIsNoImage() {
    byte[] bytes = image.toBytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThatIllegalArgumentException().isThrownBy(() -> TcpImage.fromBytes(part));
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatIllegalArgumentException().isThrownBy(() -> TcpImage.fromBytes(longer));
  }

  @Test
  void anotherVersionIsRefused() {
    byte[] bytes = image.toBytes();
    bytes[0]++;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TcpImage.fromBytes(bytes))
        .withMessageContaining("version");
  }

  @Test
  void hostileBytesAreRefusedOrMeanExactlyWhatTheySay() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = image.toBytes();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      TcpImage read;
      try {
        read = TcpImage.fromBytes(bytes);
      } catch (IllegalArgumentException e) {
        continue;
      }
      assertThat(read.toBytes()).as("seed %d, round %d", seed, i).isEqualTo(bytes);
    }
  }
}
