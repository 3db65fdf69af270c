package dev.baton.handoff.contact;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Nodes with a lease, in a time of their own: a network that delays, loses and cuts; processes that
 * stop anywhere, also in the middle of a step, die and come again; clocks that run at different
 * speeds; views of the group that may be wrong; and kernels whose timers run on whatever happens.
 */
final class LeaseWorld {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1_000 * MILLI;
  private static final long KERNEL_TICK = 10 * MILLI;
  private static final double DRIFT = 0.005;

  private record Event(long nanos, long number, String node, Runnable action) {}

  final Lease.Times times = Lease.Times.usual(TimeUnit.HOURS.toNanos(1));
  final RandomGenerator random;
  final Map<String, Node> nodes = new TreeMap<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (one, two) ->
              one.nanos != two.nanos
                  ? Long.compare(one.nanos, two.nanos)
                  : Long.compare(one.number, two.number));
  private final Set<Set<String>> cuts = new HashSet<>();
  private long number;
  long nowNanos;
  double stopsInSteps;
  boolean wrongViews;

  /** Whether messages may be lost, or be late by up to a second, where nothing is cut. */
  boolean lossy;

  /** Each message takes this long, and up to {@link #delayNanos} more. */
  long distanceNanos;

  long delayNanos = 2 * MILLI;

  /** The most nodes whose fence was open at one moment. */
  int mostHolders;

  LeaseWorld(RandomGenerator random) {
    this.random = random;
  }

  /** One machine: a kernel that stays, and a process that may not. */
  final class Node implements Lease.Outside {
    final String name;
    private final double speed = 1 + (random.nextDouble() * 2 - 1) * DRIFT;
    private final long offset = random.nextLong(1_000 * SECOND);
    private final Map<Long, Long> timers = new HashMap<>();
    private final Map<String, Long> arrivals = new HashMap<>();
    private long admitted;
    private int life;
    private List<String> seen = List.of();
    private boolean inStep;
    private long stoppedUntilNanos;
    @Nullable Lease lease;
    Ledger.Version version = Ledger.Version.NONE;
    private Electorate remembered = Electorate.NONE;

    /** How much longer than 10 ms it may be until the node looks at its clock again. */
    long slownessNanos = 30 * MILLI;

    Node(String name) {
      this.name = name;
    }

    long clock() {
      return offset + (long) (nowNanos * speed);
    }

    boolean fenceIsOpen() {
      return timers.getOrDefault(admitted, 0L) > nowNanos;
    }

    void start() {
      life++;
      timers.clear(); // the next process sweeps
      admitted = 0;
      seen = List.of();
      lease = new Lease(name, true, remembered, times, this, clock());
      tick(life);
      look(life);
    }

    void kill() {
      life++;
      lease = null;
    }

    boolean isStopped() {
      return lease == null || nowNanos < stoppedUntilNanos;
    }

    void stop(long nanos) {
      stoppedUntilNanos = Math.max(stoppedUntilNanos, nowNanos + nanos);
    }

    private void tick(int myLife) {
      if (myLife == life) {
        lease.tick(clock());
        at(nowNanos + 10 * MILLI + random.nextLong(slownessNanos), name, () -> tick(myLife));
      }
    }

    /** What the group's failure detection believes. */
    private void look(int myLife) {
      if (myLife == life) {
        see();
        at(nowNanos + 300 * MILLI + random.nextLong(500 * MILLI), name, () -> look(myLife));
      }
    }

    private void see() {
      List<String> view = new ArrayList<>();
      for (Node other : nodes.values()) {
        boolean there = other == this || (!other.isStopped() && !isCut(name, other.name));
        boolean wrong = wrongViews && random.nextInt(10) == 0;
        if (other == this || (wrong ? random.nextBoolean() : there)) {
          view.add(other.name);
        }
      }
      if (!view.equals(seen)) {
        seen = view;
        lease.view(view, clock());
      }
    }

    private void mayStop() {
      if (stopsInSteps > 0 && random.nextDouble() < stopsInSteps) {
        runUntil(nowNanos + random.nextLong(2 * SECOND)); // everybody else goes on
      }
    }

    @Override
    public void tell(@Nullable String to, Notice notice) {
      for (Node other : nodes.values()) {
        if (other != this && (to == null || to.equals(other.name))) {
          send(other, notice);
        }
      }
      mayStop();
    }

    private void send(Node other, Notice notice) {
      if (isCut(name, other.name) || (lossy && random.nextInt(50) == 0)) {
        return;
      }
      long delay = distanceNanos + random.nextLong(delayNanos);
      if (lossy && random.nextInt(40) == 0) {
        delay = random.nextLong(SECOND);
      }
      int itsLife = other.life;
      long arrival = Math.max(nowNanos + delay, arrivals.getOrDefault(other.name, 0L));
      arrivals.put(other.name, arrival); // the group keeps them in order
      at(
          arrival,
          other.name,
          () -> {
            if (other.life == itsLife && !isCut(name, other.name)) {
              other.lease.receive(name, notice, other.clock());
            }
          });
    }

    @Override
    public Ledger.Version version() {
      return version;
    }

    @Override
    public Ledger.@Nullable Whole newerThan(Ledger.Version asker) {
      return version.compareTo(asker) > 0 ? new Ledger.Whole(version, List.of(), List.of()) : null;
    }

    @Override
    public void adopt(Ledger.Whole ledger) {
      version = ledger.version();
    }

    @Override
    public boolean elected(long term) {
      mayStop();
      return true;
    }

    @Override
    public void arm(long round) {
      mayStop();
      timers.put(round, nowNanos + times.leaseNanos() + random.nextLong(KERNEL_TICK));
      mayStop();
    }

    @Override
    public void admit(long round) {
      mayStop();
      admitted = round;
      watch();
    }

    @Override
    public void lapsed() {
      admitted = 0;
    }

    @Override
    public void deposed() {
      admitted = 0;
    }

    @Override
    public void remember(Electorate electorate) {
      remembered = electorate;
    }
  }

  Node add(String name) {
    Node node = new Node(name);
    nodes.put(name, node);
    return node;
  }

  /** All see at the same time who is there. */
  void allSee() {
    nodes.values().stream().filter(node -> !node.isStopped()).forEach(Node::see);
  }

  void cut(String one, String two) {
    cuts.add(Set.of(one, two));
  }

  void heal() {
    cuts.clear();
  }

  private boolean isCut(String one, String two) {
    return cuts.contains(Set.of(one, two));
  }

  void at(long nanos, String node, Runnable action) {
    events.add(new Event(nanos, number++, node, action));
  }

  void runFor(long nanos) {
    runUntil(nowNanos + nanos);
  }

  /** Also called from within a step of a node that has stopped there: the others go on. */
  private void runUntil(long untilNanos) {
    List<Event> later = new ArrayList<>();
    while (!events.isEmpty() && events.peek().nanos <= untilNanos) {
      Event event = events.poll();
      Node node = nodes.get(event.node);
      if (node.lease == null) {
        continue;
      }
      if (node.inStep) {
        later.add(event);
        continue;
      }
      if (event.nanos < node.stoppedUntilNanos) {
        at(node.stoppedUntilNanos, event.node, event.action);
        continue;
      }
      nowNanos = Math.max(nowNanos, event.nanos);
      watch();
      node.inStep = true;
      event.action.run();
      node.inStep = false;
      watch();
    }
    nowNanos = Math.max(nowNanos, untilNanos);
    later.forEach(event -> at(nowNanos, event.node, event.action));
  }

  private void watch() {
    mostHolders =
        Math.max(mostHolders, (int) nodes.values().stream().filter(Node::fenceIsOpen).count());
  }

  List<String> holders() {
    return nodes.values().stream().filter(Node::fenceIsOpen).map(node -> node.name).toList();
  }
}
