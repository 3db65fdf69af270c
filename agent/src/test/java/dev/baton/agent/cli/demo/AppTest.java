package dev.baton.agent.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AppTest {

  @TempDir private Path jars;

  @Test
  void jettyIsShownIfItIsThere() throws IOException, DemoException {
    Path jar = Files.createFile(jars.resolve("demo-jetty.jar"));
    App app = App.choose(null, jars);
    assertThat(app.title()).isEqualTo("jetty");
    assertThat(app.command(jars)).containsExactly("-jar", jar.toString());
  }

  @Test
  void withoutDemoServersTheJarHasOneOfItsOwn() throws DemoException {
    assertThat(App.choose(null, null)).isEqualTo(new App.BuiltIn());
    assertThat(App.choose(null, jars)).isEqualTo(new App.BuiltIn());
    assertThat(App.choose("jdk", null)).isEqualTo(new App.BuiltIn());
  }

  @Test
  void aServerThatIsNotThereIsNotReplacedByAnother() {
    assertThatThrownBy(() -> App.choose("tomcat", null))
        .isInstanceOf(DemoException.class)
        .hasMessageContaining("--server tomcat needs demo-tomcat.jar")
        .hasMessageContaining("./baton");
    assertThatThrownBy(() -> App.choose("tomcat", jars)).hasMessageContaining(jars.toString());
  }
}
