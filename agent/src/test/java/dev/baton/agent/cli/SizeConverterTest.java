package dev.baton.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class SizeConverterTest {

  @ParameterizedTest
  @CsvSource({"0, 0", "123, 123", "4K, 4096", "64M, 67108864", "64MiB, 67108864", "2G, 2147483648"})
  void sizesAreInPowersOf1024(String text, long bytes) {
    assertThat(new SizeConverter().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "M", "-1", "1.5M", "64MB", "64 M", "64m", "9999999999G"})
  void anythingElseIsNoSize(String text) {
    assertThatThrownBy(() -> new SizeConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "'");
  }
}
