package dev.baton.it.bench;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.ExpectedBody.AnyText;
import dev.baton.it.wire.Pace;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * A hundred downloads when their server gets SIGTERM and a second one is there. How long the
 * connections took is what the old node says of its drain; the time until its process is gone
 * contains that, and the server's own way of stopping.
 */
final class DrainBench {

  private static final int DOWNLOADS = 100;
  private static final int ROUNDS = 5;
  private static final Request DOWNLOAD = Request.get("/files/20m.bin");

  private final App app;
  private final Bench.Options options;
  private static final Pattern DRAINED = Pattern.compile("drained in (\\d+) ms");

  private final Histogram millisToDrain = new Histogram(3);
  private final Histogram millisToExit = new Histogram(3);
  private final Histogram pauses = new Histogram(3);
  private int broken;
  private int moved;

  private DrainBench(App app, Bench.Options options) {
    this.app = app;
    this.options = options;
  }

  static void run(Bench.Options options) throws IOException, InterruptedException {
    for (App app : options.apps(App.JETTY, App.TOMCAT)) {
      DrainBench bench = new DrainBench(app, options);
      for (int i = 0; i < options.rounds(ROUNDS); i++) {
        bench.measure();
      }
      bench.report();
    }
  }

  private void measure() throws IOException, InterruptedException {
    List<ClientConnection> clients = new ArrayList<>();
    try (TestBed bed = TestBed.create("bench-drain-" + app)) {
      ServerProcess old = bed.join(ServerSpec.of(app, options.jdk(), "old"));
      List<Download> downloads = new ArrayList<>();
      for (int i = 0; i < DOWNLOADS; i++) {
        ClientConnection client =
            ClientConnection.open(old.address(), Pace.bytesPerSecond(200_000), 64 << 10);
        clients.add(client);
        downloads.add(
            Download.start(client, DOWNLOAD, ExpectedBody.file(Repository.servedFile(0, 20))));
      }
      for (Download download : downloads) {
        download.awaitReceived(200_000);
      }
      bed.join(ServerSpec.of(app, options.jdk(), "new").onPort(old.port()));
      long start = System.nanoTime();
      old.terminate();
      old.awaitExit(60);
      long end = System.nanoTime();
      millisToExit.recordValue((end - start) / 1_000_000);
      millisToDrain.recordValue(drainMillis(old));
      for (ClientConnection client : clients) {
        client.pace().lift();
      }
      for (int i = 0; i < DOWNLOADS; i++) {
        finish(clients.get(i), downloads.get(i), start, end);
      }
    } finally {
      for (ClientConnection client : clients) {
        client.close();
      }
    }
  }

  private static long drainMillis(ServerProcess server) throws IOException {
    for (String line : server.stderr()) {
      Matcher drained = DRAINED.matcher(line);
      if (drained.find()) {
        return Long.parseLong(drained.group(1));
      }
    }
    throw new IOException("no drain was reported: " + server.lastWords());
  }

  private void finish(ClientConnection client, Download download, long start, long end)
      throws InterruptedException {
    try {
      download.finish();
      AnyText name = new AnyText();
      client.exchange(Request.get("/name"), name);
      moved += name.text().equals("new\n") ? 1 : 0;
      pauses.recordValue(client.waits().longestNanosBetween(start, end) / 1000);
    } catch (IOException e) {
      broken++;
    }
  }

  private void report() throws IOException {
    int all = DOWNLOADS * (int) millisToExit.getTotalCount();
    Table table = new Table("", "median", "p99", "max");
    table.row("drain until nothing was left, ms", millisToDrain);
    table.row("SIGTERM until the old process is gone, ms", millisToExit);
    table.row("client's longest wait meanwhile, µs", pauses);
    table.print(
        "SIGTERM under %d downloads, %d times, %s, %s: %d of %d moved, %d broken"
            .formatted(
                DOWNLOADS, millisToExit.getTotalCount(), app, options.jdk(), moved, all, broken));
    Results results = new Results("drain-" + app, options);
    results.put("downloads", all);
    results.put("moved", moved);
    results.put("broken", broken);
    results.put("figures", table.figures());
    results.write();
  }
}
