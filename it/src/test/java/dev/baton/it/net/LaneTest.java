package dev.baton.it.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LaneTest {

  private static final long MILLI = 1_000_000;

  private final Lane lane = new Lane("test", 42);

  @Test
  void aPerfectLaneTakesNoTime() {
    assertThat(lane.pass(5, 1500)).isEqualTo(5);
  }

  @Test
  void packetsLeaveAtTheRateAndArriveAfterTheDelay() {
    lane.become(Quality.delay(Duration.ofMillis(10)).limitedTo(12_000_000)); // 1 ms for 1500 bytes

    assertThat(lane.pass(0, 1500)).isEqualTo(11 * MILLI);
    assertThat(lane.pass(0, 1500)).isEqualTo(12 * MILLI);
    assertThat(lane.pass(20 * MILLI, 750)).isEqualTo(30 * MILLI + MILLI / 2);
  }

  @Test
  void aPacketThatFindsTheQueueFullIsDropped() {
    lane.become(Quality.perfect().limitedTo(12_000_000, 3000));

    assertThat(LongStream.range(0, 5).map(i -> lane.pass(0, 1500)))
        .containsExactly(MILLI, 2 * MILLI, 3 * MILLI, Lane.NEVER, Lane.NEVER);
    assertThat(lane.pass(MILLI, 1500)).isEqualTo(4 * MILLI);
    assertThat(lane.traffic().overflowed()).isEqualTo(2);
  }

  @Test
  void faultsAreAsFrequentAsAskedFor() {
    int packets = 100_000;
    lane.become(
        Quality.perfect().losing(0.1).duplicating(0.05).holdingBack(0.02, Duration.ofMillis(3)));
    int lost = 0;
    int twice = 0;
    int late = 0;
    for (int i = 0; i < packets; i++) {
      long due = lane.pass(0, 100);
      if (due == Lane.NEVER) {
        lost++;
      } else {
        late += due == 3 * MILLI ? 1 : 0;
        twice += lane.duplicates() ? 1 : 0;
      }
    }
    assertThat(lost / (double) packets).isCloseTo(0.1, within(0.01));
    assertThat(twice / (0.9 * packets)).isCloseTo(0.05, within(0.01));
    assertThat(late / (0.9 * packets)).isCloseTo(0.02, within(0.005));
    assertThat(lane.traffic())
        .isEqualTo(new Traffic(packets, 100L * packets, lost, 0, 0, twice, late));
  }

  @Test
  void theSeedDecidesTheFateOfEachPacket() {
    Lane same = new Lane("test", 42);
    Lane otherSeed = new Lane("test", 43);
    Lane otherName = new Lane("another", 42);

    assertThat(fates(same)).isEqualTo(fates(lane));
    assertThat(fates(otherSeed)).isNotEqualTo(fates(new Lane("test", 42)));
    assertThat(fates(otherName)).isNotEqualTo(fates(new Lane("test", 42)));
  }

  private static long[] fates(Lane lane) {
    lane.become(Quality.perfect().losing(0.5));
    return LongStream.range(0, 100).map(i -> lane.pass(0, 1)).toArray();
  }

  @Test
  void nothingEntersOrLeavesALaneThatIsCut() {
    lane.cut();
    assertThat(lane.pass(0, 1)).isEqualTo(Lane.NEVER);
    assertThat(lane.yields()).isFalse();
    assertThat(lane.traffic().severed()).isEqualTo(2);

    lane.restore();
    assertThat(lane.pass(0, 1)).isZero();
    assertThat(lane.yields()).isTrue();
  }

  @Test
  void whatNoLinkCanDoIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Quality.perfect().losing(1.5));
    assertThatIllegalArgumentException().isThrownBy(() -> Quality.perfect().losing(Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> Quality.delay(Duration.ofMillis(-1)));
    assertThatIllegalArgumentException().isThrownBy(() -> Quality.perfect().upTo(9000));
  }
}
