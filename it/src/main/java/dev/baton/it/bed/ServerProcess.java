package dev.baton.it.bed;

import dev.baton.it.net.Host;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A demo server in a JVM of its own. What it says is kept in two files, and every line that sounds
 * like trouble counts against it unless it was expected.
 */
public final class ServerProcess {

  private static final long START_SECONDS = 30;
  private static final long READY_LOOK_MILLIS = 5;
  private static final Pattern READY = Pattern.compile("(?m)^ready (\\d+)\\R");

  /**
   * Errors and warnings of any logger, stack traces, the JVM's last words, swallowed advice errors.
   */
  private static final Pattern TROUBLE =
      Pattern.compile(
          "\\b(ERROR|SEVERE|FATAL|WARN(ING)?)\\b|Exception|\\bError\\b|SIGSEGV"
              + "|[1-9][0-9]* swallowed|swallowed\\W+[1-9]");

  /** What Tomcat says of a machine that is busy. */
  private static final Pattern SLOW_START =
      Pattern.compile(
          "SessionIdGeneratorBase createSecureRandom|Creation of SecureRandom instance .* took");

  /** What JVMs print about instrumentation whoever asks for it. */
  private static final Pattern JVM_NOISE =
      Pattern.compile(
          "Sharing is only supported for boot loader classes"
              + "|A Java agent has been loaded dynamically"
              + "|If a serviceability tool is (not )?in use"
              + "|Dynamic loading of agents will be disallowed");

  private final ServerSpec spec;
  private final Process process;
  private final Path out;
  private final Path err;
  private volatile int port;
  private final List<Pattern> expected = new CopyOnWriteArrayList<>();
  private final Set<String> told = new HashSet<>();

  private ServerProcess(ServerSpec spec, Process process, Path out, Path err) {
    this.spec = spec;
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts a server; it is not yet ready then.
   *
   * @param command the whole command line
   * @param logs where its output goes: {@code logs.out} and {@code logs.err}
   */
  static ServerProcess start(ServerSpec spec, List<String> command, Path logs) throws IOException {
    Path out = logs.resolveSibling(logs.getFileName() + ".out");
    Path err = logs.resolveSibling(logs.getFileName() + ".err");
    Process
        process = // straight into files: what it said before it answered is there with the answer
        new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    return new ServerProcess(spec, process, out, err);
  }

  /** Waits until the server accepts connections. */
  ServerProcess awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      boolean alive = process.isAlive();
      OptionalInt ready = ready();
      if (ready.isPresent()) {
        port = ready.getAsInt();
        return this;
      }
      if (!alive || System.nanoTime() > deadline) {
        kill();
        throw new IOException(spec + " did not start; " + lastWords());
      }
      Thread.sleep(READY_LOOK_MILLIS);
    }
  }

  /** The port it has named, once the line is complete. */
  private OptionalInt ready() throws IOException {
    Matcher ready = READY.matcher(Files.readString(out));
    return ready.find() ? OptionalInt.of(Integer.parseInt(ready.group(1))) : OptionalInt.empty();
  }

  /** What was started. */
  public ServerSpec spec() {
    return spec;
  }

  /** Its name in the group. */
  public String node() {
    return spec.node();
  }

  /** Its process. */
  public long pid() {
    return process.pid();
  }

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /** Where clients reach it over IPv4. To a dual-stack listener that is an IPv4-mapped peer. */
  public InetSocketAddress address() {
    Host host = spec.host();
    return host == null ? address(127, 0, 0, 1) : host.ipv4(port());
  }

  /** Where clients reach it over IPv6. */
  public InetSocketAddress addressIpv6() {
    Host host = spec.host();
    return host == null
        ? address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
        : host.ipv6(port());
  }

  private InetSocketAddress address(int... octets) {
    byte[] address = new byte[octets.length];
    for (int i = 0; i < octets.length; i++) {
      address[i] = (byte) octets[i];
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // Only for a wrong number of octets.
    }
  }

  /** Whether its process is there. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has used of the processors so far. */
  public Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Sends SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** Sends SIGKILL and waits for the end. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /**
   * Waits for its end.
   *
   * @return its exit status
   * @throws IOException if it is still there after {@code seconds}
   */
  public int awaitExit(long seconds) throws IOException, InterruptedException {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new IOException(
          "%s is still running after %d s; %s".formatted(spec, seconds, lastWords()));
    }
    return process.exitValue();
  }

  /** How often {@code POST /count?id=ID} ran here. */
  public long timesCounted(String id) throws IOException {
    try (Stream<String> lines = Files.lines(out)) {
      return lines.filter(("counted " + id)::equals).count();
    }
  }

  /** Everything it has said on stderr so far. */
  public List<String> stderr() throws IOException {
    return Files.readAllLines(err);
  }

  /** What it has said on stderr so far, without what JVMs say about any agent. */
  public List<String> ownWords() throws IOException {
    return stderr().stream().filter(line -> !JVM_NOISE.matcher(line).find()).toList();
  }

  /** Lines that match {@code pattern} are no complaints from now on. */
  public void expect(String pattern) {
    expected.add(Pattern.compile(pattern));
  }

  /** Lines that sound like trouble, were not expected, and were not told before. */
  public List<String> complaints() throws IOException {
    List<String> lines = new ArrayList<>(Files.exists(out) ? Files.readAllLines(out) : List.of());
    lines.addAll(ownWords());
    return lines.stream()
        .filter(line -> TROUBLE.matcher(line).find() && !SLOW_START.matcher(line).find())
        .filter(line -> expected.stream().noneMatch(pattern -> pattern.matcher(line).find()))
        .filter(told::add)
        .map(line -> spec.node() + ": " + line)
        .toList();
  }

  /** The end of what it said on stderr, for a report. */
  public String lastWords() throws IOException {
    List<String> lines = stderr();
    List<String> last = lines.subList(Math.max(0, lines.size() - 30), lines.size());
    return "its last words (%s):%n%s".formatted(err, String.join("\n", last));
  }

  @Override
  public String toString() {
    return spec.toString();
  }
}
