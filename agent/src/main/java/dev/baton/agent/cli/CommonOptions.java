package dev.baton.agent.cli;

import dev.baton.agent.Setting;
import dev.baton.agent.Settings;
import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Terminal;
import dev.baton.handoff.Group;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * What every command understands. A group or a folder that is not named is the one this shell's
 * nodes would have: from the same system properties and environment variables, with the same
 * defaults.
 */
final class CommonOptions {

  @Option(
      names = "--group",
      paramLabel = "GROUP",
      description = "The group of nodes (else baton.group, BATON_GROUP, 'default').")
  private @Nullable String group;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where the nodes meet (else baton.dir, BATON_DIR, the nodes' own default).")
  private @Nullable Path dir;

  @Option(names = "--json", description = "Print one JSON object and nothing else.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  /** The group to talk to. */
  Group group() {
    String name = group == null ? setting(Setting.GROUP, "default") : group;
    Path folder =
        dir == null ? Path.of(setting(Setting.DIR, Settings.defaultDir().toString())) : dir;
    try {
      return new Group(folder.toAbsolutePath(), name);
    } catch (IOException e) { // the name cannot be one
      throw new ParameterException(command().commandLine(), Failures.firstLine(e), e);
    }
  }

  /** The group as typed; null if it was not. */
  @Nullable String givenGroup() {
    return group;
  }

  /** The folder as typed; null if it was not. */
  @Nullable Path givenDir() {
    return dir;
  }

  /** Whether the answer is one JSON object. */
  boolean json() {
    return json;
  }

  /** Where people read; silent if the answer is JSON. */
  Console console() {
    return json
        ? Console.silent()
        : new Console(command().commandLine().getOut(), Terminal.detect());
  }

  /** Prints the JSON object, if that is what was asked for. */
  void answer(Object object) {
    if (json) {
      PrintWriter out = command().commandLine().getOut();
      out.println(Json.of(object));
      out.flush();
    }
  }

  /** Prints a line on standard error. */
  void warn(String line) {
    Failures.say(command().commandLine(), line);
  }

  private CommandSpec command() {
    if (command == null) {
      throw new IllegalStateException("options outside a command");
    }
    return command;
  }

  private static String setting(Setting setting, String byDefault) {
    String property = System.getProperty(setting.key());
    if (property != null) {
      return property;
    }
    String variable = System.getenv(setting.variable());
    return variable == null ? byDefault : variable;
  }
}
