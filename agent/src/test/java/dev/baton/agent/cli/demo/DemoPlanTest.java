package dev.baton.agent.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DemoPlanTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 20, 1000})
  void everyHandoffAndSigtermFallIntoTheMiddle(int handoffs) {
    for (long bytes : new long[] {DemoPlan.leastBytes(handoffs), DemoPlan.defaultBytes(handoffs)}) {
      DemoPlan plan = plan(handoffs, bytes);
      assertThat(plan.due(0)).isPositive();
      for (int i = 0; i < handoffs; i++) {
        assertThat(plan.due(i + 1) - plan.due(i)).isGreaterThanOrEqualTo(4 << 20);
      }
      assertThat(plan.due(handoffs)).isLessThan(plan.limit());
      assertThat(plan.limit()).isLessThan(bytes - (4 << 20));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 20})
  void theDefaultIsEnough(int handoffs) {
    assertThat(DemoPlan.defaultBytes(handoffs))
        .isGreaterThanOrEqualTo(DemoPlan.leastBytes(handoffs));
  }

  private static DemoPlan plan(int handoffs, long bytes) {
    Path java = Path.of("java");
    return new DemoPlan(
        new App.BuiltIn(), Path.of("agent.jar"), java, java, null, null, bytes, 1 << 20, handoffs);
  }
}
