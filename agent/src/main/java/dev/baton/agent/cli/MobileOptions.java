package dev.baton.agent.cli;

import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.Interfaces;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the roles of Mobile IPv6 have in common on the command line. */
final class MobileOptions {

  @Option(
      names = "--interface",
      paramLabel = "IF",
      description =
          "Where mobile nodes' packets come in; can be repeated (else all interfaces that are up).")
  private List<String> interfaces = List.of();

  @Option(names = "--json", description = "Print lines of JSON.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  /** The interfaces. */
  List<String> interfaces() throws LinuxException, CommandFailedException {
    interfaces.forEach(this::check);
    List<String> all = interfaces.isEmpty() ? Interfaces.outside() : interfaces;
    if (all.isEmpty()) {
      throw new CommandFailedException(
          Cli.NOT_REACHABLE, "no interface is up: no mobile node can reach this host");
    }
    return all.stream().distinct().toList();
  }

  /** Complains of an interface that does not exist. */
  void check(String name) {
    try {
      if (!Interfaces.exists(name)) {
        throw wrong("there is no interface '" + name + "' on this host");
      }
    } catch (LinuxException e) {
      throw wrong("the interfaces of this host cannot be listed: " + e.getMessage());
    }
  }

  /** What was typed makes no sense. */
  ParameterException wrong(String what) {
    return new ParameterException(commandLine(), what);
  }

  RoleRun run() {
    return new RoleRun(commandLine(), json);
  }

  private CommandLine commandLine() {
    if (command == null) {
      throw new IllegalStateException("options outside a command");
    }
    return command.commandLine();
  }
}
