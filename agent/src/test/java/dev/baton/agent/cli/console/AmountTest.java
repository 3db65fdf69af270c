package dev.baton.agent.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AmountTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.00 KiB",
    "10239, 10.0 KiB",
    "1048575, 1.00 MiB",
    "7340032, 7.00 MiB",
    "104857600, 100 MiB",
    "1099511627776, 1.00 TiB",
    "9223372036854775807, 8.00 EiB"
  })
  void bytesHaveThreeDigitsAndABinaryUnit(long bytes, String text) {
    assertThat(Amount.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 us",
    "999, 999 us",
    "1000, 1.00 ms",
    "9996, 10.0 ms",
    "99960, 100 ms",
    "999499, 999 ms",
    "999500, 1.00 s",
    "61000000, 61.0 s"
  })
  void shortTimesHaveThreeDigitsAndAUnit(long micros, String text) {
    assertThat(Amount.micros(micros)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "-5, 0 s",
    "59, 59 s",
    "60, 1 min",
    "7500, 2 h 5 min",
    "172799, 47 h 59 min",
    "172800, 2 days"
  })
  void agesAreAsCoarseAsOnesInterestInThem(long seconds, String text) {
    assertThat(Amount.age(Duration.ofSeconds(seconds))).isEqualTo(text);
  }

  @Test
  void aRateOverNoTimeIsStillANumber() {
    assertThat(Amount.rate(24 << 20, Duration.ofSeconds(2))).isEqualTo("12.0 MiB/s");
    assertThat(Amount.rate(0, Duration.ZERO)).isEqualTo("0 B/s");
  }

  @Test
  void oneThingIsSingular() {
    assertThat(Amount.count(1, "connection")).isEqualTo("1 connection");
    assertThat(Amount.count(0, "connection")).isEqualTo("0 connections");
  }
}
