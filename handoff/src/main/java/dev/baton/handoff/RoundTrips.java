package dev.baton.handoff;

import dev.baton.handoff.policy.ClientNetwork;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpInfo;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How far away the clients are that this node serves, by their networks: of each the shortest round
 * trip of the last minutes. Shortest, because everything else only adds to it: queues on the way,
 * clients that delay their acknowledgments. The smoothed round trip of a connection and not its
 * minimum, because the kernel keeps that beyond a socket's disconnection: for a connection that has
 * moved here it is the rehearsal's.
 *
 * <p>Nothing is measured unless somebody has asked lately. Thread-safe.
 */
final class RoundTrips {
  /** How many connections are looked at in one go; the others have their turn later. */
  private static final int AT_ONCE = 256;

  /** A connection that has sent nothing for longer has nothing new to say. */
  private static final int FRESH_MILLIS = 5_000;

  /** A shortest round trip counts in the span it was measured in and in the one after. */
  static final long SPAN_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** What nobody has come from for so long is not known any more. */
  static final long MEMORY_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** Those who are interested ask twice a second. */
  private static final long INTEREST_NANOS = TimeUnit.SECONDS.toNanos(10);

  /**
   * What is known of a network.
   *
   * @param begunNanos when the present span began
   * @param least the shortest of it, in microseconds
   * @param before the shortest of the one before; the same if there was none
   * @param lastNanos when the last one was measured
   */
  private record Known(long begunNanos, int least, int before, long lastNanos) {
    Known and(int micros, long now) {
      return now - begunNanos < SPAN_NANOS
          ? new Known(begunNanos, Math.min(least, micros), before, now)
          : new Known(now, micros, now - begunNanos < 2 * SPAN_NANOS ? least : micros, now);
    }

    int micros() {
      return Math.min(least, before);
    }

    boolean isForgotten(long now) {
      return now - lastNanos > MEMORY_NANOS;
    }
  }

  private final LongSupplier nanoTime;

  /** The one measured longest ago first. */
  private final Map<String, Known> networks = new LinkedHashMap<>(16, 0.75f, true);

  private boolean asked;
  private long askedNanos;
  private int next;

  /**
   * @param nanoTime the time, as {@link System#nanoTime}
   */
  RoundTrips(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** What is known, in microseconds by the names of networks; from now on it is measured. */
  synchronized Map<String, Integer> tell() {
    long now = nanoTime.getAsLong();
    asked = true;
    askedNanos = now;
    networks.values().removeIf(known -> known.isForgotten(now));
    Map<String, Integer> told = new HashMap<>();
    networks.forEach((network, known) -> told.put(network, known.micros()));
    return told;
  }

  private synchronized boolean isOfInterest() {
    return asked && nanoTime.getAsLong() - askedNanos < INTEREST_NANOS;
  }

  /** Looks at connections, if it is of interest. To be called every second or so, by one thread. */
  void measure(Host host) {
    if (!isOfInterest()) {
      return;
    }
    List<ServedConnection> connections = List.copyOf(host.connections());
    int count = Math.min(AT_ONCE, connections.size());
    for (int i = 0; i < count; i++) {
      measure(connections.get(Math.floorMod(next + i, connections.size())));
    }
    next += count;
  }

  private void measure(ServedConnection connection) {
    try (TcpConnection tcp = connection.tcp()) {
      TcpInfo info = tcp.info();
      if (info.rttMicros() > 0
          && info.millisSinceDataSent() < FRESH_MILLIS
          && tcp.remote().equals(connection.client())) {
        add(connection.client().getAddress(), info.rttMicros());
      }
    } catch (IOException e) {
      return; // closed meanwhile, or none that could be measured
    }
  }

  /** A client's round trip was measured. */
  synchronized void add(InetAddress client, int micros) {
    long now = nanoTime.getAsLong();
    networks.merge(
        ClientNetwork.of(client),
        new Known(now, micros, micros, now),
        (known, first) -> known.and(micros, now));
    if (networks.size() > NodeInfo.MOST_NETWORKS) {
      Iterator<String> eldest = networks.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }
}
