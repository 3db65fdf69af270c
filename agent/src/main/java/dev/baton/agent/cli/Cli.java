package dev.baton.agent.cli;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.concurrent.Callable;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code baton COMMAND}. Exit status: 0 done; 1 done in part, or failed; 2 wrong usage; 3 no such
 * node or process, or not reachable.
 */
@Command(
    name = "baton",
    description = "Moves live HTTP connections between Java servers.",
    mixinStandardHelpOptions = true,
    versionProvider = Cli.Version.class,
    subcommands = {
      DemoCommand.class,
      NodesCommand.class,
      ConnectionsCommand.class,
      HandoffCommand.class,
      DrainCommand.class,
      AttachCommand.class,
      KeysCommand.class,
      CorrespondentCommand.class,
      HomeAgentCommand.class
    })
public final class Cli implements Callable<Integer> {

  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;
  static final int NOT_REACHABLE = 3;

  @Spec private @Nullable CommandSpec spec;

  private Cli() {}

  /**
   * Runs one command.
   *
   * @param args as typed
   * @return the exit status
   */
  public static int run(String[] args) {
    return commandLine().execute(args);
  }

  /** All commands, ready to be executed. */
  static CommandLine commandLine() {
    return new CommandLine(new Cli())
        .setParameterExceptionHandler(Failures::wrongUsage)
        .setExecutionExceptionHandler(Failures::failed);
  }

  /** No command: that is wrong usage. */
  @Override
  public Integer call() {
    if (spec != null) {
      spec.commandLine().usage(System.err);
    }
    return WRONG_USAGE;
  }

  /** Returns the jar this command runs from, which is the agent too. */
  static File jar() {
    try {
      return new File(Cli.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The version, from the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      try (JarFile jar = new JarFile(jar())) {
        String version = jar.getManifest().getMainAttributes().getValue("Implementation-Version");
        return new String[] {"baton " + version};
      }
    }
  }
}
