package dev.baton.agent.cli;

import dev.baton.anycast.host.CorrespondentHost;
import dev.baton.linux.LinuxException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code baton correspondent}: this host as a client of groups that use Mobile IPv6. */
@Command(
    name = "correspondent",
    description = {
      "Makes this host a correspondent node of Mobile IPv6, until SIGINT or SIGTERM: its",
      "connections to a group's contact address go directly to the node that serves them.",
      "Needs CAP_NET_ADMIN and CAP_NET_RAW."
    },
    mixinStandardHelpOptions = true)
final class CorrespondentCommand implements Callable<Integer> {

  @Mixin private final MobileOptions options = new MobileOptions();

  private record Ready(String event, String role, List<String> interfaces) {}

  @Override
  public Integer call() throws LinuxException, CommandFailedException {
    List<String> interfaces = options.interfaces();
    return options
        .run()
        .run(
            "correspondent node",
            "correspondent node on " + String.join(", ", interfaces),
            new Ready("ready", "correspondent", interfaces),
            (listener, log) -> CorrespondentHost.open(interfaces, listener, log));
  }
}
