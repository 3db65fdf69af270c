package dev.baton.it.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.baton.it.bed.StreamHandoff.Manner;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code ./baton bench papers} reads from captures is what the client sees. */
class PhasesBenchIT {

  private static final int DSL_KILOBITS = 2_000;
  private static final int BYTES = 120_000;

  /** For what the machine has to do besides, in milliseconds. */
  private static final double SLACK = 60;

  private static final int STATE_TRANSFER = 1;
  private static final int RETURN_ROUTABILITY = 3;

  @Test
  void phasesAddUpToThePauseOfWhichAFullSendBufferIsMost() throws Exception {
    List<PhasesBench.Session> sessions = PhasesBench.sessions(List.of(DSL_KILOBITS), 1, BYTES);

    PhasesBench.Session plain = sessions.get(0);
    assertThat(plain.manner()).isEqualTo(Manner.PLAIN);
    assertThat(plain.phases().millis()).allMatch(millis -> millis >= 0);
    assertThat(plain.phases().total()).isCloseTo(plain.pauseMillis(), within(SLACK));
    double atLineRate = PhasesBench.SEND_BUFFER * 8.0 / DSL_KILOBITS;
    assertThat(plain.phases().millis().get(STATE_TRANSFER))
        .isBetween(atLineRate, atLineRate + 2 * SLACK);
    assertThat(plain.phases().millis().get(RETURN_ROUTABILITY)).isPositive();

    assertThat(sessions.subList(1, sessions.size()))
        .hasSize(2)
        .allSatisfy(
            quick -> {
              assertThat(quick.phases().millis().get(STATE_TRANSFER)).isLessThan(SLACK);
              assertThat(quick.phases().millis().get(RETURN_ROUTABILITY)).isZero();
              assertThat(quick.pauseMillis()).isLessThan(plain.pauseMillis());
            });
  }
}
