package dev.baton.it.bench;

import dev.baton.it.bed.MobileGroup;
import dev.baton.it.bed.MobileGroup.Member;
import dev.baton.it.bed.MovingStream;
import dev.baton.it.bed.StreamHandoff;
import dev.baton.it.bed.StreamHandoff.Manner;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Quality;
import dev.baton.it.net.Topology;
import java.io.IOException;
import java.time.Duration;

/**
 * The testbed of paper "versatile anycast", section 5, Figure 11: a client and two nodes, the first
 * of which is the contact node, each behind a router that a wide area joins to the others.
 */
final class PapersBed implements AutoCloseable {

  /** So little that it waits nowhere, and so often that it is always on its way. */
  private static final MovingStream.Pace PACE = new MovingStream.Pace(20, 20, 5);

  /** Nothing is lost: in the papers' network nothing was either. */
  private static final long QUEUE_BYTES = 1 << 20;

  /** What a sender may have in its buffer; the benchmarks write less. */
  private static final String SEND_BUFFERS = "4096 524288 4194304";

  private static final int SETTLED_CHUNKS = 10;

  private final Network network;
  private final MobileGroup group;

  private PapersBed(Network network, MobileGroup group) {
    this.network = network;
    this.group = group;
  }

  /** Starts all who take part, no distance apart. */
  static PapersBed open(String name) throws IOException, InterruptedException {
    Network network = Topology.evaluation(name, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    boolean started = false;
    try {
      for (String node : new String[] {"a", "b"}) {
        network.host(node).sysctl("net.ipv4.tcp_wmem", SEND_BUFFERS);
      }
      PapersBed bed = new PapersBed(network, MobileGroup.start(network));
      started = true;
      return bed;
    } finally {
      if (!started) {
        network.close();
      }
    }
  }

  MobileGroup group() {
    return group;
  }

  Host client() {
    return network.host("client");
  }

  /**
   * Sets the latencies one way, and how fast a node's router sends to the wide area.
   *
   * @param lcs between the client and either node, in milliseconds
   * @param lss between the nodes, in milliseconds
   * @param bitsPerSecond 0 for no limit
   */
  void become(int lcs, int lss, long bitsPerSecond) throws IOException {
    Duration toClient = Duration.ofMillis(lcs);
    Topology.latencies(network, toClient, toClient, Duration.ofMillis(lss));
    Quality rate = Quality.perfect().limitedTo(bitsPerSecond, QUEUE_BYTES);
    for (String home : new String[] {"home-a", "home-b"}) {
      network.wideArea().uplink(network.host(home)).there().become(rate);
    }
  }

  /** A connection of the client, which the contact node has bound to itself. */
  MovingStream connect() throws IOException, InterruptedException {
    MovingStream stream =
        MovingStream.open(client(), group.a(), group.contact(), PACE, System.nanoTime());
    group.bindClient();
    settle(stream);
    return stream;
  }

  /** Until a connection that has just moved is as any other. */
  static void settle(MovingStream stream) throws IOException, InterruptedException {
    stream.awaitReceived(stream.received() + (long) SETTLED_CHUNKS * PACE.down());
  }

  /** Hands a connection from the contact node to the other one, or back; in milliseconds. */
  double pause(MovingStream stream, Member to, Manner manner) throws Exception {
    try (StreamHandoff handoff = StreamHandoff.prepare(stream, to, manner)) {
      double pause = millis(handoff.run());
      settle(stream);
      return pause;
    }
  }

  static double millis(Duration duration) {
    return duration.toNanos() / 1e6;
  }

  /**
   * Ends a connection, which must be with the contact node, and have lost nothing; then the client
   * forgets where it was bound to ({@code client_close}, section 4.4).
   */
  void finish(MovingStream stream) throws Exception {
    try (stream) {
      String wrong = stream.finish();
      if (wrong != null) {
        throw new IOException(wrong);
      }
    }
    MobileGroup.await(group.a().mobile().clear(group.client()));
    if (!group.complaints().isEmpty()) {
      throw new IOException("trouble in the test bed: " + group.complaints());
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    try (network) {
      group.close();
    }
  }
}
