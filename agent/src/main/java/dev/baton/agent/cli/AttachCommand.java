package dev.baton.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code baton attach PID [key=value,…]}. */
@Command(
    name = "attach",
    description = "Loads the agent into a running JVM, and waits until it is at work there.",
    mixinStandardHelpOptions = true)
final class AttachCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "PID", description = "The JVM's process id.")
  private long pid;

  @Parameters(
      index = "1..*",
      paramLabel = "key=value",
      description = "Settings, as after -javaagent:baton-agent.jar=")
  private List<String> options = List.of();

  @Mixin private final CommonOptions common = new CommonOptions();

  @Spec private @Nullable CommandSpec spec;

  private record Attached(long pid, String status) {}

  @Override
  public Integer call() {
    Path process = Path.of("/proc", Long.toString(pid));
    if (!Files.exists(process)) {
      return fail(Cli.NOT_REACHABLE, "no such process: " + pid);
    }
    if (!isJvm(process)) { // attaching sends SIGQUIT, which ends anything else
      return fail(Cli.NOT_REACHABLE, "process " + pid + " is not a JVM of yours");
    }
    try {
      String status = Attachment.load(pid, Cli.jar(), String.join(",", settings()));
      if (!status.equals("on")) {
        return fail(Cli.FAILED, "process " + pid + ": Baton is " + status);
      }
      common.console().print("baton is on in process " + pid);
      common.answer(new Attached(pid, status));
      return Cli.DONE;
    } catch (NoClassDefFoundError e) {
      return fail(
          Cli.FAILED, "this Java runtime lacks the module jdk.attach: run baton with a full JDK");
    } catch (IOException e) {
      return fail(Cli.NOT_REACHABLE, "process " + pid + ": " + e.getMessage());
    }
  }

  private static boolean isJvm(Path process) {
    try {
      return Files.readString(process.resolve("maps")).contains("/libjvm.so");
    } catch (IOException e) {
      return false;
    }
  }

  /** What was typed as settings, and the group and folder if they were typed as options. */
  private List<String> settings() {
    List<String> settings = new ArrayList<>();
    if (common.givenGroup() != null) {
      settings.add("group=" + common.givenGroup());
    }
    if (common.givenDir() != null) {
      settings.add("dir=" + common.givenDir().toAbsolutePath());
    }
    settings.addAll(options);
    return settings;
  }

  private int fail(int status, String line) {
    if (spec != null) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("baton: " + line);
      err.flush();
    }
    return status;
  }
}
