package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.VirtualClock;
import dev.baton.anycast.message.MobilityPacket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that send each other packets, with losses and delays, in virtual time. What travels are
 * bytes.
 */
final class SimulatedNetwork {

  /** What a host does with a packet. */
  interface Host {
    void packet(ByteBuffer packet);

    /** The inner packet of one that came in a tunnel. */
    void tunnelled(Ip6 from, ByteBuffer inner);
  }

  private record Arrival(long nanos, long order, Runnable what) {}

  final VirtualClock clock = new VirtualClock();
  final Random random;

  /** Everything that a role has sent, tunnelled or not, lost or not, in order. */
  final List<MobilityPacket> sent = new ArrayList<>();

  /** How often a host would have sent one. */
  int parameterProblems;

  double loss;
  double duplicates;
  double leastDelaySeconds = 0.01;
  double mostDelaySeconds = 0.01;

  /** Packets that do not arrive. */
  Predicate<MobilityPacket> dropped = packet -> false;

  private final Map<Ip6, Host> hosts = new HashMap<>();
  private final List<LongSupplier> ticking = new ArrayList<>();
  private final PriorityQueue<Arrival> arrivals =
      new PriorityQueue<>(
          Comparator.comparingLong(Arrival::nanos).thenComparingLong(Arrival::order));
  private final long start = clock.getAsLong();
  private long order;

  SimulatedNetwork(long seed) {
    random = new Random(seed);
  }

  /** Packets to the address go to the host from now on. */
  void attach(Ip6 address, Host host) {
    hosts.put(address, host);
  }

  /** What has to be done from time to time. */
  void tick(LongSupplier tick) {
    ticking.add(tick);
  }

  NodeOutlet outlet() {
    return new NodeOutlet() {
      @Override
      public void send(MobilityPacket packet) {
        Ip6 to = packet.destination();
        travel(packet, to, host -> host.packet(ByteBuffer.wrap(packet.encode())));
      }

      @Override
      public void tunnel(Ip6 from, Ip6 to, MobilityPacket inner) {
        travel(inner, to, host -> host.tunnelled(from, ByteBuffer.wrap(inner.encode())));
      }

      @Override
      public void parameterProblem(ByteBuffer offending, int code, int pointer) {
        parameterProblems++;
      }
    };
  }

  /** A router sends a packet on, as it is. */
  void forward(Ip6 to, ByteBuffer packet) {
    travel(null, to, host -> host.packet(packet.duplicate()));
  }

  /** A home agent sends a packet on in its tunnel. */
  void forwardInTunnel(Ip6 from, Ip6 to, ByteBuffer inner) {
    travel(null, to, host -> host.tunnelled(from, inner.duplicate()));
  }

  /** With the packet, if it begins its way here, else without. */
  private void travel(@Nullable MobilityPacket packet, Ip6 to, Consumer<Host> delivery) {
    if (packet != null) {
      sent.add(packet);
    }
    int copies = random.nextDouble() < duplicates ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      if (random.nextDouble() >= loss && (packet == null || !dropped.test(packet))) {
        double delay =
            leastDelaySeconds + random.nextDouble() * (mostDelaySeconds - leastDelaySeconds);
        after(
            delay,
            () -> {
              Host host = hosts.get(to);
              if (host != null) {
                delivery.accept(host);
              }
            });
      }
    }
  }

  void after(double seconds, Runnable what) {
    long at = clock.getAsLong() - start + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    arrivals.add(new Arrival(at, order++, what));
  }

  /** Seconds since the beginning. */
  double now() {
    return (clock.getAsLong() - start) / 1e9;
  }

  /** Lets time pass until something is so, or so many seconds are over. */
  boolean runUntil(BooleanSupplier wanted, double seconds) {
    long end = clock.getAsLong() - start + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    while (!wanted.getAsBoolean()) {
      long next = end;
      for (LongSupplier each : ticking) {
        next = Math.min(next, Math.max(each.getAsLong() - start, clock.getAsLong() - start + 1));
      }
      Arrival first = arrivals.peek();
      if (first != null && first.nanos <= next) {
        arrivals.poll();
        clock.advanceTo(start + Math.max(first.nanos, clock.getAsLong() - start));
        first.what.run();
      } else if (next >= end) {
        clock.advanceTo(start + end);
        return wanted.getAsBoolean();
      } else {
        clock.advanceTo(start + next);
      }
    }
    return true;
  }

  void run(double seconds) {
    runUntil(() -> false, seconds);
  }
}
