package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.http.ApplicationState;
import dev.baton.linux.NotMovableException;
import dev.baton.linux.QueueRoom;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The donor's side of a handoff. It serves the client until the acceptor stands ready at the very
 * same byte; only then it freezes, extracts and releases the socket. If the acceptor does not
 * answer after that, the donor puts the socket back where it was, under its own server, which has
 * been waiting at the gate and notices nothing.
 */
final class Donor {
  private static final long PREPARE_MILLIS = 30_000;
  private static final long HELD_MILLIS = 3_000;
  private static final long GATE_MILLIS = 500;
  private static final long TAKE_BACK_MILLIS = 2_000;

  /**
   * A rehearsal that took longer than this is brought nearer once more before the server is held.
   */
  private static final long SHORT_ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int ROUNDS = 4;

  private final String self;
  private final Group group;
  private final Switches switches;
  private final Log log;
  private final Freight freight = Freight.ofThisJvm();

  private final Pauses pauses = new Pauses();

  Donor(String self, Group group, Switches switches, Log log) {
    this.self = self;
    this.group = group;
    this.switches = switches;
    this.log = log;
  }

  /**
   * Hands one connection off.
   *
   * @param to the acceptor
   * @return what became of it; never throws, because a connection that fails must fail alone
   */
  HandoffReport.Row handOff(ServedConnection connection, String to) {
    if (!connection.claim()) {
      return row(
          connection, to, Result.SKIPPED, "it is closed, or another handoff of it is under way");
    }
    Attempt attempt = new Attempt(connection, to, false);
    try {
      String reason = connection.unmovable();
      if (reason != null) {
        return row(connection, to, Result.SKIPPED, reason);
      }
      try {
        return attempt.run();
      } catch (OverrunException e) {
        attempt = new Attempt(connection, to, true);
        return attempt.run();
      }
    } catch (NotMovableException e) {
      return row(connection, to, Result.SKIPPED, Log.words(e));
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (attempt.wasLeftToItself(e)) {
        return row(connection, to, Result.SKIPPED, Log.words(e));
      }
      log.warn(
          "connection "
              + connection.id()
              + " of "
              + connection.client()
              + " was not handed off to "
              + to
              + attempt.consequence(),
          e);
      return row(connection, to, Result.FAILED, Log.words(e));
    } finally {
      connection.unclaim();
    }
  }

  /**
   * Has a node rehearse a connection, which stays here whatever comes of it. It is not claimed: a
   * handoff of it may begin meanwhile.
   *
   * @return why the node could not take it over; empty if it could, or if the connection has gone
   *     or goes its own way meanwhile
   */
  Optional<String> tryOut(ServedConnection connection, String to) {
    Attempt attempt = new Attempt(connection, to, false);
    try {
      attempt.rehearseOnly();
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      if (attempt.wasLeftToItself(e) || !connection.claim()) {
        return Optional.empty();
      }
      connection.unclaim();
      return Optional.of(Log.words(e));
    }
  }

  /** A row about a connection that did not move. */
  static HandoffReport.Row row(
      ServedConnection connection, @Nullable String to, Result result, @Nullable String reason) {
    return row(connection.info(), to, result, reason, PhaseMicros.NONE, 0, 0);
  }

  private static HandoffReport.Row row(
      ConnectionInfo info,
      @Nullable String to,
      Result result,
      @Nullable String reason,
      PhaseMicros phases,
      long pauseMicros,
      long stateBytes) {
    return new HandoffReport.Row(
        info.id(),
        info.client(),
        info.state(),
        info.method(),
        info.uri(),
        info.sent(),
        to,
        result.text(),
        reason,
        phases,
        pauseMicros,
        stateBytes);
  }

  /**
   * The client was quicker than the cut: it has been sent more behind it than the acceptor holds.
   * Nothing has happened to the connection.
   */
  private static final class OverrunException extends IOException {
    private static final long serialVersionUID = 1;

    OverrunException(int overlap, int inHand) {
      super(
          "the client is " + overlap + " bytes behind the cut, with " + inHand + " in hand there");
    }
  }

