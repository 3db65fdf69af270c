package dev.baton.it.bench;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.path.PacketPath;
import dev.baton.it.bed.FixedBinding;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Topology;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The data path of Mobile IPv6 in user space: TCP between a client and a node, over one segment,
 * once as it is and once with both ends' headers. What counts is the client's path by itself: the
 * processor time of its thread, in which the kernel's part of it is included. Where the client's
 * kernel can have the path, it is tried as well.
 */
final class Mip6Bench {

  private static final Ip6 CONTACT = Ip6.of("2001:db8:0:ff::c");
  private static final String INTERFACE = "eth0";
  private static final int ROUNDS = 3;
  private static final long BYTES = Long.getLong("baton.bytes", 1_000_000_000);

  private Mip6Bench() {}

  static void run(Bench.Options options) throws IOException, InterruptedException {
    Results results = new Results("mip6", options);
    Table table =
        new Table(
            "",
            "Gbit/s",
            "client's path busy",
            "Gbit/s per core of it",
            "packets on the wire",
            "µs of it per packet",
            "Gbit/s per core of the node's");
    try (Network network = Topology.lan("mip6", "client", "node")) {
      Host client = network.host("client");
      Host node = network.host("node");
      row(table, "download, no path", client, node, node.ipv6(), true, null, options);
      row(table, "upload, no path", client, node, node.ipv6(), false, null, options);
      FixedBinding binding = new FixedBinding(CONTACT, node, null);
      InetAddress contact = CONTACT.toInetAddress();
      if (FixedBinding.byKernel(client)) {
        try (PacketPath atClient = binding.client(client, INTERFACE);
            PacketPath atNode = binding.node(node, INTERFACE)) {
          row(table, "download, client's kernel", client, node, contact, true, null, options);
          row(table, "upload, client's kernel", client, node, contact, false, null, options);
        }
      }
      try (PacketPath atClient = binding.client(client, INTERFACE, false);
          PacketPath atNode = binding.node(node, INTERFACE)) {
        Paths pair = new Paths(atClient, atNode);
        row(table, "download", client, node, contact, true, pair, options);
        row(table, "upload", client, node, contact, false, pair, options);
        results.put("client", pair.client().counters());
        results.put("node", pair.node().counters());
      }
    }
    String title = "%,d bytes over one TCP connection, the best of several".formatted(BYTES);
    results.put("throughput", table.print(title).figures());
    results.write();
  }

  private static void row(
      Table table,
      String name,
      Host client,
      Host node,
      InetAddress server,
      boolean down,
      @Nullable Paths pair,
      Bench.Options options)
      throws IOException, InterruptedException {
    Figures best = null;
    for (int i = 0; i < options.rounds(ROUNDS); i++) {
      Figures figures = measure(client, node, server, down, pair);
      best = best == null || figures.nanos < best.nanos ? figures : best;
    }
    if (best == null) {
      return;
    }
    double bits = BYTES * 8.0;
    double path = best.clientPath;
    table.row(
        name,
        bits / best.nanos,
        path / best.nanos,
        pair == null ? "" : (Object) (bits / path),
        best.packets,
        pair == null ? "" : (Object) (path / best.packets / 1e3),
        pair == null ? "" : (Object) (bits / best.nodePath));
  }

  private record Paths(PacketPath client, PacketPath node) {}

  private record Figures(double nanos, long clientPath, long nodePath, long packets) {}

  private static Figures measure(
      Host client, Host node, InetAddress server, boolean down, @Nullable Paths pair)
      throws IOException, InterruptedException {
    try (ServerSocketChannel listener = node.call(ServerSocketChannel::open)) {
      listener.bind(new InetSocketAddress(server, 0));
      InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
      try (SocketChannel atClient = client.call(() -> SocketChannel.open(address));
          SocketChannel atNode = listener.accept()) {
        long packets = packets(client, down);
        long clientPath = pair == null ? 0 : pair.client().processorNanos();
        long nodePath = pair == null ? 0 : pair.node().processorNanos();
        long start = System.nanoTime();
        Thread sender = new Thread(() -> Bulk.send(down ? atNode : atClient, BYTES), "sender");
        sender.start();
        Bulk.receive(down ? atClient : atNode, BYTES);
        double nanos = System.nanoTime() - start;
        sender.join();
        return new Figures(
            nanos,
            pair == null ? 0 : pair.client().processorNanos() - clientPath,
            pair == null ? 0 : pair.node().processorNanos() - nodePath,
            packets(client, down) - packets);
      }
    }
  }

  /** What the interface has received or sent; large packets that are not divided count once. */
  private static long packets(Host host, boolean received)
      throws IOException, InterruptedException {
    return host.call(
        () -> {
          for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/dev"))) {
            if (line.strip().startsWith(INTERFACE + ":")) {
              return Long.parseLong(line.strip().split(" +", -1)[received ? 2 : 10]);
            }
          }
          throw new IOException("no " + INTERFACE);
        });
  }
}
