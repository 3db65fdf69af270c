package dev.baton.agent.cli;

import dev.baton.agent.cli.Contact.Answers;
import dev.baton.agent.cli.Contact.Unreachable;
import dev.baton.agent.cli.console.Amount;
import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Table;
import dev.baton.handoff.Group;
import dev.baton.handoff.NodeClient;
import dev.baton.handoff.NodeInfo;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code baton nodes}. */
@Command(
    name = "nodes",
    description = "Shows the nodes of the group: role, ports, connections, health.",
    mixinStandardHelpOptions = true)
final class NodesCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common = new CommonOptions();

  /** What is printed as JSON. */
  record Listing(List<NodeInfo> nodes, List<Unreachable> unreachable) {}

  @Override
  public Integer call() throws CommandFailedException {
    Group group = common.group();
    Contact contact = new Contact(group);
    Answers<NodeInfo> all = contact.ask(NodeClient::node);
    common.answer(new Listing(all.answers(), all.unreachable()));
    if (!all.answers().isEmpty()) {
      print(all.answers(), common.console());
    } else if (all.unreachable().isEmpty() && !common.json()) {
      common.warn(
          "no node of group '" + group.name() + "' runs here (looked in " + contact.folder() + ")");
    }
    return report(all.unreachable(), common);
  }

  /** Says who did not answer; the exit status. */
  static int report(List<Unreachable> unreachable, CommonOptions common) {
    unreachable.forEach(node -> common.warn(node.reason()));
    return unreachable.isEmpty() ? Cli.DONE : Cli.FAILED;
  }

  private static void print(List<NodeInfo> nodes, Console console) {
    Table table =
        new Table()
            .left("node")
            .right("pid")
            .left("role")
            .left("ports")
            .right("connections")
            .left("state")
            .left("health")
            .right("up");
    for (NodeInfo node : nodes) {
      table.row(
          node.name(),
          node.pid(),
          node.role(),
          node.ports().stream().map(String::valueOf).collect(Collectors.joining(",")),
          node.connections(),
          node.draining() ? "draining" : "serving",
          node.health(),
          Amount.age(Duration.ofMillis(System.currentTimeMillis() - node.sinceMillis())));
    }
    console.print(table);
  }
}
