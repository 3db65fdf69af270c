package dev.baton.it.bench;

import dev.baton.it.bed.App;
import dev.baton.it.bed.HostGroup;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Probes;
import dev.baton.it.net.Quality;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Handoffs between hosts that are some way apart, of a client that is some way from all of them, as
 * in paper "versatile anycast", section 5.4: latencies are one way. And with a send buffer full of
 * megabytes: what travels for a handoff.
 */
final class DistanceBench {

  private static final int BETWEEN_SERVERS_MILLIS = 20;
  private static final List<Integer> TO_CLIENT_MILLIS = List.of(10, 20, 40, 80);
  private static final List<String> NODES = List.of("a", "b", "c");
  private static final int ROUNDS = 10;
  private static final int WARM_UP = 4;
  private static final int PROBES = 100;
  private static final long PROBE_GAP_NANOS = 5_000_000;
  private static final String FULL_BUFFER = "4096 6291456 8388608";
  private static final int SLOW_CLIENT = 300_000;

  /** Where a connection goes from and to. */
  private enum Way {
    AWAY("a", "b", "from the contact node"),
    ON("b", "c", "between two others"),
    HOME("c", "a", "to the contact node");

    private final String from;
    private final String to;
    private final String words;

    Way(String from, String to, String words) {
      this.from = from;
      this.to = to;
      this.words = words;
    }
  }

  private final Network network;
  private final HostGroup group;
  private final Map<Way, Histogram> seen = new LinkedHashMap<>();
  private final Map<Way, Map<String, Histogram>> phases = new LinkedHashMap<>();
  private final Histogram quiet = new Histogram(3);
  private final Histogram starting = new Histogram(3);

  private DistanceBench(Network network, HostGroup group) {
    this.network = network;
    this.group = group;
  }

  static void run(Bench.Options options) throws IOException, InterruptedException {
    App app = options.apps(App.JETTY).get(0);
    Results results = new Results("distance", options);
    try (HostGroup group = HostGroup.apart("distance", NODES.toArray(String[]::new))) {
      Network network = group.network();
      for (String node : NODES) {
        network.host(node).sysctl("net.ipv4.tcp_wmem", FULL_BUFFER);
        EvenStream.beginsWithMore(network.host(node));
      }
      for (String node : NODES) {
        group.start(node, app, options.jdk());
      }
      group.awaitUnited();
      DistanceBench bench = new DistanceBench(network, group);
      bench.away(BETWEEN_SERVERS_MILLIS, TO_CLIENT_MILLIS.get(0));
      bench.pauses(TO_CLIENT_MILLIS.get(0), WARM_UP);
      Table pauses =
          new Table(
              "Lcs, ms",
              "Lss + 4 Lcs",
              "goal",
              Way.HOME.words,
              Way.ON.words,
              Way.AWAY.words,
              "before a handoff",
              "after it");
      Table inside =
          new Table("Lcs, ms: way", "hold", "transfer", "recreate", "switch", "activate");
      for (int toClient : TO_CLIENT_MILLIS) {
        bench.away(BETWEEN_SERVERS_MILLIS, toClient);
        bench.pauses(toClient, options.rounds(ROUNDS));
        bench.report(toClient, pauses, inside);
      }
      results.put(
          "pauseMillis",
          pauses
              .print(
                  """
                  Pause seen by the client in ms, median; up to %d of them are the stream's own.
                  Servers %d ms apart (measured: %.1f)\
                  """
                      .formatted(
                          EvenStream.INTERVAL_MILLIS,
                          BETWEEN_SERVERS_MILLIS,
                          bench.betweenServers()))
              .figures());
      results.put("phasesMillis", inside.print("What the nodes measure, ms, median").figures());
      results.put("state", bench.state(options.rounds(ROUNDS)).figures());
    }
    results.write();
  }

