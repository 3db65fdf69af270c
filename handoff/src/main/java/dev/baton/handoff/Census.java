package dev.baton.handoff;

import dev.baton.handoff.policy.Hierarchy;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of the group last said about themselves, for those who have to know at once. As
 * long as somebody needs it, the nodes are asked again and again through lines that stay open, so
 * that it costs them next to nothing.
 */
final class Census implements Closeable {
  /** How long a node may take to describe itself before it is no node for the time being. */
  private static final long PATIENCE_MILLIS = 2_000;

  /** Every so many times nodes are looked for that were not there. */
  private static final int SEARCH = 4;

  /** This node, and what the others said. */
  record Snapshot(NodeInfo self, List<NodeInfo> others) {

    /** Who is below whom, as they said. */
    Hierarchy hierarchy() {
      List<NodeInfo> all = new ArrayList<>(others);
      all.add(self);
      return Hierarchy.of(all);
    }
  }

  private final Group group;
  private final Supplier<NodeInfo> self;
  private final boolean roundTrips;
  private final Executor executor;
  private final Log log;
  private final Map<String, NodeClient> lines = new HashMap<>();
  private volatile @Nullable Snapshot latest;
  private int untilSearch;
  private int needed;

  /**
   * @param self describes this node
   * @param roundTrips whether the nodes are asked for those of their clients, too
   */
  Census(Group group, Supplier<NodeInfo> self, boolean roundTrips, Executor executor, Log log) {
    this.group = group;
    this.self = self;
    this.roundTrips = roundTrips;
    this.executor = executor;
    this.log = log;
  }

  /** What was said last. */
  Snapshot latest() {
    Snapshot known = latest;
    return known == null ? new Snapshot(self.get(), List.of()) : known;
  }

  /** Looks for the nodes of the group and asks them; may take seconds if one is silent. */
  synchronized Snapshot take() throws IOException {
    NodeInfo own = self.get();
    Map<String, NodeInfo> before = new HashMap<>();
    latest().others().forEach(node -> before.put(node.name(), node));
    Snapshot taken =
        new Snapshot(
            own,
            group.nodes(own.name()).stream()
                .map(node -> node.with(before.getOrDefault(node.name(), node).roundTrips()))
                .toList());
    latest = taken;
    untilSearch = SEARCH;
    return taken;
  }

  /**
   * Asks the nodes again and again, until the result is closed.
   *
   * @param millis how often
   */
  Closeable keepFresh(long millis) {
    synchronized (this) {
      needed++;
    }
    CountDownLatch over = new CountDownLatch(1);
    executor.execute(() -> refreshUntil(over, millis));
    return over::countDown;
  }

  private void refreshUntil(CountDownLatch over, long millis) {
    boolean wellKnown = true;
    try {
      while (!over.await(millis, TimeUnit.MILLISECONDS)) {
        wellKnown = refreshOrSay(wellKnown);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      synchronized (this) {
        if (--needed == 0) {
          close();
        }
      }
    }
  }

  /** One line for a trouble that lasts, not one each time. */
  private boolean refreshOrSay(boolean wellKnown) {
    try {
      refresh();
      return true;
    } catch (IOException e) {
      if (wellKnown) {
        log.warn("the other nodes cannot be listed now; connections go to those known before", e);
      }
      return false;
    }
  }

  private synchronized void refresh() throws IOException {
    if (--untilSearch < 0) {
      take();
      return;
    }
    NodeInfo own = self.get();
    List<NodeInfo> others = new ArrayList<>();
    for (NodeInfo node : latest().others()) {
      try {
        others.add(ask(node.name(), own.name()));
      } catch (IOException e) { // it has gone, or is too busy: it is looked for next time
        untilSearch = 0;
        NodeClient line = lines.remove(node.name());
        if (line != null) {
          line.close();
        }
      }
    }
    latest = new Snapshot(own, List.copyOf(others));
  }

  private NodeInfo ask(String node, String asker) throws IOException {
    NodeClient line = lines.get(node);
    if (line == null) {
      line = group.open(node, asker);
      lines.put(node, line);
      if (!roundTrips) {
        return line.node();
      }
    }
    return line.describe(roundTrips, PATIENCE_MILLIS);
  }

  /** Hangs up on all nodes. */
  @Override
  public synchronized void close() {
    lines.values().forEach(NodeClient::close);
    lines.clear();
  }
}
