package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/**
 * The reference is up to date. If it is not, {@code mvn -pl agent -am test
 * -Dtest=ConfigurationReferenceTest -Dsurefire.failIfNoSpecifiedTests=false -Ddocs=write} writes
 * it.
 */
final class ConfigurationReferenceTest {

  @Test
  void configurationReferenceSaysWhatTheCodeSays() throws IOException {
    if ("write".equals(System.getProperty("docs"))) {
      ConfigurationReference.main(new String[0]);
    }
    assertThat(Files.readString(ConfigurationReference.FILE))
        .isEqualTo(ConfigurationReference.text());
  }
}