  /** One attempt to hand one connection off. */
  private final class Attempt {
    private final ServedConnection connection;
    private final String to;
    private final boolean whole;
    private TrafficSwitch trafficSwitch = switches.here();
    private boolean lost;

    /**
     * @param whole whether all of the send queue has to travel
     */
    Attempt(ServedConnection connection, String to, boolean whole) {
      this.connection = connection;
      this.to = to;
      this.whole = whole;
    }

    /**
     * Whether the connection has come into a state that cannot be moved, by what the server or the
     * client did meanwhile: no fault of anybody.
     */
    boolean wasLeftToItself(Throwable e) {
      return !lost
          && (connection.closed()
              || e instanceof NotMovableException
              || (e instanceof IllegalStateException && connection.unmovable() != null));
    }

    String consequence() {
      return lost ? " and is lost with it" : " and stays here";
    }

    HandoffReport.Row run() throws IOException {
      long begun = System.nanoTime();
      try (TcpConnection tcp = connection.tcp();
          NodeClient acceptor = open()) {
        tcp.requireMovable();
        FrameChannel channel = acceptor.channel();
        SendQueue queue = new SendQueue(tcp, trafficSwitch.betweenHosts(), whole);
        rehearse(channel, queue, connection.id());
        queue.watch();
        long rehearsed = System.nanoTime();
        try (Freight.Share share = freight.load(queue.freight());
            Pauses.Turn turn = pauses.turn()) {
          if (!queue.quick()) {
            turn.await();
          }
          if (isLeftBehind(queue, rehearsed)) {
            advance(channel, queue);
          }
          return holdAndCutOver(channel, tcp, queue, turn, begun);
        }
      }
    }

    void rehearseOnly() throws IOException {
      try (TcpConnection tcp = connection.tcp();
          NodeClient acceptor = open()) {
        tcp.requireMovable();
        rehearse(
            acceptor.channel(),
            new SendQueue(tcp, trafficSwitch.betweenHosts(), whole),
            PracticeHost.practiceId(connection.id()));
      }
    }

    private NodeClient open() throws IOException {
      NodeClient acceptor = group.open(to, self);
      try {
        trafficSwitch = switches.to(acceptor.node().namespace());
        String objection = trafficSwitch.objection(flow());
        if (objection != null) {
          throw new NotMovableException(objection);
        }
        return acceptor;
      } catch (IOException | RuntimeException e) {
        acceptor.close();
        throw e;
      }
    }

    private Flow flow() throws IOException {
      return new Flow(connection.client(), connection.server());
    }

    private HandoffReport.Row holdAndCutOver(
        FrameChannel channel, TcpConnection tcp, SendQueue queue, Pauses.Turn turn, long begun)
        throws IOException {
      long prepared = System.nanoTime();
      connection.holdWrites(GATE_MILLIS);
      boolean settled = false;
      try {
        HandoffReport.Row row = cutOver(channel, tcp, queue, turn, begun, prepared);
        settled = row.result().equals(Result.HANDED_OFF.text());
        return row;
      } finally {
        if (!settled) {
          tcp.unlimitSendBuffer();
          connection.resume();
        }
      }
    }

    /** Brings the acceptor near while the server goes on writing. */
    private void rehearse(FrameChannel channel, SendQueue queue, String id) throws IOException {
      long started = System.nanoTime();
      Message.Prepare prepare =
          new Message.Prepare(
              id,
              Endpoint.of(connection.client()),
              Endpoint.of(connection.server()),
              queue.near(connection.state()).toBytes());
      channel.ask(prepare, Message.Ready.class, PREPARE_MILLIS);
      FaultPoint.reached("donor:ready", connection.id());
      for (int round = 1; round < ROUNDS && isLeftBehind(queue, started); round++) {
        started = System.nanoTime();
        advance(channel, queue);
      }
    }

