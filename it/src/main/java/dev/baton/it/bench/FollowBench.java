package dev.baton.it.bench;

import dev.baton.it.bed.App;
import dev.baton.it.bed.HostGroup;
import dev.baton.it.net.Network;
import dev.baton.it.net.Topology;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Handoffs of an unmodified server's client that follows by Mobile IPv6, at latencies of Figure 14
 * of paper "versatile anycast": after the binding acknowledgement, and pipelined with the binding
 * update. Latencies are one way.
 */
final class FollowBench {

  private static final int ROUNDS = 10;
  private static final int WARM_UP = 20;

  /** One way, in milliseconds. */
  private record Latencies(int lcs, int lss) {}

  private static final List<Latencies> ALL =
      List.of(
          new Latencies(10, 20),
          new Latencies(20, 20),
          new Latencies(40, 20),
          new Latencies(80, 20),
          new Latencies(40, 10),
          new Latencies(40, 40),
          new Latencies(40, 80));

  private FollowBench() {}

  static void run(Bench.Options options) throws IOException, InterruptedException {
    App app = options.apps(App.JETTY).get(0);
    Results results = new Results("follow", options);
    try (HostGroup group = HostGroup.mobile("follow", Duration.ZERO, Duration.ZERO)) {
      EvenStream.beginsWithMore(group.host("a"));
      EvenStream.beginsWithMore(group.host("b"));
      group.start("a", app, options.jdk());
      group.start("b", app, options.jdk(), "activation=pipelined");
      group.awaitUnited();
      become(group.network(), ALL.get(0));
      Histogram unused = new Histogram(3);
      measure(group, ALL.get(0), WARM_UP, unused, unused);
      Table table =
          new Table(
              "Lcs, Lss", "after the BA", "Lss + 2 Lcs + 3", "pipelined", "Lss + 5", "before it");
      for (Latencies each : ALL) {
        become(group.network(), each);
        Histogram afterBa = new Histogram(3);
        Histogram pipelined = new Histogram(3);
        double quiet = measure(group, each, options.rounds(ROUNDS), afterBa, pipelined);
        table.row(
            each.lcs + ", " + each.lss,
            Table.medianMillis(afterBa),
            each.lss + 2 * each.lcs + 3,
            Table.medianMillis(pipelined),
            each.lss + 5,
            quiet);
      }
      String title =
          """
          Pause seen by the client of an unmodified server, and the goals; ms, median.
          Up to %d of them are the stream's own\
          """
              .formatted(EvenStream.INTERVAL_MILLIS);
      results.put("pauseMillis", table.print(title).figures());
    }
    results.write();
  }

  private static void become(Network network, Latencies latencies) throws IOException {
    Duration toClient = Duration.ofMillis(latencies.lcs);
    Topology.latencies(network, toClient, toClient, Duration.ofMillis(latencies.lss));
  }

  /** Returns the median of the client's longest waits before a handoff. */
  private static double measure(
      HostGroup group, Latencies latencies, int rounds, Histogram afterBa, Histogram pipelined)
      throws IOException, InterruptedException {
    Histogram quiet = new Histogram(3);
    try (EvenStream stream = EvenStream.open(group)) {
      for (int round = 0; round < rounds; round++) {
        EvenStream.Pause there = stream.handoff("a", "b", latencies.lcs, latencies.lss);
        EvenStream.Pause back = stream.handoff("b", "a", latencies.lcs, latencies.lss);
        pipelined.recordValue(there.micros());
        afterBa.recordValue(back.micros());
        quiet.recordValue(there.beforeMicros());
        quiet.recordValue(back.beforeMicros());
      }
    }
    return Table.medianMillis(quiet);
  }
}
