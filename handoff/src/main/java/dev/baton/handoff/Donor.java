package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.http.ApplicationState;
import dev.baton.linux.NetworkNamespace;
import dev.baton.linux.NotMovableException;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.EOFException;
import java.io.IOException;
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

  /**
   * While the server is held, the kernel sends the queue down to this many unsent bytes; what is in
   * flight does not count, or a distant client would run dry waiting for its own acknowledgments.
   */
  private static final int LOW_WATER = 16 << 10;

  /** How long that may take; a client that is slower does not feel the longer pause. */
  private static final long LOW_WATER_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  /** How long the client is watched before its pace is believed. */
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

  private static final long QUEUE_LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final String self;
  private final Group group;
  private final TrafficSwitch trafficSwitch;
  private final Log log;
  private final Freight freight = Freight.ofThisJvm();

  Donor(String self, Group group, TrafficSwitch trafficSwitch, Log log) {
    this.self = self;
    this.group = group;
    this.trafficSwitch = trafficSwitch;
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
    Attempt attempt = new Attempt(connection, to);
    try {
      String reason = connection.unmovable();
      if (reason != null) {
        return row(connection, to, Result.SKIPPED, reason);
      }
      return attempt.run();
    } catch (NotMovableException e) {
      return row(connection, to, Result.SKIPPED, Log.words(e));
    } catch (IOException | RuntimeException e) {
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

  /** A row about a connection that did not move. */
  static HandoffReport.Row row(
      ServedConnection connection, @Nullable String to, Result result, @Nullable String reason) {
    return row(connection.info(), to, result, reason, PhaseMicros.NONE, 0);
  }

  private static HandoffReport.Row row(
      ConnectionInfo info,
      @Nullable String to,
      Result result,
      @Nullable String reason,
      PhaseMicros phases,
      long pauseMicros) {
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
        pauseMicros);
  }

  /** One attempt to hand one connection off. */
  private final class Attempt {
    private final ServedConnection connection;
    private final String to;
    private boolean lost;

    Attempt(ServedConnection connection, String to) {
      this.connection = connection;
      this.to = to;
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
          NodeClient acceptor = group.open(to, self)) {
        tcp.requireMovable();
        if (!acceptor.node().namespace().equals(NetworkNamespace.current().toString())) {
          throw new IOException(
              to
                  + " is on another host (another network namespace); baton.switch=local cannot"
                  + " reach it");
        }
        FrameChannel channel = acceptor.channel();
        rehearse(channel);
        long prepared = System.nanoTime();
        try (Freight.Share share = freight.load(tcp.queued())) {
          if (System.nanoTime() - prepared > SHORT_ROUND_NANOS) {
            advance(channel);
          }
          return holdAndCutOver(channel, tcp, begun, prepared);
        }
      }
    }

    private HandoffReport.Row holdAndCutOver(
        FrameChannel channel, TcpConnection tcp, long begun, long prepared) throws IOException {
      connection.holdWrites(GATE_MILLIS);
      boolean settled = false;
      try {
        HandoffReport.Row row = cutOver(channel, tcp, begun, prepared);
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
    private void rehearse(FrameChannel channel) throws IOException {
      long started = System.nanoTime();
      Message.Prepare prepare =
          new Message.Prepare(
              connection.id(),
              Endpoint.of(connection.client()),
              Endpoint.of(connection.server()),
              connection.state().toBytes());
      channel.ask(prepare, Message.Ready.class, PREPARE_MILLIS);
      FaultPoint.reached("donor:ready");
      for (int round = 1;
          round < ROUNDS && System.nanoTime() - started > SHORT_ROUND_NANOS;
          round++) {
        started = System.nanoTime();
        advance(channel);
      }
    }

    private void advance(FrameChannel channel) throws IOException {
      channel.ask(
          new Message.Advance(connection.state().toBytes(), false),
          Message.Ready.class,
          PREPARE_MILLIS);
    }

    /** The server is held: brings the acceptor to the same byte and gives it the connection. */
    private HandoffReport.Row cutOver(
        FrameChannel channel, TcpConnection tcp, long begun, long prepared) throws IOException {
      String reason = connection.unmovable();
      if (reason != null) {
        return row(connection, to, Result.SKIPPED, reason);
      }
      long bytesRead = connection.bytesRead();
      ApplicationState state = connection.state();
      channel.ask(new Message.Advance(state.toBytes(), true), Message.Ready.class, HELD_MILLIS);
      awaitLowWater(tcp);
      Flow flow = new Flow(connection.client(), connection.server());
      ConnectionInfo info = connection.info();
      trafficSwitch.prepare(flow);
      try (ThirdNodes third = ThirdNodes.guard(group, self, to, flow)) {
        if (!connection.holdAll(GATE_MILLIS)) {
          return row(info, to, Result.SKIPPED, "the server has closed it", PhaseMicros.NONE, 0);
        }
        reason = connection.unmovable();
        if (reason != null) {
          return row(info, to, Result.SKIPPED, reason, PhaseMicros.NONE, 0);
        }
        byte[] later = connection.bytesRead() == bytesRead ? null : connection.state().toBytes();
        if (channel.ended()) {
          throw new EOFException("the acceptor has hung up");
        }
        FaultPoint.reached("donor:freeze");
        channel.send(new Message.Freezing(), HELD_MILLIS);
        long held = System.nanoTime();
        TcpImage image = takeOut(tcp);
        long released = System.nanoTime();
        FaultPoint.reached("donor:init");
        Message.Done done;
        try {
          done =
              channel.ask(
                  new Message.Init(image.toBytes(), later), Message.Done.class, HELD_MILLIS);
        } catch (IOException | OutOfMemoryError e) {
          channel.close(); // an acceptor that still lives must see that it is too late
          takeBack(tcp, image);
          throw e;
        }
        connection.leave();
        PhaseMicros phases =
            new PhaseMicros(
                micros(begun, prepared),
                micros(prepared, held),
                micros(held, frozenNanos),
                micros(frozenNanos, released),
                micros(released, done.receivedNanos()),
                micros(done.receivedNanos(), done.recreatedNanos()),
                micros(done.recreatedNanos(), done.switchedNanos()),
                micros(done.switchedNanos(), done.activatedNanos()));
        return row(info, to, Result.HANDED_OFF, null, phases, micros(held, done.activatedNanos()));
      } finally {
        trafficSwitch.release(flow);
      }
    }

    private long frozenNanos;

    /** Freezes, extracts and releases; if that fails the socket is as it was. */
    private TcpImage takeOut(TcpConnection tcp) throws IOException {
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
        TcpImage image = tcp.extract();
        tcp.release();
        return image;
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        tcp.thaw();
        throw e;
      }
    }

    /**
     * Puts the socket back in place. The server has noticed nothing: its gates are still closed.
     */
    private void takeBack(TcpConnection tcp, TcpImage image) throws IOException {
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
        lost = true;
        tcp.abort(); // a reset, not a gap in the bytes
        connection.leave();
        throw e;
      }
      connection.recovered(image.unacknowledgedLength() + image.unsent().length);
    }

    /**
     * Lets the client empty the send queue, so that little has to be frozen and carried: the server
     * is held, but the client goes on receiving. Ends when the queue is low, or when at the
     * client's pace that would take too long.
     */
    private void awaitLowWater(TcpConnection tcp) throws IOException {
      int unsent = tcp.unsent();
      if (unsent <= LOW_WATER) {
        return;
      }
      tcp.limitSendBuffer(
          LOW_WATER / 2); // or the server's selector would find it writable all the time
      int atFirst = unsent;
      long begun = System.nanoTime();
      while (unsent > LOW_WATER) {
        LockSupport.parkNanos(QUEUE_LOOK_NANOS);
        unsent = tcp.unsent();
        long waited = System.nanoTime() - begun;
        long needed = // for the whole, at the pace so far
            (long) (waited * ((double) (atFirst - LOW_WATER) / Math.max(1, atFirst - unsent)));
        if (waited > PACE_NANOS && needed > LOW_WATER_NANOS) {
          return;
        }
      }
    }
  }

  private static long micros(long from, long to) {
    return TimeUnit.NANOSECONDS.toMicros(to - from);
  }
}
