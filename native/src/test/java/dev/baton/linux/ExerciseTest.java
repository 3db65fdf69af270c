package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class ExerciseTest {

  @Test
  void aConnectionMadeOfNothingIsMovedAHundredTimesWithoutLosingAByte() {
    assertThatCode(() -> Exercise.run(100)).doesNotThrowAnyException();
  }
}
