package dev.baton.agent.cli;

import dev.baton.agent.cli.console.Console;
import dev.baton.handoff.HandoffReport;
import dev.baton.handoff.NodeClient;
import dev.baton.handoff.wire.RefusedException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code baton drain}. */
@Command(
    name = "drain",
    description = "Hands everything a node has over, and lets it accept no more.",
    mixinStandardHelpOptions = true)
final class DrainCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(names = "--node", paramLabel = "NODE", required = true, description = "The donor.")
  private String node = "";

  @Option(
      names = "--to",
      paramLabel = "NODE",
      description = "The acceptor (else a successor on the same host, or the group by its policy).")
  private @Nullable String to;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws CommandFailedException {
    if (node.equals(to) && spec != null) {
      throw new ParameterException(
          spec.commandLine(), "--node and --to name the same node, '" + node + "'");
    }
    Contact contact = new Contact(common.group());
    Console console = common.console();
    DrainProgress progress = new DrainProgress(console, node, System.nanoTime());
    try (NodeClient donor = contact.open(node)) {
      HandoffReport report = donor.drain(to, step -> progress.step(step, System.nanoTime()));
      progress.end();
      common.answer(report);
      new ReportPrinter(console, report).exceptions();
      return ReportPrinter.status(report);
    } catch (RefusedException e) {
      progress.end();
      mustBeSomeone(contact);
      return HandoffCommand.refused(common, new HandoffReport(node, to, 0, 0, 0, List.of()), e);
    } catch (IOException e) {
      progress.end();
      throw HandoffCommand.lost(node, e);
    }
  }

  /**
   * @throws CommandFailedException if there is nobody to hand over to
   */
  private void mustBeSomeone(Contact contact) throws CommandFailedException {
    if (to != null) {
      contact.open(to).close();
      return;
    }
    List<String> names = contact.ask(other -> other.node().name()).answers();
    if (names.stream().allMatch(node::equals)) {
      throw new CommandFailedException(
          Cli.NOT_REACHABLE,
          "no other node of the group runs here to hand over to: start one first; '"
              + node
              + "' carries on");
    }
  }
}
