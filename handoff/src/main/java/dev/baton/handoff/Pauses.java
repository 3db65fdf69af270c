package dev.baton.handoff;

import dev.baton.linux.QueueRoom;
import java.io.Closeable;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Lets connections of one donor be taken out by turns. Handoffs overlap, but not where the client
 * waits: there they would only take the processor from each other, and each pause would be as long
 * as all together.
 */
final class Pauses {
  /** Between hosts, most of a turn is spent waiting for the network. */
  private static final int FAR = 4;

  private final Semaphore here;
  private final Semaphore far;

  /** For the next turns; empty while nothing moves. */
  private final ConcurrentLinkedDeque<QueueRoom> rooms = new ConcurrentLinkedDeque<>();

  Pauses() {
    int processors = Math.max(1, Runtime.getRuntime().availableProcessors());
    this.here = new Semaphore(processors, true);
    this.far = new Semaphore(processors * FAR, true);
  }

  /**
   * A turn that is still to come; to be closed in any case.
   *
   * @param betweenHosts whether the connection goes to another host
   */
  Turn turn(boolean betweenHosts) {
    return new Turn(betweenHosts ? far : here);
  }

  /** One connection's turn. For one thread. */
  final class Turn implements Closeable {
    private final Semaphore turns;
    private @Nullable QueueRoom room;

    private Turn(Semaphore turns) {
      this.turns = turns;
    }

    /**
     * Waits for the turn; returns at once if it has come already.
     *
     * @return where the send queue can be looked at during the turn
     */
    QueueRoom await() {
      QueueRoom mine = room;
      if (mine == null) {
        turns.acquireUninterruptibly();
        mine = rooms.poll();
        mine = mine == null ? new QueueRoom() : mine;
        room = mine;
      }
      return mine;
    }

    /** Whether others wait for theirs. */
    boolean othersWait() {
      return turns.hasQueuedThreads();
    }

    @Override
    public void close() {
      QueueRoom mine = room;
      if (mine == null) {
        return;
      }
      room = null;
      if (othersWait()) {
        rooms.add(mine);
      } else {
        mine.close();
        for (QueueRoom idle = rooms.poll(); idle != null; idle = rooms.poll()) {
          idle.close();
        }
      }
      turns.release();
    }
  }
}
