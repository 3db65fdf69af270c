package dev.baton.it.bench;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerPair;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Handoffs in the middle of a static download of 200 MB that the client reads at 20 MB/s, between
 * two warm JVMs. The client's receive buffer is small, so that it notices every pause: its longest
 * wait for bytes while a handoff was under way is what it saw of that handoff. As a measure of how
 * much of that is the machine's own noise, the longest wait of equally long spans without a
 * handoff.
 */
final class HandoffBench {

  private static final long RATE = 20_000_000;
  private static final int RECEIVE_BUFFER = 64 << 10;
  private static final int HANDOFFS = 100;
  private static final int WARM_UP = 20;
  private static final List<String> PHASES =
      List.of("prepare", "hold", "freeze", "extract", "transfer", "recreate", "switch", "activate");

  private final ServerPair pair;
  private final ExpectedBody file;
  private final Map<String, Histogram> phases = new LinkedHashMap<>();
  private final Histogram pause = new Histogram(3);
  private final Histogram seen = new Histogram(3);
  private final Histogram quiet = new Histogram(3);

  private HandoffBench(ServerPair pair) throws IOException {
    this.pair = pair;
    this.file = ExpectedBody.file(Repository.servedFile(0, 200));
    PHASES.forEach(phase -> phases.put(phase, new Histogram(3)));
  }

  /** A span of time on the scale of {@link System#nanoTime}. */
  private record Span(long from, long to) {}

  static void run(Bench.Options options) throws IOException, InterruptedException {
    for (App app : options.apps(App.JETTY, App.TOMCAT)) {
      try (ServerPair pair = new ServerPair(app, options.jdk(), options.jdk())) {
        pair.start();
        HandoffBench bench = new HandoffBench(pair);
        bench.measure(WARM_UP);
        bench.reset();
        bench.measure(options.rounds(HANDOFFS));
        bench.report(app, options);
      }
    }
  }

  private void reset() {
    phases.values().forEach(Histogram::reset);
    pause.reset();
    seen.reset();
    quiet.reset();
  }

  /** Hands off until it has been done so often, one download after the other. */
  private void measure(int handoffs) throws IOException, InterruptedException {
    int done = 0;
    while (done < handoffs) {
      done += measureDownload(handoffs - done);
    }
  }

  private int measureDownload(int atMost) throws IOException, InterruptedException {
    List<Span> moving = new ArrayList<>();
    List<Span> still = new ArrayList<>();
    try (ClientConnection client =
        ClientConnection.open(pair.b().address(), Pace.bytesPerSecond(RATE), RECEIVE_BUFFER)) {
      Download download = Download.start(client, Request.get("/files/200m.bin"), file);
      download.awaitReceived(20_000_000);
      ServerProcess holder = pair.holder(client).orElseThrow();
      while (moving.size() < atMost && download.received() < 170_000_000) {
        long from = System.nanoTime();
        Json.Move move =
            pair.operator()
                .handoff(holder.node(), pair.other(holder).node())
                .of(client.localAddress().getPort());
        long to = System.nanoTime();
        if (!move.handedOff()) {
          throw new IOException("not handed off: " + move);
        }
        holder = pair.other(holder);
        keep(move);
        moving.add(new Span(from, to));
        long resting = System.nanoTime();
        download.awaitReceived(download.received() + 4_000_000);
        still.add(new Span(resting, System.nanoTime()));
      }
      client.pace().lift();
      download.finish();
      moving.forEach(span -> seen.recordValue(longestMicros(client, span)));
      still.forEach(span -> quiet.recordValue(longestMicros(client, span)));
    }
    return moving.size();
  }

  private static long longestMicros(ClientConnection client, Span span) {
    return client.waits().longestNanosBetween(span.from(), span.to()) / 1000;
  }

  private void keep(Json.Move move) {
    pause.recordValue(move.pauseMicros());
    Map<String, Long> micros = move.phaseMicros();
    if (micros != null) {
      micros.forEach((phase, value) -> histogram(phase).recordValue(Math.max(0, value)));
    }
  }

  private Histogram histogram(String phase) {
    return phases.computeIfAbsent(phase, name -> new Histogram(3));
  }

  private void report(App app, Bench.Options options) throws IOException {
    Table table = new Table("µs", "median", "p99", "max");
    phases.forEach(
        (phase, histogram) -> {
          if (histogram.getTotalCount() > 0) {
            table.row(phase, histogram);
          }
        });
    table.row("pause: freeze to activate", pause);
    table.row("client's longest wait during a handoff", seen);
    table.row("client's longest wait without one", quiet);
    table.print(
        "%d handoffs of a 200 MB download at 20 MB/s, %s, %s"
            .formatted(pause.getTotalCount(), app, options.jdk()));
    Results results = new Results("handoff-" + app, options);
    results.put("handoffs", pause.getTotalCount());
    results.put("micros", table.figures());
    results.write();
    Map<String, Histogram> curves = new LinkedHashMap<>();
    curves.put("freeze to activate", pause);
    curves.put("seen by the client", seen);
    curves.put("seen without a handoff", quiet);
    Plot.write(
        "handoff-" + app, "Pause of a download at 20 MB/s, " + app + ", " + options.jdk(), curves);
  }
}
