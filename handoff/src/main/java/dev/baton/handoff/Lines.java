package dev.baton.handoff;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Conversations with other nodes that have nothing to ask at the moment, kept for whoever has: to
 * begin one with another host takes round trips, and the processors of both for the keys.
 *
 * <p>Thread-safe.
 */
final class Lines implements Closeable {
  /** A line that nobody has used for so long may be dead. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** To one node. */
  private static final int MOST = 64;

  /**
   * @param here where this node was
   * @param there where the other one was
   */
  private record Line(
      NodeClient node, long usedNanos, @Nullable InetAddress here, @Nullable InetAddress there) {}

  private final Group group;
  private final String self;
  private final Map<String, Deque<Line>> idle = new HashMap<>();
  private boolean closed;

  /**
   * @param self this node's name
   */
  Lines(Group group, String self) {
    this.group = group;
    this.self = self;
  }

  /**
   * A line to a node, which is the caller's: to be given back if it can be used for another
   * question, else closed.
   *
   * @throws IOException if there is no such node, or it does not answer
   */
  NodeClient take(String node) throws IOException {
    while (true) {
      Line line;
      synchronized (this) {
        line = idle.getOrDefault(node, new ArrayDeque<>()).pollFirst();
      }
      if (line == null) {
        return group.open(node, self);
      }
      if (isFresh(line, node)) {
        return line.node();
      }
      line.node().close();
    }
  }

  /** A line to an address that its node has left is silent, and does not end. */
  private boolean isFresh(Line line, String node) {
    return System.nanoTime() - line.usedNanos() < FRESH_NANOS
        && !line.node().channel().ended()
        && Objects.equals(line.here(), group.place(self))
        && Objects.equals(line.there(), group.place(node));
  }

  /** Nothing is waited for in this line. */
  void giveBack(NodeClient node) {
    synchronized (this) {
      String name = node.node().name();
      Deque<Line> lines = idle.computeIfAbsent(name, same -> new ArrayDeque<>());
      if (!closed && lines.size() < MOST) {
        lines.addFirst(new Line(node, System.nanoTime(), group.place(self), group.place(name)));
        return;
      }
    }
    node.close();
  }

  @Override
  public synchronized void close() {
    closed = true;
    idle.values().forEach(lines -> lines.forEach(line -> line.node().close()));
    idle.clear();
  }
}
