package dev.baton.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/CONFIGURATION.md} from {@link Setting}; the only hand that does. */
final class ConfigurationReference {

  static final Path FILE = Path.of("..", "docs", "CONFIGURATION.md");

  private ConfigurationReference() {}

  public static void main(String[] arguments) throws IOException {
    Files.writeString(FILE, text());
  }

  static String text() {
    StringBuilder text =
        new StringBuilder(
            """
            <!-- Generated from dev.baton.agent.Setting; `ConfigurationReferenceTest` says how. -->
            # Configuration

            A setting `X` can be given in four places. The first that names it wins:

            1. agent options, `-javaagent:baton-agent.jar=X=value,Y=value`, or after `baton attach PID`
            2. the system property `baton.X`
            3. the environment variable `BATON_X`, in upper case
            4. a line `X=value` in the file named by `baton.config`; `#` begins a comment line

            In agent options a comma separates settings, and also the items of a list: a part that does
            not begin with a key and an equals sign continues the value before it. So
            `ports=8080,8081,node=a` is two settings. Where a setting has no value by default, `none` or
            nothing takes back what a later place says.

            An unknown key in any of these places, or a bad value, is one line on stderr; Baton stays off
            and the server starts without it. (Variables that Kubernetes sets for a service called
            `baton` are not taken for settings.) How the start went can be read from the system property
            `dev.baton.status`: `on`, or why Baton is off.

            | key | value | default | meaning |
            |---|---|---|---|
            """);
    for (Setting setting : Setting.values()) {
      text.append("| `")
          .append(setting.key())
          .append("` | ")
          .append(setting.kind().form())
          .append(" | ")
          .append(setting.byDefault())
          .append(" | ")
          .append(setting.meaning())
          .append(" |\n");
    }
    return text.toString();
  }
}