    private boolean isLeftBehind(SendQueue queue, long sinceNanos) throws IOException {
      return System.nanoTime() - sinceNanos > SHORT_ROUND_NANOS
          && !queue.stillNear(connection.state());
    }

    private void advance(FrameChannel channel, SendQueue queue) throws IOException {
      channel.ask(
          new Message.Advance(queue.near(connection.state()).toBytes(), false),
          Message.Ready.class,
          PREPARE_MILLIS);
    }

    /** The server is held: brings the acceptor to the same byte and gives it the connection. */
    private HandoffReport.Row cutOver(
        FrameChannel channel,
        TcpConnection tcp,
        SendQueue queue,
        Pauses.Turn turn,
        long begun,
        long prepared)
        throws IOException {
      String reason = connection.unmovable();
      if (reason != null) {
        return row(connection, to, Result.SKIPPED, reason);
      }
      long bytesRead = connection.bytesRead();
      ApplicationState cut = queue.cut(connection.state());
      Message.Ready ready =
          channel.ask(new Message.Advance(cut.toBytes(), true), Message.Ready.class, HELD_MILLIS);
      Flow flow = flow();
      ConnectionInfo info = connection.info();
      trafficSwitch.prepare(flow);
      try (ThirdNodes third = ThirdNodes.guard(group, self, to, flow)) {
        if (!connection.holdAll(GATE_MILLIS)) {
          return row(info, to, Result.SKIPPED, "the server has closed it", PhaseMicros.NONE, 0, 0);
        }
        reason = connection.unmovable();
        if (reason != null) {
          return row(info, to, Result.SKIPPED, reason, PhaseMicros.NONE, 0, 0);
        }
        byte[] later =
            connection.bytesRead() == bytesRead ? null : queue.again(connection.state()).toBytes();
        queue.awaitLowWater();
        if (channel.ended()) {
          throw new EOFException("the acceptor has hung up");
        }
        FaultPoint.reached("donor:freeze", connection.id());
        QueueRoom room = turn.await();
        if (!turn.othersWait()) { // or the acceptor has better things to do than to stay awake
          channel.send(new Message.Freezing(), HELD_MILLIS);
        }
        long held = System.nanoTime();
        TcpImage image = takeOut(tcp, queue, room, ready.inHand());
        long released = System.nanoTime();
        FaultPoint.reached("donor:init", connection.id());
        Message.Done done =
            trafficSwitch.betweenHosts()
                ? giveAway(channel, tcp, flow, queue.lightened(image), later, queue.overlap())
                : giveUp(channel, tcp, room, image, later, queue.overlap());
        long answered = System.nanoTime();
        if (done == null) {
          connection.leave();
          return row(info, to, Result.HANDED_OFF, null, PhaseMicros.NONE, 0, 0);
        }
        connection.leave();
        PhaseMicros phases =
            new PhaseMicros(
                micros(begun, prepared),
                micros(prepared, held),
                micros(held, frozenNanos),
                micros(frozenNanos, released),
                transferMicros(released, answered, done),
                micros(done.receivedNanos(), done.recreatedNanos()),
                micros(done.recreatedNanos(), done.switchedNanos()),
                micros(done.switchedNanos(), done.activatedNanos()));
        long pause =
            phases.freeze()
                + phases.extract()
                + phases.transfer()
                + phases.recreate()
                + phases.switched()
                + phases.activate();
        return row(info, to, Result.HANDED_OFF, null, phases, pause, channel.sentBytes());
      } finally {
        trafficSwitch.release(flow);
      }
    }

    /** Two hosts do not have one clock: there, half of what the answer took beyond the work. */
    private long transferMicros(long released, long answered, Message.Done done) {
      return trafficSwitch.betweenHosts()
          ? (micros(released, answered) - micros(done.receivedNanos(), done.activatedNanos())) / 2
          : micros(released, done.receivedNanos());
    }

