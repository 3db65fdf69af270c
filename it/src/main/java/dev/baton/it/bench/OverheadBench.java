package dev.baton.it.bench;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Request;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What the agent costs while nothing moves. Two servers, one with it and one without, are loaded in
 * turn, in the order with, without, without, with…, so that a drift of the machine hits both alike;
 * where there are two processors the servers have one and the load the other. Then the system calls
 * of a download are counted, with and without.
 */
final class OverheadBench {

  /**
   * How many times both servers are started. No two JVMs compile the same code alike: forks of one
   * build differ by a tenth.
   */
  private static final int FORKS = 9;

  /** Many short runs rather than few long ones: both of a pair meet the same weather. */
  private static final int PAIRS = 8;

  private static final long RUN_MILLIS = 1_000;

  /** On a processor that it shares with its compiler threads a server needs that long. */
  private static final int WARM_UP_RUNS = 8;

  private static final long WARM_UP_MILLIS = 2_000;
  private static final int DOWNLOADS = 5;
  private static final String TRACED = "sendfile,write,writev,read,readv,sendto,recvfrom";
  private static final Pattern STRACE_ROW =
      Pattern.compile(
          "\\s*[0-9.]+\\s+[0-9.]+\\s+[0-9]+\\s+([0-9]+)\\s+(?:[0-9]+\\s+)?([a-z0-9_]+)");

  private final App app;
  private final Bench.Options options;
  private final Results results;

  private final List<Fork> forks = new ArrayList<>();

  /**
   * A server under load for a while.
   *
   * @param perSecond requests it answered in a second
   * @param cpuMicros what it used of a processor for each: hardly touched by whatever else runs
   */
  private record Run(double perSecond, double cpuMicros) {}

  /** The runs of two servers, each of one with the one of the other that was next to it in time. */
  private record Fork(List<Run> with, List<Run> without) {

    /** Forks differ in their level: medians are only compared within one. */
    double ratio(ToDoubleFunction<Run> figure) {
      return median(with, figure) / median(without, figure);
    }

    DoubleStream ratiosInPairs(ToDoubleFunction<Run> figure) {
      return IntStream.range(0, with.size())
          .mapToDouble(
              i -> figure.applyAsDouble(with.get(i)) / figure.applyAsDouble(without.get(i)));
    }

    private static double median(List<Run> runs, ToDoubleFunction<Run> figure) {
      return Table.median(runs.stream().mapToDouble(figure));
    }
  }

  private OverheadBench(App app, Bench.Options options) {
    this.app = app;
    this.options = options;
    this.results = new Results("overhead-" + app, options);
  }

  static void run(Bench.Options options) throws IOException, InterruptedException {
    for (App app : options.apps(App.values())) {
      OverheadBench bench = new OverheadBench(app, options);
      for (int fork = 0; fork < FORKS; fork++) {
        try (TestBed bed = TestBed.create("bench-overhead-" + app)) {
          // Who starts first has the other's start in his warm-up: take turns.
          ServerSpec first = bench.spec("first");
          ServerSpec second = bench.spec("second");
          boolean withFirst = fork % 2 == 0;
          // With the agent, when it has practised: that is part of the start, and over by then.
          ServerProcess one = withFirst ? bed.join(first) : bed.start(first.withoutAgent());
          ServerProcess two = withFirst ? bed.start(second.withoutAgent()) : bed.join(second);
          bench.throughput(withFirst ? one : two, withFirst ? two : one);
          if (fork == FORKS - 1) {
            bench.reportThroughput();
            bench.systemCalls(withFirst ? one : two, withFirst ? two : one);
          }
        }
      }
      bench.results.write();
    }
  }

  private ServerSpec spec(String node) {
    ServerSpec spec =
        ServerSpec.of(app, options.jdk(), node)
            // Else the JDK's server writes header and body apart and waits 40 ms between them.
            .jvmOption("-Dsun.net.httpserver.nodelay=true");
    return pinned() ? spec.by("taskset", "--cpu-list", "0") : spec;
  }

  private static boolean pinned() {
    return Runtime.getRuntime().availableProcessors() > 1;
  }

  private void throughput(ServerProcess with, ServerProcess without) throws IOException {
    Fork fork = new Fork(new ArrayList<>(), new ArrayList<>());
    forks.add(fork);
    try (Load load = new Load()) {
      for (int i = 0; i < WARM_UP_RUNS; i++) {
        load.run(with, WARM_UP_MILLIS);
        load.run(without, WARM_UP_MILLIS);
      }
      for (int i = 0; i < options.rounds(PAIRS); i++) {
        if (i % 2 == 0) {
          fork.with.add(load.run(with, RUN_MILLIS));
          fork.without.add(load.run(without, RUN_MILLIS));
        } else {
          fork.without.add(load.run(without, RUN_MILLIS));
          fork.with.add(load.run(with, RUN_MILLIS));
        }
      }
    }
  }

