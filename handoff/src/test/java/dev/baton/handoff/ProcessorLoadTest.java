package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.baton.handoff.ProcessorLoad.Ticks;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class ProcessorLoadTest {

  @Test
  void whatIsNeitherIdleNorWaitingForADiskIsBusy() throws IOException {
    Ticks then = Ticks.of("cpu  100 0 50 1000 10 0 0 0 0 0");
    Ticks now = Ticks.of("cpu  120 5 60 1040 20 5 5 5 7 7");
    assertThat(now.since(then, 0)).isCloseTo(0.5, within(1e-9));
    assertThat(now.since(now, 0.25)).as("no tick has passed").isEqualTo(0.25);
  }

  @Test
  void anythingElseThanTheFirstLineOfProcStatIsRefused() {
    assertThatThrownBy(() -> Ticks.of("intr 1 2 3 4 5 6 7 8 9")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Ticks.of("cpu 1 2 3")).isInstanceOf(IOException.class);
  }

  @Test
  void theKernelTellsOnThisHost() {
    assertThat(new ProcessorLoad().now()).isGreaterThan(0).isLessThanOrEqualTo(1);
  }
}
