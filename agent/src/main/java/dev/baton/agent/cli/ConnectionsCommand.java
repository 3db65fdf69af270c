package dev.baton.agent.cli;

import dev.baton.agent.cli.Contact.Answers;
import dev.baton.agent.cli.Contact.Unreachable;
import dev.baton.agent.cli.console.Amount;
import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Table;
import dev.baton.handoff.ConnectionInfo;
import dev.baton.handoff.NodeClient;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code baton connections}. */
@Command(
    name = "connections",
    description = "Shows each connection, and whether it could move now or why not.",
    mixinStandardHelpOptions = true)
final class ConnectionsCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(names = "--node", paramLabel = "NODE", description = "Only this node's.")
  private @Nullable String node;

  /** What is printed as JSON. */
  record Listing(List<ConnectionInfo> connections, List<Unreachable> unreachable) {}

  @Override
  public Integer call() throws CommandFailedException {
    Contact contact = new Contact(common.group());
    Listing listing = node == null ? ofAll(contact) : ofOne(contact, node);
    common.answer(listing);
    print(listing.connections(), common.console());
    return NodesCommand.report(listing.unreachable(), common);
  }

  private static Listing ofAll(Contact contact) throws CommandFailedException {
    Answers<List<ConnectionInfo>> all = contact.ask(NodeClient::connections);
    return new Listing(all.answers().stream().flatMap(List::stream).toList(), all.unreachable());
  }

  private static Listing ofOne(Contact contact, String node) throws CommandFailedException {
    try (NodeClient client = contact.open(node)) {
      return new Listing(client.connections(), List.of());
    } catch (IOException e) {
      throw new CommandFailedException(
          Cli.NOT_REACHABLE, "node '" + node + "' does not answer: " + Failures.firstLine(e));
    }
  }

  private static void print(List<ConnectionInfo> connections, Console console) {
    if (connections.isEmpty()) {
      console.print("no connections");
      return;
    }
    Table table =
        new Table()
            .left("node")
            .left("id")
            .left("client")
            .left("state")
            .left("method")
            .left("uri")
            .right("sent")
            .left("movable");
    for (ConnectionInfo connection : connections) {
      table.row(
          connection.node(),
          connection.id(),
          connection.client(),
          connection.state(),
          connection.method(),
          connection.uri(),
          Amount.bytes(connection.sent()),
          connection.movable() ? "yes" : "no: " + connection.reason());
    }
    console.print(table);
  }
}
