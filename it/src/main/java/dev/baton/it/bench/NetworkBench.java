package dev.baton.it.bench;

import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Probes;
import dev.baton.it.net.Quality;
import dev.baton.it.net.Topology;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/** The emulated wide area by itself: what other measurements are taken with. */
final class NetworkBench {

  private static final int PROBES = 1000;
  private static final long PROBE_GAP_NANOS = 1_000_000;
  private static final long BYTES = 200_000_000;
  private static final String ROUTER = "wide area";

  private NetworkBench() {}

  static void run(Bench.Options options) throws IOException, InterruptedException {
    Results results = new Results("network", options);
    try (Network network = Topology.wideArea("bench", "client", "a")) {
      download(network, 0); // Warms up.
      Table delays = new Table("asked for, ms", "least", "median", "p99", "most");
      for (long millis : List.of(0L, 1L, 5L, 20L, 100L)) {
        delay(network, millis, options.rounds(PROBES), delays);
      }
      results.put("lateMicros", delays.print("How late packets arrive, µs").figures());
      Table rates =
          new Table("delay each way, ms", "Mbit/s", "packets/s", "router busy", "µs/packet");
      for (long millis : List.of(0L, 1L, 20L)) {
        rates.row("" + millis, download(network, millis));
      }
      results.put("downloads", rates.print("200 MB over one TCP connection, IPv6").figures());
    }
    results.write();
  }

  private static void delay(Network network, long millis, int count, Table table)
      throws IOException, InterruptedException {
    Host client = network.host("client");
    Host a = network.host("a");
    network.wideArea().uplink(client).become(Quality.delay(Duration.ofMillis(millis)));
    Histogram late = new Histogram(3);
    for (long nanos : Probes.send(client, a.ipv6(), a, count, PROBE_GAP_NANOS).delays()) {
      late.recordValue((nanos - millis * 1_000_000) / 1000);
    }
    table.row(
        "" + millis,
        late.getMinValue(),
        late.getValueAtPercentile(50),
        late.getValueAtPercentile(99),
        late.getMaxValue());
  }

  private static Object[] download(Network network, long millis)
      throws IOException, InterruptedException {
    Host client = network.host("client");
    Host a = network.host("a");
    network.wideArea().uplink(client).become(Quality.delay(Duration.ofMillis(millis)));
    long packetsBefore = packets(network);
    long busyBefore = routerNanos();
    long start = System.nanoTime();
    try (ServerSocketChannel listener = a.call(ServerSocketChannel::open)) {
      listener.bind(new InetSocketAddress(a.ipv6(), 0));
      InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
      try (SocketChannel in = client.call(() -> SocketChannel.open(address));
          SocketChannel out = listener.accept()) {
        Thread sender = new Thread(() -> Bulk.send(out, BYTES), "sender");
        sender.start();
        Bulk.receive(in, BYTES);
        sender.join();
      }
    }
    double nanos = System.nanoTime() - start;
    double busy = routerNanos() - busyBefore;
    double packets = packets(network) - packetsBefore;
    return new Object[] {
      BYTES * 8e3 / nanos, packets * 1e9 / nanos, busy / nanos, busy / packets / 1e3
    };
  }

  private static long packets(Network network) throws IOException {
    return network.wideArea().uplinks().stream()
        .mapToLong(link -> link.there().traffic().sent())
        .sum();
  }

  private static long routerNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().equals(ROUTER)) {
        return threads.getThreadCpuTime(thread.getThreadId());
      }
    }
    throw new IllegalStateException("there is no thread " + ROUTER);
  }
}