  private void reportThroughput() {
    Table table =
        new Table(
            "small requests", "with the agent", "without", "ratio", "of the forks", "in pairs");
    row(table, "a second", Run::perSecond);
    row(table, "processor time for each, µs", Run::cpuMicros);
    table.print(
        "Medians of %d forks, each of its %d pairs of runs, %s, %s"
            .formatted(forks.size(), forks.get(0).with.size(), app, options.jdk()));
    results.put("throughput", table.figures());
    results.put("forks", forks);
  }

  private void row(Table table, String name, ToDoubleFunction<Run> figure) {
    table.row(
        name,
        Table.median(forks.stream().mapToDouble(fork -> Fork.median(fork.with, figure))),
        Table.median(forks.stream().mapToDouble(fork -> Fork.median(fork.without, figure))),
        Table.median(forks.stream().mapToDouble(fork -> fork.ratio(figure))),
        forks.stream()
            .map(fork -> "%.3f".formatted(fork.ratio(figure)))
            .collect(Collectors.joining(" ")),
        Table.median(forks.stream().flatMapToDouble(fork -> fork.ratiosInPairs(figure))));
  }

  private void systemCalls(ServerProcess with, ServerProcess without)
      throws IOException, InterruptedException {
    Map<String, Long> withAgent = countSystemCalls(with);
    Map<String, Long> withoutAgent = countSystemCalls(without);
    TreeSet<String> names = new TreeSet<>(withAgent.keySet());
    names.addAll(withoutAgent.keySet());
    Table table = new Table("system call", "with the agent", "without");
    for (String name : names) {
      table.row(name, withAgent.getOrDefault(name, 0L), withoutAgent.getOrDefault(name, 0L));
    }
    table.print("System calls of %d downloads of 20 MB, %s".formatted(DOWNLOADS, app));
    results.put("systemCalls", table.figures());
  }

  /** Downloads while {@code strace} counts the server's system calls. */
  private static Map<String, Long> countSystemCalls(ServerProcess server)
      throws IOException, InterruptedException {
    download(server);
    Path counts = Files.createTempFile("strace", ".txt");
    Path words = Files.createTempFile("strace", ".err");
    try {
      Process strace =
          new ProcessBuilder(
                  "strace",
                  "-c",
                  "-f",
                  "-e",
                  "trace=" + TRACED,
                  "-o",
                  counts.toString(),
                  "-p",
                  "" + server.pid())
              .redirectError(words.toFile())
              .start();
      while (!Files.readString(words).contains("attached")) {
        if (strace.waitFor(20, TimeUnit.MILLISECONDS)) {
          throw new IOException("strace: " + Files.readString(words));
        }
      }
      for (int i = 0; i < DOWNLOADS; i++) {
        download(server);
      }
      strace.destroy();
      strace.waitFor();
      Map<String, Long> calls = new TreeMap<>();
      for (String line : Files.readAllLines(counts)) {
        Matcher row = STRACE_ROW.matcher(line);
        if (row.matches() && !row.group(2).equals("total")) {
          calls.put(row.group(2), Long.parseLong(row.group(1)));
        }
      }
      return calls;
    } finally {
      Files.delete(counts);
      Files.delete(words);
    }
  }

  private static void download(ServerProcess server) throws IOException {
    try (ClientConnection client = ClientConnection.open(server.address())) {
      client.exchange(
          Request.get("/files/20m.bin"), ExpectedBody.file(Repository.servedFile(0, 20)));
    }
  }

  /** The load generator in its own JVM. */
  private static final class Load implements AutoCloseable {

    private final Process process;
    private final PrintWriter in;
    private final BufferedReader out;

    Load() throws IOException {
      List<String> command = new ArrayList<>();
      if (pinned()) {
        command.addAll(List.of("taskset", "--cpu-list", "1"));
      }
      command.addAll(
          List.of(
              Jdk.current().java(),
              "-cp",
              System.getProperty("java.class.path"),
              LoadGenerator.class.getName()));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      in = new PrintWriter(process.outputWriter(), true);
      out = process.inputReader();
    }

    Run run(ServerProcess server, long millis) throws IOException {
      Duration before = server.processorTime();
      in.println(server.port() + " " + millis);
      String answer = out.readLine();
      if (answer == null) {
        throw new IOException("the load generator has died");
      }
      long requests = Long.parseLong(answer);
      Duration used = server.processorTime().minus(before);
      return new Run(requests * 1000.0 / millis, used.toNanos() / 1000.0 / requests);
    }

    @Override
    public void close() throws IOException {
      in.close();
      out.close();
      process.destroy();
    }
  }
}
