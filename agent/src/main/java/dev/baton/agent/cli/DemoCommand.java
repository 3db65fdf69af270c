package dev.baton.agent.cli;

import dev.baton.agent.cli.demo.App;
import dev.baton.agent.cli.demo.Demo;
import dev.baton.agent.cli.demo.DemoException;
import dev.baton.agent.cli.demo.DemoPlan;
import dev.baton.agent.cli.demo.DemoReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code baton demo}. */
@Command(
    name = "demo",
    description =
        "Shows the main job: two servers, one download, handoffs in the middle of it, SIGTERM at"
            + " the end. Done only if all bytes were right.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

  /** The folder of the demo servers; {@code ./baton} sets it. */
  private static final String DEMO_APPS = "baton.demoApps";

  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(
      names = "--server",
      paramLabel = "NAME",
      description = "jetty, tomcat, socket or jdk (default: jetty if built, else jdk).")
  private @Nullable Server server;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      description = "How much to download, such as 200M (default: 96M, or as much as it takes).",
      converter = SizeConverter.class)
  private @Nullable Long size;

  @Option(
      names = "--rate",
      paramLabel = "BYTES",
      defaultValue = "12M",
      description = "How fast the client reads, per second (default: 12M).",
      converter = SizeConverter.class)
  private long rate;

  @Option(
      names = "--handoffs",
      paramLabel = "N",
      defaultValue = "8",
      description = "How often the response moves before SIGTERM (default: 8).")
  private int handoffs;

  @Option(
      names = "--jdk",
      paramLabel = "PATH",
      description = "Another JDK, or java, for the second server.")
  private @Nullable Path jdk;

  @Spec private @Nullable CommandSpec spec;

  /** The servers there are. */
  enum Server {
    jetty,
    tomcat,
    socket,
    jdk
  }

  /** What is printed as JSON when the demo could not begin. */
  record Refusal(boolean ok, String error) {}

  @Override
  public Integer call() throws CommandFailedException, InterruptedException {
    long bytes = size == null ? DemoPlan.defaultBytes(Math.max(handoffs, 0)) : size;
    check(handoffs >= 1, "--handoffs must be at least 1");
    check(rate >= 1, "--rate must be at least 1");
    check(
        bytes >= DemoPlan.leastBytes(handoffs),
        handoffs
            + " handoffs in the middle of a response need --size "
            + (DemoPlan.leastBytes(handoffs) >> 20)
            + "M at least");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Path other = jdk == null ? java : javaOf(jdk);
    try {
      DemoReport report = Demo.run(plan(bytes, java, other), common.console());
      common.answer(report);
      return report.ok() ? Cli.DONE : Cli.FAILED;
    } catch (DemoException | IOException e) {
      String reason = Failures.firstLine(e);
      common.answer(new Refusal(false, reason));
      throw new CommandFailedException(Cli.FAILED, reason);
    }
  }

  private DemoPlan plan(long bytes, Path java, Path other)
      throws DemoException, CommandFailedException {
    String jars = System.getProperty(DEMO_APPS);
    return new DemoPlan(
        App.choose(server == null ? null : server.name(), jars == null ? null : Path.of(jars)),
        ownJar(),
        java,
        other,
        common.givenGroup(),
        common.givenDir(),
        bytes,
        rate,
        handoffs);
  }

  private Path javaOf(Path jdk) {
    Path java = (Files.isDirectory(jdk) ? jdk.resolve("bin/java") : jdk).toAbsolutePath();
    check(Files.isExecutable(java), "--jdk: " + java + " is not there or cannot be run");
    return java;
  }

  private static Path ownJar() throws CommandFailedException {
    Path jar = Cli.jar().toPath();
    if (!Files.isRegularFile(jar)) {
      throw new CommandFailedException(
          Cli.FAILED, "the demo runs from the agent jar, not from " + jar);
    }
    return jar;
  }

  private void check(boolean condition, String otherwise) {
    if (!condition && spec != null) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }
}
