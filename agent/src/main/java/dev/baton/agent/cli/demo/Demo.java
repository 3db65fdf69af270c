package dev.baton.agent.cli.demo;

import dev.baton.agent.cli.console.Amount;
import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Ink;
import dev.baton.agent.cli.console.Table;
import dev.baton.agent.cli.demo.DemoReport.Hop;
import dev.baton.agent.cli.demo.DemoReport.Sigterm;
import dev.baton.agent.cli.demo.DemoReport.Spread;
import dev.baton.handoff.ConnectionInfo;
import dev.baton.handoff.Group;
import dev.baton.handoff.HandoffReport;
import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.NodeClient;
import dev.baton.linux.Capabilities;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Two servers on one port, one client, one connection. The response moves back and forth between
 * the servers while the client receives it; then the one that serves is told to stop.
 */
public final class Demo {
  private static final String FILE = "big.bin";
  private static final long JOIN_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(40);
  private static final long LOOK_MILLIS = 5;
  private static final int BY_SIGTERM = 128 + 15;
  private static final long STRANGER_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final DemoPlan plan;
  private final Console console;
  private final Stage stage;
  private final Group group;
  private final Path dir;
  private final List<String> problems = new ArrayList<>();
  private final List<Hop> hops = new ArrayList<>();

  private Demo(DemoPlan plan, Console console, Stage stage) throws IOException {
    this.plan = plan;
    this.console = console;
    this.stage = stage;
    this.dir = plan.dir() == null ? stage.folder("nodes") : plan.dir().toAbsolutePath();
    this.group = new Group(dir, plan.groupName());
  }

  /**
   * Shows it. Takes as long as the download. Nothing of it is left when this returns.
   *
   * @param console where people watch
   * @return what has been seen, good or bad
   * @throws DemoException if it could not begin
   * @throws IOException if the machine does not play along
   */
  public static DemoReport run(DemoPlan plan, Console console)
      throws DemoException, IOException, InterruptedException {
    String missing = Capabilities.missing();
    if (missing != null) {
      throw new DemoException("no connection can be moved here: " + missing);
    }
    try (Stage stage = Stage.open()) {
      return new Demo(plan, console, stage).run();
    }
  }

