package dev.baton.it.bench;

import dev.baton.it.bed.App;
import dev.baton.it.bed.HostGroup;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.HdrHistogram.Histogram;

/**
 * A thousand clients in the middle of a response when their host is drained to two others. Every
 * client compares every byte.
 */
final class HostDrainBench {
  private static final int CONNECTIONS = 1_000;
  private static final long BYTES_PER_SECOND = 6_000;

  /** Far enough into the response to have the rest by Range. */
  private static final int BEGUN = 80_000;

  private static final int RECEIVE_BUFFER = 32 << 10;

  /** How many clients take the rest at full speed at a time; more would drown the wide area. */
  private static final int TOGETHER = 25;

  private static final Request DOWNLOAD = Request.get("/files/2m.bin");
  private static final String SMALL_BUFFER = "4096 16384 65536";
  private static final List<String> PHASES =
      List.of("prepare", "hold", "freeze", "extract", "transfer", "recreate", "switch", "activate");

  private final Histogram pauses = new Histogram(3);
  private final Histogram waits = new Histogram(3);
  private final Histogram handoffs = new Histogram(3);
  private int broken;
  private final int connections;

  private HostDrainBench(int connections) {
    this.connections = connections;
  }

  static void run(Bench.Options options) throws IOException, InterruptedException {
    App app = options.apps(App.JETTY).get(0);
    try (HostGroup group = HostGroup.apart("drain", "a", "b", "c")) {
      for (String node : List.of("a", "b", "c")) {
        group.host(node).sysctl("net.ipv4.tcp_wmem", SMALL_BUFFER); // or it has written everything
        group.start(
            node,
            app,
            options.jdk(),
            "drainTimeout=180s",
            "policy=least-connections",
            "routes=/files/*=a");
      }
      group.awaitUnited();
      new HostDrainBench(options.connections(CONNECTIONS)).measure(group, app, options);
    }
  }

  private void measure(HostGroup group, App app, Bench.Options options)
      throws IOException, InterruptedException {
    List<ClientConnection> clients = new ArrayList<>();
    List<Download> downloads = new ArrayList<>();
    try {
      for (int i = 0; i < connections; i++) {
        ClientConnection client =
            group.connect(Pace.bytesPerSecond(BYTES_PER_SECOND), RECEIVE_BUFFER);
        clients.add(client);
        downloads.add(
            Download.start(client, DOWNLOAD, ExpectedBody.file(Repository.servedFile(0, 2))));
      }
      for (Download download : downloads) {
        download.awaitReceived(BEGUN);
      }
      int before = downloadsAt(group, "a");
      long start = System.nanoTime();
      Json.Handoff report =
          group
              .bed()
              .operator(group.host("a"))
              .drain(
                  "a",
                  (moved, left) -> System.out.print("\r  " + moved + " moved, " + left + " left "));
      System.out.println();
      long end = System.nanoTime();
      for (int i = 0; i < connections; i++) {
        if (i % TOGETHER == 0) {
          clients
              .subList(i, Math.min(i + TOGETHER, connections))
              .forEach(each -> each.pace().lift());
        }
        try {
          downloads.get(i).finish();
          waits.recordValue(clients.get(i).waits().longestNanosBetween(start, end) / 1_000);
        } catch (IOException e) {
          broken++;
          System.out.println("  " + e.getMessage());
        }
      }
      report(report, before, end - start, app, options);
    } finally {
      for (ClientConnection client : clients) {
        client.close();
      }
    }
  }

  private static int downloadsAt(HostGroup group, String node) throws IOException {
    return (int)
        group.bed().operator(group.host(node)).connections().stream()
            .filter(connection -> DOWNLOAD.target().equals(connection.uri()))
            .count();
  }

  private void report(Json.Handoff report, int before, long nanos, App app, Bench.Options options)
      throws IOException {
    long together = 0;
    for (Json.Move move : report.connections()) {
      if (move.handedOff()) {
        pauses.recordValue(move.pauseMicros());
        long all = micros(Objects.requireNonNull(move.phaseMicros()));
        handoffs.recordValue(all);
        together += all;
      }
    }
    double seconds = nanos / 1e9;
    Table table =
        new Table("", "median", "p99", "max")
            .row("pause, freeze to activation, µs", pauses)
            .row("client's longest wait meanwhile, µs", waits)
            .row("a handoff from prepare to activation, µs", handoffs)
            .print(
                ("Drain of a host with %d connections in mid-response to two others, %s, %s:"
                        + " %d handed off, %d downloads broken, %.1f s, %.0f a second,"
                        + " %.1f under way at a time")
                    .formatted(
                        before,
                        app,
                        options.jdk(),
                        report.handedOff(),
                        broken,
                        seconds,
                        report.handedOff() / seconds,
                        together / 1e6 / seconds));
    Results results = new Results("drain-hosts-" + app, options);
    results.put("connections", before);
    results.put("handedOff", report.handedOff());
    results.put("broken", broken);
    results.put("seconds", seconds);
    results.put("underWay", together / 1e6 / seconds);
    results.put("figures", table.figures());
    results.write();
  }

  private static long micros(Map<String, Long> phases) {
    return PHASES.stream().mapToLong(phase -> phases.getOrDefault(phase, 0L)).sum();
  }
}
