package dev.baton.agent.cli;

import dev.baton.anycast.host.CorrespondentHost;
import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.RouteOptimization;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code baton correspondent}: this host as a client of groups that use Mobile IPv6. */
@Command(
    name = "correspondent",
    description = {
      "Makes this host a correspondent node of Mobile IPv6, until SIGINT or SIGTERM:",
      "its connections to a group's contact address go directly to the node that",
      "serves them. The kernel moves the packets if it can (CONFIG_IPV6_MIP6), else",
      "this process does. Needs CAP_NET_ADMIN and CAP_NET_RAW."
    },
    mixinStandardHelpOptions = true)
final class CorrespondentCommand implements Callable<Integer> {

  @Mixin private final MobileOptions options = new MobileOptions();

  @Option(
      names = "--user-space",
      description = "Move the packets in this process, also if the kernel can.")
  private boolean userSpace;

  private record Ready(
      String event,
      String role,
      List<String> interfaces,
      String path,
      @Nullable String kernelLacks) {}

  @Override
  public Integer call() throws LinuxException, CommandFailedException {
    List<String> interfaces = options.interfaces();
    String lacking = userSpace ? null : RouteOptimization.missing();
    boolean byKernel = !userSpace && lacking == null;
    String path = byKernel ? "kernel" : "user-space";
    return options
        .run()
        .run(
            "correspondent node",
            "correspondent node on "
                + String.join(", ", interfaces)
                + (byKernel ? "; the kernel moves its packets" : "; this process moves its packets")
                + (lacking == null ? "" : " (" + lacking + ")"),
            new Ready("ready", "correspondent", interfaces, path, lacking),
            (listener, log) -> CorrespondentHost.open(interfaces, byKernel, listener, log));
  }
}