    /** On one host: the socket has been released. */
    private Message.Done giveUp(
        FrameChannel channel,
        TcpConnection tcp,
        QueueRoom room,
        TcpImage image,
        byte @Nullable [] later,
        int overlap)
        throws IOException {
      try {
        Message.Init init = new Message.Init(image.toBytes(), later, overlap, null);
        return channel.ask(init, Message.Done.class, HELD_MILLIS);
      } catch (IOException | OutOfMemoryError e) {
        channel.close(); // an acceptor that still lives must see that it is too late
        takeBack(tcp, image, room);
        throw e;
      }
    }

    /**
     * Between hosts: the socket is frozen, and stays until it is clear whose the connection is.
     *
     * @return null if the acceptor has the connection and could not say when
     */
    private Message.@Nullable Done giveAway(
        FrameChannel channel,
        TcpConnection tcp,
        Flow flow,
        TcpImage image,
        byte @Nullable [] later,
        int overlap)
        throws IOException {
      String handoff = UUID.randomUUID().toString();
      Message.Done done = null;
      try {
        Message.Init init = new Message.Init(image.toBytes(), later, overlap, handoff);
        done = channel.ask(init, Message.Done.class, HELD_MILLIS);
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        channel.close();
        if (keeps(flow, handoff, tcp)) {
          tcp.thaw();
          throw e;
        }
        log.info("connection " + connection.id() + " is " + to + "'s, which did not say so");
      }
      tcp.release();
      return done;
    }

    private boolean keeps(Flow flow, String handoff, TcpConnection tcp) throws IOException {
      try {
        return trafficSwitch.keep(flow, handoff);
      } catch (IOException | RuntimeException e) {
        lost = true; // here at least: two must not write to one client
        try {
          tcp.release();
        } finally {
          connection.leave();
        }
        throw e;
      }
    }

    private long frozenNanos;

    /** Freezes, extracts and, on one host, releases; if that fails the socket is as it was. */
    private TcpImage takeOut(TcpConnection tcp, SendQueue queue, QueueRoom room, int inHand)
        throws IOException {
      tcp.freeze();
      try {
        frozenNanos = System.nanoTime();
        long sent = tcp.sentPosition();
        if (sent != connection.expectedSentPosition()) {
          throw new IOException(
              "the kernel has accepted "
                  + sent
                  + " bytes where "
                  + connection.expectedSentPosition()
                  + " were seen: something writes past Baton's hooks");
        }
        TcpImage image = queue.extract(room);
        if (queue.overlap() > inHand) {
          throw new OverrunException(queue.overlap(), inHand);
        }
        if (!trafficSwitch.betweenHosts()) {
          tcp.release();
        }
        return image;
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        tcp.thaw();
        throw e;
      }
    }

    /**
     * Puts the socket back in place. The server has noticed nothing: its gates are still closed.
     */
    private void takeBack(TcpConnection tcp, TcpImage travelling, QueueRoom room)
        throws IOException {
      TcpImage image;
      try {
        image = travelling.withUnsentAfter(room.rest());
      } catch (OutOfMemoryError e) {
        takeBackToReset(tcp, travelling);
        throw e;
      }
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TAKE_BACK_MILLIS);
      while (true) {
        try {
          tcp.become(image);
          break;
        } catch (IOException e) {
          if (System.nanoTime() > deadline) {
            lost = true; // the addresses are taken: the acceptor has the connection, dead or alive
            connection.leave();
            throw e;
          }
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
      }
      try {
        tcp.activate();
      } catch (IOException e) {
        reset(tcp);
        throw e;
      }
      connection.recovered(image.unacknowledgedLength() + image.unsent().length);
    }

    /** There is no room for what was kept back: the client gets a reset, not a gap in the bytes. */
    private void takeBackToReset(TcpConnection tcp, TcpImage image) throws IOException {
      try {
        tcp.become(image);
      } finally {
        reset(tcp);
      }
    }

    private void reset(TcpConnection tcp) throws IOException {
      lost = true;
      try {
        tcp.abort();
      } finally {
        connection.leave();
      }
    }
  }

  private static long micros(long from, long to) {
    return TimeUnit.NANOSECONDS.toMicros(to - from);
  }
}
