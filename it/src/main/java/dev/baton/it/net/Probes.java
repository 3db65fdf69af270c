package dev.baton.it.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbered datagrams sent from one host to another, and what arrived: what a path does to packets,
 * as seen from its ends.
 *
 * @param sent when each left, by number, in nanoseconds on the scale of {@link System#nanoTime}
 * @param arrivals in the order of arrival
 */
public record Probes(List<Long> sent, List<Arrival> arrivals) {

  private static final int SIZE = 64;
  private static final int RECEIVE_BUFFER = 4 << 20;

  /** When nothing has arrived for so long, nothing will: longer than any delay that is emulated. */
  private static final long QUIET_NANOS = 300_000_000;

  /**
   * One datagram that arrived.
   *
   * @param number 0 for the first that was sent
   * @param nanos when, on the scale of {@link System#nanoTime}
   */
  public record Arrival(int number, long nanos) {}

  /**
   * Sends and receives, until nothing has arrived for 300 ms. Keeps one processor busy, so that
   * nobody has to be woken to tell the time.
   *
   * @param to an address of the receiver
   * @param gapNanos from one to the next
   */
  public static Probes send(Host from, InetAddress to, Host receiver, int count, long gapNanos)
      throws IOException, InterruptedException {
    try (DatagramChannel in = receiver.call(DatagramChannel::open);
        DatagramChannel out = from.call(DatagramChannel::open)) {
      in.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
      in.bind(new InetSocketAddress(to, 0)).configureBlocking(false);
      out.connect(in.getLocalAddress());
      List<Long> sent = new ArrayList<>();
      List<Arrival> arrivals = new ArrayList<>();
      ByteBuffer datagram = ByteBuffer.allocateDirect(SIZE);
      long start = System.nanoTime();
      long last = start;
      while (sent.size() < count || System.nanoTime() - last < QUIET_NANOS) {
        if (sent.size() < count && System.nanoTime() - start >= sent.size() * gapNanos) {
          datagram.clear().putInt(0, sent.size());
          last = System.nanoTime();
          sent.add(last);
          out.write(datagram);
        }
        while (in.receive(datagram.clear()) != null) {
          last = System.nanoTime();
          arrivals.add(new Arrival(datagram.getInt(0), last));
        }
      }
      return new Probes(sent, arrivals);
    }
  }

  /** How long each was on its way, in nanoseconds, the shortest first. */
  public long[] delays() {
    return arrivals.stream()
        .mapToLong(each -> each.nanos() - sent.get(each.number()))
        .sorted()
        .toArray();
  }

  /** How many never arrived. */
  public long lost() {
    return sent.size() - different();
  }

  /** How many arrived once more. */
  public long duplicates() {
    return arrivals.size() - different();
  }

  private long different() {
    return arrivals.stream().mapToInt(Arrival::number).distinct().count();
  }

  /** How many arrived for the first time after one that was sent later. */
  public long overtaken() {
    boolean[] seen = new boolean[sent.size()];
    int highest = -1;
    long overtaken = 0;
    for (Arrival arrival : arrivals) {
      if (!seen[arrival.number()] && arrival.number() < highest) {
        overtaken++;
      }
      seen[arrival.number()] = true;
      highest = Math.max(highest, arrival.number());
    }
    return overtaken;
  }
}
