package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.http.ApplicationState;
import dev.baton.linux.NotMovableException;
import dev.baton.linux.QueueRoom;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to hand off one connection of a server that knows nothing of it: the acceptor
 * rehearses while this node's server still answers; then the server is held, the acceptor is
 * brought to the very same byte, and the connection departs.
 */
final class RehearsedHandoff {
  private static final long PREPARE_MILLIS = 30_000;
  private static final long HELD_MILLIS = 3_000;
  private static final long GATE_MILLIS = 500;

  /**
   * A rehearsal that took longer than this is brought nearer once more before the server is held.
   */
  private static final long SHORT_ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int ROUNDS = 4;

  /**
   * The attempt was too bold: the client was quicker than the cut, and has been sent more behind it
   * than the acceptor holds; or the acceptor could not come to a cut that it was told with {@code
   * Init}. The connection is as it was.
   */
  static final class TooBoldException extends IOException {
    private static final long serialVersionUID = 1;

    TooBoldException(String message) {
      super(message);
    }

    TooBoldException(RefusedException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private final Departures departures;
  private final ServedConnection connection;
  private final String to;
  private final boolean bold;
  private @Nullable Departure departure;

  /** Whether the acceptor was asked to continue a response. */
  private boolean continuing;

  /**
   * @param to the acceptor
   * @param bold whether part of the send queue may stay here, and the acceptor need not be asked
   *     about the cut before the freeze, where this makes the pause shorter
   */
  RehearsedHandoff(Departures departures, ServedConnection connection, String to, boolean bold) {
    this.departures = departures;
    this.connection = connection;
    this.to = to;
    this.bold = bold;
  }

  /**
   * Whether the connection has come into a state that cannot be moved, by what the server or the
   * client did meanwhile: no fault of anybody.
   */
  boolean wasLeftToItself(Throwable e) {
    return !lost()
        && (connection.closed()
            || e instanceof NotMovableException
            || (e instanceof IllegalStateException && connection.unmovable() != null));
  }

  /**
   * Whether the response that the acceptor was asked to continue is over meanwhile: what it found
   * wrong with that does not matter any more.
   */
  boolean isOutOfDate() {
    return continuing && !lost() && !connection.state().answering();
  }

  /** Whether the connection is gone from here although it was not handed off. */
  boolean lost() {
    return departure != null && departure.lost();
  }

  /**
   * Hands the connection off.
   *
   * @throws TooBoldException if it should be tried once more, less boldly
   * @throws IOException if it was not handed off; it is still here unless it is {@link #lost}
   */
  HandoffReport.Row run() throws IOException {
    long begun = System.nanoTime();
    try (TcpConnection tcp = connection.tcp();
        Departure leaving = open(tcp)) {
      tcp.requireMovable();
      SendQueue queue = new SendQueue(tcp, leaving.betweenHosts(), bold);
      rehearse(leaving, queue, connection.id());
      queue.watch();
      long rehearsed = System.nanoTime();
      try (Freight.Share share = departures.freight().load(queue.freight());
          Pauses.Turn turn = departures.pauses().turn(leaving.betweenHosts())) {
        if (!queue.quick()) {
          turn.await();
        }
        if (isLeftBehind(queue, rehearsed)) {
          advance(leaving.channel(), queue);
        }
        try (Departure.Guard guard = leaving.guard()) {
          leaving.reserve();
          return holdAndCutOver(leaving, tcp, queue, turn, begun);
        }
      }
    }
  }

  /** Has the acceptor rehearse, and leaves the connection where it is. */
  void rehearseOnly() throws IOException {
    try (TcpConnection tcp = connection.tcp();
        Departure leaving = open(tcp)) {
      tcp.requireMovable();
      rehearse(
          leaving,
          new SendQueue(tcp, leaving.betweenHosts(), bold),
          PracticeHost.practiceId(connection.id()));
    }
  }

  private Departure open(TcpConnection tcp) throws IOException {
    Flow flow = new Flow(connection.client(), tcp.local());
    Departure opened = departures.open(connection.id(), flow, to);
    departure = opened;
    return opened;
  }

  /** Brings the acceptor near while the server goes on writing. */
  private void rehearse(Departure leaving, SendQueue queue, String id) throws IOException {
    long started = System.nanoTime();
    Message.Prepare prepare =
        new Message.Prepare(
            id,
            Endpoint.of(leaving.flow().client()),
            Endpoint.of(leaving.flow().server()),
            near(queue).toBytes());
    leaving.prepare(prepare, PREPARE_MILLIS);
    FaultPoint.reached("donor:ready", connection.id());
    for (int round = 1; round < ROUNDS && isLeftBehind(queue, started); round++) {
      started = System.nanoTime();
      advance(leaving.channel(), queue);
    }
  }

  private boolean isLeftBehind(SendQueue queue, long sinceNanos) throws IOException {
    return System.nanoTime() - sinceNanos > SHORT_ROUND_NANOS
        && !queue.stillNear(connection.state());
  }

  private void advance(FrameChannel channel, SendQueue queue) throws IOException {
    channel.ask(
        new Message.Advance(near(queue).toBytes(), false), Message.Ready.class, PREPARE_MILLIS);
  }

  private ApplicationState near(SendQueue queue) throws IOException {
    ApplicationState near = queue.near(connection.state());
    continuing |= near.answering();
    return near;
  }

  private HandoffReport.Row holdAndCutOver(
      Departure leaving, TcpConnection tcp, SendQueue queue, Pauses.Turn turn, long begun)
      throws IOException {
    long prepared = System.nanoTime();
    connection.holdWrites(GATE_MILLIS);
    boolean settled = false;
    try {
      HandoffReport.Row row = cutOver(leaving, tcp, queue, turn, begun, prepared);
      settled = row.result().equals(Result.HANDED_OFF.text());
      return row;
    } finally {
      if (!settled) {
        tcp.unlimitSendBuffer();
        connection.resume();
      }
    }
  }

  /** The server is held: brings the acceptor to the same byte and gives it the connection. */
  private HandoffReport.Row cutOver(
      Departure leaving,
      TcpConnection tcp,
      SendQueue queue,
      Pauses.Turn turn,
      long begun,
      long prepared)
      throws IOException {
    String reason = connection.unmovable();
    if (reason != null) {
      return Donor.row(connection, to, Result.SKIPPED, reason);
    }
    long bytesRead = connection.bytesRead();
    ApplicationState cut = queue.cut(connection.state());
    Message.Ready ready = null;
    if (!queue.lastsTooShort()) {
      Message.Advance last = new Message.Advance(cut.toBytes(), true);
      ready = leaving.channel().ask(last, Message.Ready.class, HELD_MILLIS);
    }
    ConnectionInfo info = connection.info();
    if (!connection.holdAll(GATE_MILLIS)) {
      return Donor.row(info, to, Result.SKIPPED, "the server has closed it", PhaseMicros.NONE, 0);
    }
    reason = connection.unmovable();
    if (reason != null) {
      return Donor.row(info, to, Result.SKIPPED, reason, PhaseMicros.NONE, 0);
    }
    byte[] later =
        connection.bytesRead() == bytesRead && ready != null
            ? null
            : queue.again(connection.state()).toBytes();
    queue.awaitLowWater();
    Message.Done done = depart(leaving, tcp, turn, new HeldServer(tcp, queue, later, ready));
    PhaseMicros phases = leaving.phases(done, begun, prepared);
    return Donor.row(info, to, Result.HANDED_OFF, null, phases, leaving.sentBytes());
  }

  private static Message.@Nullable Done depart(
      Departure leaving, TcpConnection tcp, Pauses.Turn turn, HeldServer server)
      throws IOException {
    try {
      return leaving.run(tcp, turn, server);
    } catch (RefusedException e) {
      throw server.ready == null && !leaving.lost() ? new TooBoldException(e) : e;
    }
  }

  /** The server, all of whose gates are closed. */
  private final class HeldServer implements Departure.Server {
    private final TcpConnection tcp;
    private final SendQueue queue;
    private final byte @Nullable [] later;
    private final Message.@Nullable Ready ready;

    /**
     * @param later what the acceptor does not know yet
     * @param ready from the acceptor at the cut; null if it has not been asked
     */
    HeldServer(
        TcpConnection tcp,
        SendQueue queue,
        byte @Nullable [] later,
        Message.@Nullable Ready ready) {
      this.tcp = tcp;
      this.queue = queue;
      this.later = later;
      this.ready = ready;
    }

    @Override
    public Departure.Cargo load(QueueRoom room) throws IOException {
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
      if (ready != null && queue.overlap() > ready.inHand()) {
        throw new TooBoldException(
            "the client is "
                + queue.overlap()
                + " bytes behind the cut, with "
                + ready.inHand()
                + " in hand there");
      }
      return new Departure.Cargo(queue.lightened(image), later, queue.overlap());
    }

    @Override
    public void recovered(long preload) {
      connection.recovered(preload);
    }

    @Override
    public void leave() {
      connection.leave();
    }
  }
}
