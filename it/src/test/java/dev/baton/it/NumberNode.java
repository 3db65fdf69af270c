package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.TestBed;
import dev.baton.it.net.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The example {@code NumberServer} in a JVM of its own, without the agent. */
final class NumberNode implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("(?m)^ready (\\d+)$");
  private static final Pattern HANDED =
      Pattern.compile("^(\\S+) handed to (\\S+) at (\\d+), pause (\\d+) us$");
  private static final Pattern GROUP =
      Pattern.compile("the group is |node \\S+ has the contact address");
  private static final Duration START = Duration.ofSeconds(20);
  private static final long STOP_SECONDS = 15;

  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;

  private NumberNode(String name, Process process, Path out, Path err) {
    this.name = name;
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param host where it runs; null for this machine itself
   * @param settings {@code key=value}, after those that name node, group and folder; what begins
   *     with a hyphen is for the JVM
   */
  static NumberNode start(
      TestBed bed, @Nullable Host host, Jdk jdk, String name, String... settings)
      throws IOException {
    List<String> command = new ArrayList<>(host == null ? List.of() : host.enter());
    command.addAll(List.of(jdk.java(), "-Xmx128m"));
    Stream.of(settings).filter(setting -> setting.startsWith("-")).forEach(command::add);
    command.addAll(
        List.of("-jar", Repository.root().resolve("examples/target/number-server.jar").toString()));
    Path dir = host == null ? bed.directory() : bed.directory(host);
    command.addAll(List.of("node=" + name, "group=" + bed.group(), "dir=" + dir));
    Stream.of(settings).filter(setting -> !setting.startsWith("-")).forEach(command::add);
    Path logs = Files.createDirectories(Repository.root().resolve("it/target/server-logs/library"));
    Path out = Files.createTempFile(logs, name + "-", ".out");
    Path err = out.resolveSibling(out.getFileName().toString().replace(".out", ".err"));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    NumberNode node = new NumberNode(name, process, out, err);
    await()
        .atMost(START)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !process.isAlive() || READY.matcher(Files.readString(out)).find());
    assertThat(process.isAlive()).as("%s; its words are in %s", name, err).isTrue();
    return node;
  }

  String name() {
    return name;
  }

  int port() throws IOException {
    Matcher ready = READY.matcher(Files.readString(out));
    assertThat(ready.find()).isTrue();
    return Integer.parseInt(ready.group(1));
  }

  /**
   * How a client was passed on: its address, to whom, at which byte, and for how long it waited.
   */
  record Handed(String client, String to, long at, long pauseMicros) {}

  List<Handed> handed() throws IOException {
    List<Handed> all = new ArrayList<>();
    for (String line : Files.readAllLines(out)) {
      Matcher matcher = HANDED.matcher(line);
      if (matcher.matches()) {
        all.add(
            new Handed(
                matcher.group(1),
                matcher.group(2),
                Long.parseLong(matcher.group(3)),
                Long.parseLong(matcher.group(4))));
      }
    }
    return all;
  }

  /** What it said of clients that it could not pass on. */
  List<String> troubles() throws IOException {
    return Stream.concat(Files.readAllLines(out).stream(), Files.readAllLines(err).stream())
        .filter(line -> !HANDED.matcher(line).matches() && !READY.matcher(line).matches())
        .filter(line -> !line.equals("stopped") && !GROUP.matcher(line).find())
        .toList();
  }

  /** Tells it to stop, and waits until it has. */
  void stop() throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)).as("%s ends", name).isTrue();
  }

  int exitStatus() {
    return process.exitValue();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
