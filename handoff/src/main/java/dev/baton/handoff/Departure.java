package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.linux.QueueRoom;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One connection on its way out of this node, and the conversation with its acceptor. However the
 * acceptor was made ready, the rest is the same: freeze, extract, {@code Init}, {@code Done}; and
 * so is the promise, that the connection has exactly one owner or, if that one dies, none.
 *
 * <p>On one host the socket is released before {@code Init}, and taken back in place if no answer
 * comes. Between hosts it stays, frozen, until it is clear whose the connection is; then it is
 * thawed or released.
 *
 * <p>For one thread.
 */
final class Departure implements Closeable {
  private static final long ANSWER_MILLIS = 3_000;
  private static final long TAKE_BACK_MILLIS = 2_000;

  /** The acceptor asks the contact node meanwhile. */
  private static final long RESERVE_MILLIS = 10_000;

  /** What is left of the acceptor's second is enough for the rest of the handoff. */
  private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  /**
   * What {@code Init} says.
   *
   * @param image the connection
   * @param state the state of the application, if it has to be told now
   * @param overlap how many bytes of the image's end the acceptor has in hand itself
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared: on its way into a message
  record Cargo(TcpImage image, byte @Nullable [] state, int overlap) {}

  /** The server whose connection it is. It does not touch the connection meanwhile. */
  interface Server {

    /**
     * Extracts the frozen connection.
     *
     * @param room keeps what does not travel
     * @throws IOException if it should stay after all
     */
    Cargo load(QueueRoom room) throws IOException;

    /**
     * The connection was taken back: its socket has been re-created in place.
     *
     * @param preload bytes that were put into the new socket's send queue
     */
    void recovered(long preload);

    /** The connection is no longer here. */
    void leave();
  }

  private final Departures departures;
  private final NodeClient acceptor;
  private final TrafficSwitch trafficSwitch;
  private final String id;
  private final Flow flow;
  private final String to;
  private final long sentBefore;

  /** What both sides call this handoff before the contact node; empty on one host. */
  private String handoff = "";

  /** Whether the acceptor has reserved it, and since when. */
  private boolean reserved;

  private long reservedNanos;

  private boolean lost;
  private boolean left;
  private boolean goesOn;
  private long heldNanos;
  private long frozenNanos;
  private long releasedNanos;
  private long answeredNanos;

  /**
   * @param acceptor owned by this object
   */
  Departure(
      Departures departures,
      NodeClient acceptor,
      TrafficSwitch trafficSwitch,
      String id,
      Flow flow,
      String to) {
    this.departures = departures;
    this.acceptor = acceptor;
    this.trafficSwitch = trafficSwitch;
    this.id = id;
    this.flow = flow;
    this.to = to;
    this.sentBefore = acceptor.channel().sentBytes();
  }

  /** The conversation with the acceptor. */
  FrameChannel channel() {
    return acceptor.channel();
  }

  /** Whether the acceptor is on another host. */
  boolean betweenHosts() {
    return trafficSwitch.betweenHosts();
  }

  /** The two ends of the connection. */
  Flow flow() {
    return flow;
  }

  /** What was said to the acceptor so far about this connection, in bytes. */
  long sentBytes() {
    return channel().sentBytes() - sentBefore;
  }

  /** Whether the connection is not here any more, although it was not handed off. */
  boolean lost() {
    return lost;
  }

  /** What guards a flow while its connection has no socket. */
  interface Guard extends Closeable {
    @Override
    void close();
  }

  /**
   * Sees to it that no packet of the flow is answered with a reset while its connection has no
   * socket here.
   *
   * @return to be closed when the departure is over, either way
   * @throws IOException if that cannot be assured
   */
  Guard guard() throws IOException {
    trafficSwitch.prepare(flow);
    try {
      ThirdNodes third = departures.guardElsewhere(flow, to);
      return () -> {
        third.close();
        trafficSwitch.release(flow, left || lost);
      };
    } catch (IOException | RuntimeException e) {
      trafficSwitch.release(flow, false);
      throw e;
    }
  }

