package dev.baton.agent.cli;

import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Table;
import dev.baton.handoff.trust.GroupAuthority;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code baton keys}: who belongs to a group whose nodes are on several hosts. */
@Command(
    name = "keys",
    description = "Makes the keys by which the nodes of a group know each other across hosts.",
    mixinStandardHelpOptions = true,
    subcommands = KeysCommand.Init.class)
final class KeysCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("outside a command line");
    }
    throw new ParameterException(spec.commandLine(), "what about the keys? there is: init");
  }

  /** {@code baton keys init --out DIR NODE…}. */
  @Command(
      name = "init",
      description = {
        "Makes a certificate authority for the group in DIR/ca, if there is none, and for each"
            + " node",
        "the folder DIR/NODE, to be copied to it and named by baton.keys. For a node that has keys",
        "it makes new ones; the old ones are valid until they expire."
      },
      mixinStandardHelpOptions = true)
  static final class Init implements Callable<Integer> {

    @Option(
        names = "--out",
        required = true,
        paramLabel = "DIR",
        description = "Where all keys of the group are.")
    private Path out = Path.of("");

    @Option(
        names = "--days",
        paramLabel = "N",
        defaultValue = "397",
        description = "How long the nodes' certificates are valid (default: ${DEFAULT-VALUE}).")
    private int days;

    @Parameters(arity = "1..*", paramLabel = "NODE", description = "The nodes' names.")
    private List<String> nodes = List.of();

    @Mixin private final CommonOptions common = new CommonOptions();

    @Spec private @Nullable CommandSpec spec;

    private record Issued(String node, String keys) {}

    private record Answer(String group, String authority, List<Issued> nodes) {}

    @Override
    public Integer call() throws IOException {
      if (days < 1 && spec != null) {
        throw new ParameterException(spec.commandLine(), "--days must be at least 1");
      }
      String group = common.group().name();
      GroupAuthority authority = GroupAuthority.in(out.toAbsolutePath(), group);
      List<Issued> issued = new ArrayList<>();
      for (String node : nodes) {
        Path keys = authority.issue(node, Duration.ofDays(days));
        issued.add(new Issued(node, keys.toString()));
      }
      Path ca = authority.folder();
      common.answer(new Answer(group, ca.toString(), issued));
      print(common.console(), group, ca, issued);
      return Cli.DONE;
    }

    private static void print(Console console, String group, Path ca, List<Issued> issued) {
      Table table = new Table().left("node").left("baton.keys");
      issued.forEach(one -> table.row(one.node(), one.keys()));
      console.print(table);
      console.print(
          "Copy each folder to its node. Whoever has "
              + ca.resolve("ca.key")
              + " can make nodes of group '"
              + group
              + "': keep it off them.");
    }
  }
}