  /** Distances, one way. */
  private void away(int betweenServers, int toClient) throws IOException {
    for (String node : NODES) {
      network
          .wideArea()
          .between(network.host("client"), network.host("home-" + node))
          .become(Quality.delay(Duration.ofMillis(toClient)));
      for (String other : NODES) {
        if (node.compareTo(other) < 0) {
          network
              .wideArea()
              .between(network.host("home-" + node), network.host("home-" + other))
              .become(Quality.delay(Duration.ofMillis(betweenServers)));
        }
      }
    }
  }

  /** What the test bed makes of it: how long a packet takes from one server to another, in ms. */
  private double betweenServers() throws IOException, InterruptedException {
    Host from = network.host(NODES.get(1));
    Host to = network.host(NODES.get(2));
    long[] delays = Probes.send(from, to.ipv6(), to, PROBES, PROBE_GAP_NANOS).delays();
    return delays[delays.length / 2] / 1e6;
  }

  private void pauses(int toClient, int rounds) throws IOException, InterruptedException {
    seen.clear();
    phases.clear();
    quiet.reset();
    starting.reset();
    try (EvenStream stream = EvenStream.open(group)) {
      for (int round = 0; round < rounds; round++) {
        for (Way way : Way.values()) {
          keep(way, stream.handoff(way.from, way.to, toClient, BETWEEN_SERVERS_MILLIS));
        }
      }
    }
  }

  private void keep(Way way, EvenStream.Pause pause) {
    seen.computeIfAbsent(way, same -> new Histogram(3)).recordValue(pause.micros());
    quiet.recordValue(pause.beforeMicros());
    starting.recordValue(pause.afterMicros());
    Map<String, Long> micros = pause.move().phaseMicros();
    if (micros != null) {
      micros.forEach(
          (phase, value) ->
              phases
                  .computeIfAbsent(way, same -> new LinkedHashMap<>())
                  .computeIfAbsent(phase, same -> new Histogram(3))
                  .recordValue(Math.max(0, value)));
    }
  }

  private void report(int toClient, Table pauses, Table inside) {
    pauses.row(
        "" + toClient,
        BETWEEN_SERVERS_MILLIS + 4 * toClient,
        BETWEEN_SERVERS_MILLIS + 3,
        Table.medianMillis(seen.get(Way.HOME)),
        Table.medianMillis(seen.get(Way.ON)),
        Table.medianMillis(seen.get(Way.AWAY)),
        Table.medianMillis(quiet),
        Table.medianMillis(starting));
    phases.forEach(
        (way, each) ->
            inside.row(
                toClient + ": " + way.words,
                Table.medianMillis(each.get("hold")),
                Table.medianMillis(each.get("transfer")),
                Table.medianMillis(each.get("recreate")),
                Table.medianMillis(each.get("switch")),
                Table.medianMillis(each.get("activate"))));
  }

  /** A slow client, for whom the server has filled the send buffer. */
  private Table state(int rounds) throws IOException, InterruptedException {
    Histogram queued = new Histogram(3);
    Histogram travelled = new Histogram(3);
    Request request = Request.get("/files/100m.bin");
    ExpectedBody file = ExpectedBody.file(Repository.servedFile(0, 100));
    for (int round = 0; round < rounds; round++) {
      try (ClientConnection client =
          group.connect(true, Pace.bytesPerSecond(SLOW_CLIENT), 32 << 10)) {
        Download download = Download.start(client, request, file);
        download.awaitReceived(SLOW_CLIENT);
        Json.Move move = group.handoff("a", "b", client);
        if (!move.handedOff()) {
          throw new IOException("not handed off: " + move);
        }
        queued.recordValue(move.sent() - download.received());
        travelled.recordValue(move.stateBytes());
        download.awaitReceived(download.received() + SLOW_CLIENT);
      }
    }
    return new Table("bytes", "median", "p99", "max")
        .row("sent by the server and not yet read by the client", queued)
        .row("sent by the donor to the acceptor", travelled)
        .row("of these, the request", request.bytes().length)
        .print("What travels for a handoff of a client that reads slowly");
  }
}