  /**
   * Asks the acceptor to make ready for the connection; between hosts also to reserve the handoff,
   * in the same breath.
   *
   * @param millis how long the acceptor may take to make ready
   */
  void prepare(Message.Prepare prepare, long millis) throws IOException {
    channel().send(prepare, ANSWER_MILLIS);
    if (betweenHosts()) {
      channel().send(naming(), ANSWER_MILLIS);
    }
    channel().receive(Message.Ready.class, millis);
    awaitReserved();
  }

  /**
   * The server is about to be held: has the handoff reserved once more, if it took so long to come
   * here that the acceptor may have given that up.
   */
  void reserve() throws IOException {
    if (reserved && System.nanoTime() - reservedNanos > FRESH_NANOS) {
      channel().send(naming(), ANSWER_MILLIS);
      awaitReserved();
    }
  }

  /** Each reservation is for a handoff with a name of its own: the last one may be given back. */
  private Message.Reserve naming() {
    handoff = UUID.randomUUID().toString();
    return new Message.Reserve(handoff);
  }

  private void awaitReserved() throws IOException {
    if (betweenHosts()) {
      reserved = channel().receive(Message.Reserved.class, RESERVE_MILLIS).granted();
      reservedNanos = System.nanoTime();
    }
  }

  /**
   * Gives the connection away. If this throws and the connection is not {@link #lost}, it is as it
   * was.
   *
   * @param tcp live; stays the caller's, and is released if the connection has left
   * @param turn to be frozen; it is waited for
   * @return null if the acceptor has the connection and could not say when
   */
  Message.@Nullable Done run(TcpConnection tcp, Pauses.Turn turn, Server server)
      throws IOException {
    if (channel().ended()) {
      throw new EOFException("the acceptor has hung up");
    }
    FaultPoint.reached("donor:freeze", id);
    QueueRoom room = turn.await();
    if (!betweenHosts() && !turn.othersWait()) {
      // or the acceptor has better things to do than to stay awake, or too long to do it
      channel().send(new Message.Freezing(), ANSWER_MILLIS);
    }
    heldNanos = System.nanoTime();
    Cargo cargo = takeOut(tcp, room, server);
    releasedNanos = System.nanoTime();
    FaultPoint.reached("donor:init", id);
    Message.Done done =
        trafficSwitch.betweenHosts()
            ? giveAway(tcp, cargo, server)
            : giveUp(tcp, cargo, room, server);
    answeredNanos = System.nanoTime();
    left = true;
    goesOn = done != null && done.goesOn();
    server.leave();
    return done;
  }

  /**
   * How long each phase took.
   *
   * @param done what {@link #run} returned
   * @param begunNanos when the handoff began
   * @param preparedNanos when the acceptor was ready, and the server was about to be held
   */
  PhaseMicros phases(Message.@Nullable Done done, long begunNanos, long preparedNanos) {
    if (done == null) {
      return PhaseMicros.NONE;
    }
    boolean ahead = done.switchedNanos() > done.activatedNanos();
    long switchedNanos = ahead ? done.recreatedNanos() : done.switchedNanos();
    return new PhaseMicros(
        micros(begunNanos, preparedNanos),
        micros(preparedNanos, heldNanos),
        micros(heldNanos, frozenNanos),
        micros(frozenNanos, releasedNanos),
        transferMicros(done),
        micros(done.receivedNanos(), done.recreatedNanos()),
        micros(done.recreatedNanos(), switchedNanos),
        micros(switchedNanos, done.activatedNanos()));
  }

  /** Two hosts do not have one clock: there, half of what the answer took beyond the work. */
  private long transferMicros(Message.Done done) {
    return trafficSwitch.betweenHosts()
        ? (micros(releasedNanos, answeredNanos)
                - micros(
                    done.receivedNanos(), Math.max(done.activatedNanos(), done.switchedNanos())))
            / 2
        : micros(releasedNanos, done.receivedNanos());
  }

