package dev.baton.it.bench;

import dev.baton.it.bed.MobileGroup;
import dev.baton.it.bed.MobileGroup.Member;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.stream.DoubleStream;

/**
 * Server access latency (section 5.1): how long a datagram of a client without binding takes to the
 * contact address and back, by the home agent and its tunnel.
 */
final class AccessLatency {

  private static final int DATAGRAM = 128;
  private static final int TIMEOUT_MILLIS = 5000;

  /** One way between client and nodes, and between the nodes, in milliseconds. */
  private static final int[][] DISTANCES = {
    {0, 0}, {10, 20}, {20, 20}, {40, 20}, {80, 20}, {40, 10}, {40, 40}, {40, 80}
  };

  private final PapersBed bed;
  private final int rounds;

  AccessLatency(PapersBed bed, int rounds) {
    this.bed = bed;
    this.rounds = rounds;
  }

  /** First with the contact node that is in the contact address's network, then the other. */
  void measure(Results results) throws IOException, InterruptedException {
    MobileGroup group = bed.group();
    double[] atHome = roundTrips(group.a());
    contactNode(group.b(), group.a());
    double[] elsewhere = roundTrips(group.b());
    contactNode(group.a(), group.b());
    results.put("access", table(atHome, false, 2.13, "5.1: contact node in its own network"));
    results.put("accessElsewhere", table(elsewhere, true, 3.61, "5.1: contact node elsewhere"));
  }

  private Object table(double[] roundTrips, boolean away, double papers, String title) {
    String formula = away ? "2 Lcs1 + 2 Lss" : "2 Lcs1";
    Table table = new Table("Lcs1, Lss", formula, "measured", "above", "papers: above");
    for (int i = 0; i < DISTANCES.length; i++) {
      int lcs = DISTANCES[i][0];
      int lss = DISTANCES[i][1];
      int expected = 2 * lcs + (away ? 2 * lss : 0);
      double measured = roundTrips[i];
      table.row(lcs + ", " + lss, expected, measured, measured - expected, papers);
    }
    return table.print(title + "; round trip of 128 bytes, ms, median").figures();
  }

  private void contactNode(Member member, Member instead) throws IOException, InterruptedException {
    bed.become(0, 0, 0);
    instead.mobile().passive(member.mobile().careOf());
    bed.group().activate(member);
  }

  private double[] roundTrips(Member contactNode) throws IOException, InterruptedException {
    try (DatagramSocket server =
            contactNode
                .host()
                .call(
                    () ->
                        new DatagramSocket(
                            new InetSocketAddress(bed.group().contact().toInetAddress(), 0)));
        DatagramSocket client = bed.client().call(() -> new DatagramSocket())) {
      Thread echo = new Thread(() -> echo(server), "echo");
      echo.start();
      client.connect(server.getLocalSocketAddress());
      client.setSoTimeout(TIMEOUT_MILLIS);
      double[] medians = new double[DISTANCES.length];
      for (int i = 0; i < DISTANCES.length; i++) {
        bed.become(DISTANCES[i][0], DISTANCES[i][1], 0);
        double[] all = new double[rounds];
        for (int round = 0; round < rounds; round++) {
          all[round] = roundTrip(client);
        }
        medians[i] = Table.median(DoubleStream.of(all));
      }
      server.close();
      echo.join();
      return medians;
    }
  }

  private static double roundTrip(DatagramSocket client) throws IOException {
    byte[] datagram = new byte[DATAGRAM];
    long start = System.nanoTime();
    client.send(new DatagramPacket(datagram, DATAGRAM));
    client.receive(new DatagramPacket(datagram, DATAGRAM));
    return (System.nanoTime() - start) / 1e6;
  }

  private static void echo(DatagramSocket server) {
    DatagramPacket packet = new DatagramPacket(new byte[DATAGRAM], DATAGRAM);
    while (!server.isClosed()) {
      try {
        server.receive(packet);
        server.send(packet);
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new IllegalStateException(e); // the client's time-out says the rest
        }
      }
    }
  }
}
