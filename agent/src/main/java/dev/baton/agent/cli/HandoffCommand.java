package dev.baton.agent.cli;

import dev.baton.handoff.HandoffReport;
import dev.baton.handoff.NodeClient;
import dev.baton.handoff.wire.RefusedException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code baton handoff}. */
@Command(
    name = "handoff",
    description = "Moves connections from one node to another, now.",
    mixinStandardHelpOptions = true)
final class HandoffCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(names = "--from", paramLabel = "NODE", required = true, description = "The donor.")
  private String from = "";

  @Option(names = "--to", paramLabel = "NODE", required = true, description = "The acceptor.")
  private String to = "";

  @ArgGroup(multiplicity = "1")
  private Which which = new Which();

  @Spec private @Nullable CommandSpec spec;

  /** One of the two. */
  static final class Which {
    @Option(names = "--all", required = true, description = "All connections of the donor.")
    boolean all;

    @Option(
        names = "--connection",
        paramLabel = "ID",
        required = true,
        description = "One connection, as 'baton connections' names it.")
    @Nullable String connection;
  }

  @Override
  public Integer call() throws CommandFailedException {
    if (from.equals(to) && spec != null) {
      throw new ParameterException(
          spec.commandLine(), "--from and --to name the same node, '" + from + "'");
    }
    Contact contact = new Contact(common.group());
    try (NodeClient donor = contact.open(from)) {
      HandoffReport report = donor.handoff(to, which.connection);
      common.answer(report);
      new ReportPrinter(common.console(), report).everything();
      return ReportPrinter.status(report);
    } catch (RefusedException e) {
      contact.open(to).close(); // says what is wrong with it, if that is why
      return refused(common, new HandoffReport(from, to, 0, 0, 0, List.of()), e);
    } catch (IOException e) {
      throw lost(from, e);
    }
  }

  /** The donor would not. */
  static int refused(CommonOptions common, HandoffReport nothing, RefusedException e) {
    String reason = "node '" + nothing.from() + "' refuses: " + Failures.firstLine(e);
    common.answer(Json.withError(nothing, reason));
    common.warn(reason);
    return Cli.FAILED;
  }

  /** The donor went silent in the middle. */
  static CommandFailedException lost(String from, IOException e) {
    return new CommandFailedException(
        Cli.NOT_REACHABLE,
        "node '"
            + from
            + "' stopped answering: "
            + Failures.firstLine(e)
            + "; 'baton connections' shows what has moved");
  }
}