  /** Freezes, extracts and, on one host, releases; if that fails the socket is as it was. */
  private Cargo takeOut(TcpConnection tcp, QueueRoom room, Server server) throws IOException {
    tcp.freeze();
    try {
      frozenNanos = System.nanoTime();
      Cargo cargo = server.load(room);
      if (!trafficSwitch.betweenHosts()) {
        tcp.release();
      }
      return cargo;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      tcp.thaw();
      throw e;
    }
  }

  private static Message.Init init(
      Cargo cargo, @Nullable String name, Message.@Nullable Mobility mobility) {
    return new Message.Init(
        cargo.image().toBytes(), cargo.state(), cargo.overlap(), name, mobility);
  }

  /** On one host: the socket has been released. */
  private Message.Done giveUp(TcpConnection tcp, Cargo cargo, QueueRoom room, Server server)
      throws IOException {
    try {
      return channel().ask(init(cargo, null, null), Message.Done.class, ANSWER_MILLIS);
    } catch (IOException | OutOfMemoryError e) {
      channel().close(); // an acceptor that still lives must see that it is too late
      takeBack(tcp, cargo.image(), room, server);
      throw e;
    }
  }

  /**
   * Between hosts: the socket is frozen, and stays until it is clear whose the connection is.
   *
   * @return null if the acceptor has the connection and could not say when
   */
  private Message.@Nullable Done giveAway(TcpConnection tcp, Cargo cargo, Server server)
      throws IOException {
    Message.Done done = null;
    boolean activating = false;
    try {
      channel().send(init(cargo, handoff, offer()), ANSWER_MILLIS);
      Message answer = channel().receive(ANSWER_MILLIS);
      while (answer instanceof Message.Activating) {
        activating = true;
        answer = channel().receive(ANSWER_MILLIS);
      }
      done = FrameChannel.expect(Message.Done.class, answer);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      boolean unused = e instanceof RefusedException || channel().hasSaidAll();
      channel().close();
      if (!activating && keeps(unused, tcp, server)) {
        tcp.thaw();
        throw e;
      }
      departures.log().info("connection " + id + " is " + to + "'s, which did not say so");
    }
    tcp.release();
    return done;
  }

  private Message.@Nullable Mobility offer() {
    InetAddress to = channel().peerAddress();
    return to == null ? null : trafficSwitch.offer(flow, to);
  }

  private boolean keeps(boolean unused, TcpConnection tcp, Server server) throws IOException {
    try {
      return trafficSwitch.keep(flow, handoff, unused);
    } catch (IOException | RuntimeException e) {
      lost = true; // here at least: two must not write to one client
      try {
        tcp.release();
      } finally {
        server.leave();
      }
      throw e;
    }
  }

  /** Puts the socket back in place. The server has noticed nothing. */
  private void takeBack(TcpConnection tcp, TcpImage travelling, QueueRoom room, Server server)
      throws IOException {
    TcpImage image;
    try {
      image = travelling.withUnsentAfter(room.rest());
    } catch (OutOfMemoryError e) {
      takeBackToReset(tcp, travelling, server);
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
          server.leave();
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
    try {
      tcp.activate();
    } catch (IOException e) {
      reset(tcp, server);
      throw e;
    }
    server.recovered(image.unacknowledgedLength() + image.unsent().length);
  }

  /** There is no room for what was kept back: the client gets a reset, not a gap in the bytes. */
  private void takeBackToReset(TcpConnection tcp, TcpImage image, Server server)
      throws IOException {
    try {
      tcp.become(image);
    } finally {
      reset(tcp, server);
    }
  }

  private void reset(TcpConnection tcp, Server server) throws IOException {
    lost = true;
    try {
      tcp.abort();
    } finally {
      server.leave();
    }
  }

  private static long micros(long from, long to) {
    return TimeUnit.NANOSECONDS.toMicros(to - from);
  }

  @Override
  public void close() {
    if (goesOn) {
      departures.giveBack(acceptor);
    } else {
      acceptor.close();
    }
  }
}
