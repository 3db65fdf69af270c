package dev.baton.it.bed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** {@code baton COMMAND} for one group, run as a user would run it: in a process of its own. */
public final class BatonCli {

  private static final long PATIENCE_SECONDS = 60;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final String group;
  private final Path directory;
  private final List<String> enter;

  /**
   * For one group.
   *
   * @param enter a command that executes the one that follows it somewhere else; empty for here
   */
  BatonCli(String group, Path directory, List<String> enter) {
    this.group = group;
    this.directory = directory;
    this.enter = enter;
  }

  /**
   * What a command left behind.
   *
   * @param command how it was called
   * @param status its exit status
   * @param out its stdout
   * @param err its stderr
   */
  public record Result(List<String> command, int status, String out, String err) {

    /** Its stdout as JSON of this form. */
    public <T> T json(Class<T> form) {
      try {
        return JSON.readValue(out, form);
      } catch (JacksonException e) {
        throw new IllegalStateException("not the JSON promised: " + this, e);
      }
    }

    /**
     * Itself, if the command did all it was asked.
     *
     * @throws IllegalStateException if its exit status is not 0
     */
    public Result succeeded() {
      if (status != 0) {
        throw new IllegalStateException("the command failed: " + this);
      }
      return this;
    }

    @Override
    public String toString() {
      return "baton %s: status %d%n%s%s".formatted(String.join(" ", command), status, out, err);
    }
  }

  /** Runs any command for this group. */
  public Result run(String... arguments) {
    List<String> command = new ArrayList<>(List.of(arguments));
    command.add("--group=" + group);
    command.add("--dir=" + directory);
    return run(enter, command);
  }

  /** Runs a command with exactly these arguments. */
  public static Result runAsIs(List<String> arguments) {
    return run(List.of(), arguments);
  }

  private static Result run(List<String> enter, List<String> arguments) {
    List<String> command = new ArrayList<>(enter);
    command.addAll(
        List.of(
            Jdk.current().java(),
            // A short life: no time to optimise for a long one.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dbaton.demoApps=" + Repository.demoApps(),
            "-jar",
            Repository.agentJar().toString()));
    command.addAll(arguments);
    try {
      Path out = Files.createTempFile("baton", ".out");
      Path err = Files.createTempFile("baton", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          throw new IllegalStateException("hangs: " + command + "\n" + Files.readString(err));
        }
        return new Result(
            List.copyOf(arguments),
            process.exitValue(),
            Files.readString(out, StandardCharsets.UTF_8),
            Files.readString(err, StandardCharsets.UTF_8));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