  private DemoReport run() throws DemoException, IOException, InterruptedException {
    Path files = stage.folder("files");
    List<String> app = plan.app().command(stage.folder("server"));
    int port = freePort();
    ServerProcess a = start("a", plan.javaA(), app, files, port);
    DemoFile file = DemoFile.write(files.resolve(FILE), plan.bytes());
    a.awaitPort();
    ServerProcess b = start("b", plan.javaB(), app, files, port);
    b.awaitPort();
    awaitNode(a);
    awaitNode(b);
    announce(a, b, port);

    InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    long begun = System.nanoTime();
    Download download = stage.add(Download.start(server, "/files/" + FILE, plan.bytesPerSecond()));
    download.limit(plan.limit());
    Sigterm sigterm = null;
    String sha256 = null;
    ServerProcess last = a;
    long adviceErrors = 0;
    try {
      ServerProcess donor = serves(a, download) ? a : b;
      ServerProcess acceptor = donor == a ? b : a;
      try (Screen screen = new Screen(console, download, donor.node(), plan.handoffs())) {
        for (int i = 0; i < plan.handoffs(); i++) {
          download.await(plan.due(i));
          if (handOff(donor, acceptor, download, screen)) {
            ServerProcess other = donor;
            donor = acceptor;
            acceptor = other;
          }
        }
        download.await(plan.due(plan.handoffs()));
        adviceErrors = adviceErrors(donor);
        last = acceptor;
        sigterm = terminate(donor, acceptor, download, screen);
        sha256 = download.awaitEnd();
      }
    } catch (IOException e) {
      if (stage.isClosed()) {
        throw new DemoException("the demo has been stopped");
      }
      problems.add(e.getMessage() == null ? e.toString() : e.getMessage());
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    adviceErrors += last.running() ? adviceErrors(last) : 0;
    DemoReport report = report(file, download, sha256, sigterm, millis, adviceErrors);
    summarise(report);
    if (report.ok()) {
      awaitStrangers(last, download);
    }
    return report;
  }

  /** Only a port that a server asks for by number can be shared. */
  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0)) {
      return probe.getLocalPort();
    }
  }

  private ServerProcess start(String node, Path java, List<String> app, Path files, int port)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.add(
        "-javaagent:" + plan.agent() + "=node=" + node + ",group=" + group.name() + ",dir=" + dir);
    command.addAll(app);
    command.addAll(List.of("--port", Integer.toString(port), "--files", files.toString()));
    return stage.start(node, command);
  }

  /** A server may serve before its node is up. */
  private void awaitNode(ServerProcess server) throws DemoException, InterruptedException {
    long deadline = System.nanoTime() + JOIN_NANOS;
    while (!hasJoined(server)) {
      if (!server.running()
          || server.lastWords().endsWith("the server runs without Baton")
          || System.nanoTime() > deadline) {
        throw new DemoException(
            "server " + server.node() + " did not join its group: " + server.lastWords());
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private boolean hasJoined(ServerProcess server) {
    try (NodeClient node = open(server)) {
      return !node.node().ports().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private void announce(ServerProcess a, ServerProcess b, int port) {
    String url = "http://localhost:" + port + "/files/" + FILE;
    console.print(
        List.of(
            "two servers (" + plan.app().title() + ", unmodified) on port " + port + ":",
            "  a  process " + a.pid() + "  " + plan.javaA(),
            "  b  process " + b.pid() + "  " + plan.javaB(),
            "one client, one TCP connection: "
                + Amount.bytes(plan.bytes())
                + " at "
                + Amount.bytes(plan.bytesPerSecond())
                + "/s",
            "join in from another terminal, also in the middle:",
            "  curl --limit-rate " + plan.bytesPerSecond() + " " + url + " | sha256sum",
            ""));
  }

  private NodeClient open(ServerProcess server) throws IOException {
    return group.open(server.node(), null);
  }

  private boolean serves(ServerProcess server, Download download) throws IOException {
    return connection(server, download) != null;
  }

  /** The client's connection as a node has it; null if it is not there. */
  private @Nullable ConnectionInfo connection(ServerProcess server, Download download)
      throws IOException {
    String port = ":" + download.localPort();
    try (NodeClient node = open(server)) {
      return node.connections().stream()
          .filter(connection -> connection.client().endsWith(port))
          .findFirst()
          .orElse(null);
    }
  }

  /** One handoff; whether it worked. */
  private boolean handOff(
      ServerProcess donor, ServerProcess acceptor, Download download, Screen screen)
      throws IOException, InterruptedException {
    download.recentWaitNanos();
    HandoffReport.Row row = ask(donor, acceptor, download);
    download.await(Math.min(download.received() + plan.bytesPerSecond() / 20, plan.limit()));
    Hop hop =
        new Hop(
            hops.size() + 1,
            donor.node(),
            acceptor.node(),
            row.sent(),
            row.result(),
            row.reason(),
            row.phaseMicros(),
            row.pauseMicros(),
            micros(download.recentWaitNanos()));
    hops.add(hop);
    screen.hop(hop);
    boolean done = row.result().equals(Result.HANDED_OFF.text());
    if (!done) {
      problems.add("handoff " + hop.number() + " " + row.result() + ": " + row.reason());
    } else if (row.sent() >= download.total()) {
      problems.add("handoff " + hop.number() + " came after the whole response had been sent");
    }
    return done;
  }

  private HandoffReport.Row ask(ServerProcess donor, ServerProcess acceptor, Download download)
      throws IOException {
    ConnectionInfo connection = connection(donor, download);
    if (connection == null) {
      throw new IOException("node " + donor.node() + " does not know the client's connection");
    }
    try (NodeClient node = open(donor)) {
      return node.handoff(acceptor.node(), connection.id()).connections().get(0);
    } catch (IOException e) {
      return new HandoffReport.Row(
          connection.id(),
          connection.client(),
          connection.state(),
          connection.method(),
          connection.uri(),
          connection.sent(),
          acceptor.node(),
          Result.FAILED.text(),
          e.getMessage(),
          PhaseMicros.NONE,
          0,
          0);
    }
  }

  /** SIGTERM to the server that serves the client. */
  private Sigterm terminate(
      ServerProcess donor, ServerProcess acceptor, Download download, Screen screen)
      throws IOException, InterruptedException {
    download.recentWaitNanos();
    screen.terminating(donor.node(), donor.pid());
    long begun = System.nanoTime();
    donor.terminate();
    ConnectionInfo moved = null;
    while (moved == null) {
      if (download.ended() || System.nanoTime() - begun > DRAIN_NANOS) {
        throw new IOException("SIGTERM did not move the connection: " + donor.lastWords());
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      moved = connection(acceptor, download);
    }
    download.limit(Long.MAX_VALUE);
    if (!donor.awaitEnd(TimeUnit.NANOSECONDS.toMillis(DRAIN_NANOS))) {
      throw new IOException("server " + donor.node() + " does not end after SIGTERM");
    }
    if (donor.exitStatus() != BY_SIGTERM) {
      problems.add("server " + donor.node() + " ended with exit status " + donor.exitStatus());
    }
    Sigterm end =
        new Sigterm(
            donor.node(),
            acceptor.node(),
            moved.sent(),
            donor.exitStatus(),
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
            micros(download.recentWaitNanos()));
    screen.terminated(end);
    return end;
  }

  private long adviceErrors(ServerProcess server) throws IOException {
    try (NodeClient node = open(server)) {
      return node.node().adviceErrors();
    }
  }

  private DemoReport report(
      DemoFile file,
      Download download,
      @Nullable String sha256,
      @Nullable Sigterm sigterm,
      long millis,
      long adviceErrors) {
    if (sha256 != null && !sha256.equals(file.sha256())) {
      problems.add("the client got other bytes than the file has");
    }
    if (adviceErrors > 0) {
      problems.add(Amount.count(adviceErrors, "error") + " in Baton's advice");
    }
    long[] pauses =
        hops.stream()
            .filter(hop -> hop.result().equals(Result.HANDED_OFF.text()))
            .mapToLong(Hop::pauseMicros)
            .toArray();
    return new DemoReport(
        problems.isEmpty(),
        List.copyOf(problems),
        plan.app().title(),
        download.received(),
        file.bytes(),
        sha256,
        file.sha256(),
        download.connections(),
        List.copyOf(hops),
        sigterm,
        Spread.of(pauses),
        micros(download.longestWaitNanos()),
        millis,
        adviceErrors);
  }

  private void summarise(DemoReport report) {
    long done = hops.stream().filter(hop -> hop.result().equals(Result.HANDED_OFF.text())).count();
    Table table = new Table().left("").left("");
    table.row("bytes", report.bytes() + " of " + report.expectedBytes());
    table.row("SHA-256", verdict(report));
    table.row("TCP connections", report.tcpConnections());
    table.row(
        "handoffs",
        done + " of " + plan.handoffs() + (report.sigterm() == null ? "" : ", and one by SIGTERM"));
    table.row(
        "pause",
        "median "
            + Amount.micros(report.pauseMicros().median())
            + ", max "
            + Amount.micros(report.pauseMicros().max())
            + " (freeze to activate, on the nodes' clock)");
    table.row("client", "never waited longer than " + Amount.micros(report.longestGapMicros()));
    List<String> lines = table.lines();
    console.print("");
    console.print(lines.subList(1, lines.size()));
    console.print("");
    for (String problem : report.problems()) {
      console.print(console.terminal().paint(Ink.BAD, "PROBLEM: " + problem));
    }
    if (report.ok()) {
      console.print(console.terminal().paint(Ink.GOOD, "The client has noticed nothing."));
    }
  }

  private static String verdict(DemoReport report) {
    if (report.sha256() == null) {
      return "unknown: the download did not end";
    }
    return report.sha256().equals(report.expectedSha256())
        ? "equal, " + report.expectedSha256()
        : "NOT EQUAL";
  }

  /** Whoever joined in gets the whole file, too. */
  private void awaitStrangers(ServerProcess server, Download download)
      throws IOException, InterruptedException {
    String own = ":" + download.localPort();
    download.close();
    long begun = System.nanoTime();
    boolean said = false;
    while (System.nanoTime() - begun < STRANGER_NANOS && isBusy(server, own)) {
      if (!said) {
        console.print("another download is under way; the demo ends with it (or with Ctrl-C)");
        said = true;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private boolean isBusy(ServerProcess server, String own) throws IOException {
    try (NodeClient node = open(server)) {
      return node.connections().stream()
          .anyMatch(other -> other.method() != null && !other.client().endsWith(own));
    }
  }

  private static long micros(long nanos) {
    return TimeUnit.NANOSECONDS.toMicros(nanos);
  }
}
