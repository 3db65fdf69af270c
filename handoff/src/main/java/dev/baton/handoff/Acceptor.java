package dev.baton.handoff;

import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.ProtocolException;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.http.ApplicationState;
import dev.baton.http.Cut;
import dev.baton.http.Rehearsal;
import dev.baton.linux.Listener;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The acceptor's side of one handoff: rehearses on its own server, cuts, and turns the rehearsal's
 * socket into the client's connection. Until {@code Init} everything can be dropped and the client
 * has noticed nothing.
 */
final class Acceptor implements Closeable {
  /** How long a donor may think between two messages. */
  private static final long DONOR_MILLIS = 60_000;

  private static final long ANSWER_MILLIS = 2_000;

  /**
   * For so long a server may not write far ahead of a client that has just come. It would fill a
   * whole send buffer for each of a hundred clients while the next hundred wait to be moved.
   */
  private static final long GENTLE_MILLIS = 1_000;

  /** How long a connection that the server has already closed may take to be delivered. */
  private static final long FINISH_MILLIS = 60_000;

  private final Host host;
  private final FrameChannel channel;
  private final Message.Prepare prepare;
  private final Arrival arrival;
  private final Executor later;
  private Stage stage;

  /**
   * @param channel the conversation with the donor, which has just sent {@code prepare}; not closed
   *     here
   * @param executor for what has to be done some time after the handoff
   * @throws RefusedException if there is nothing to rehearse with
   */
  Acceptor(
      Host host,
      TrafficSwitch trafficSwitch,
      FrameChannel channel,
      Message.Prepare prepare,
      Executor executor)
      throws IOException {
    byte[] state = prepare.state();
    if (state == null) {
      throw new RefusedException(
          "the server here is observed by Baton's agent, and cannot take over what another"
              + " application hands off itself");
    }
    this.host = host;
    this.channel = channel;
    this.prepare = prepare;
    this.later = CompletableFuture.delayedExecutor(GENTLE_MILLIS, TimeUnit.MILLISECONDS, executor);
    this.arrival = new Arrival(trafficSwitch, channel, prepare, executor);
    this.stage = raise(ApplicationState.fromBytes(state));
  }

  /**
   * Takes part in the handoff until it is done or given up.
   *
   * @return whether the conversation can go on with another handoff
   * @throws RefusedException with the reason to tell the donor, if it will not be done
   * @throws EOFException if the donor has changed its mind
   */
  boolean run() throws IOException {
    stage.rehearse();
    FaultPoint.reached("acceptor:ready", prepare.connection());
    channel.send(new Message.Ready(), ANSWER_MILLIS);
    while (true) {
      Message message = channel.receive(DONOR_MILLIS);
      if (message instanceof Message.Advance advance) {
        advance(ApplicationState.fromBytes(advance.state()), advance.last());
        channel.send(new Message.Ready(stage.inHand()), ANSWER_MILLIS);
      } else if (message instanceof Message.Reserve reserve) {
        channel.send(arrival.reserve(reserve), ANSWER_MILLIS);
      } else if (message instanceof Message.Freezing) {
        arrival.freezing();
      } else if (message instanceof Message.Init init) {
        return take(init, System.nanoTime());
      } else {
        throw new ProtocolException("got " + message.getClass().getSimpleName() + " in a handoff");
      }
    }
  }

  private void advance(ApplicationState state, boolean last) throws IOException {
    FaultPoint.reached("acceptor:advance", prepare.connection());
    if (!stage.rehearsal.advance(state)) {
      stage.close();
      stage = raise(state);
    }
    stage.rehearse();
    if (last) {
      arrival.guard();
      stage.cut();
      FaultPoint.reached("acceptor:cut", prepare.connection());
    }
  }

  private boolean take(Message.Init init, long receivedNanos) throws IOException {
    FaultPoint.reached("acceptor:init", prepare.connection());
    byte[] state = init.state();
    if (!stage.isCut()) {
      if (state == null) {
        throw new ProtocolException("Init before the last Advance");
      }
      advance(ApplicationState.fromBytes(state), true);
    } else if (state != null && !stage.rehearsal.advance(ApplicationState.fromBytes(state))) {
      throw new RefusedException("the response went on while the server was held");
    }
    return arrival.take(init, receivedNanos, stage);
  }

  private Stage raise(ApplicationState state) throws IOException {
    Listener listener = host.listener(arrival.flow().server());
    if (listener == null) {
      throw new RefusedException(
          "no server here listens on port " + arrival.flow().server().getPort());
    }
    FaultPoint.reached("acceptor:prepare", prepare.connection());
    return new Stage(
        RehearsalPair.open(host, listener, arrival.flow()), Rehearsal.of(state, host.policy()));
  }

  /**
   * Ends the limit with which a connection begins here. By the connection's number and not by a
   * handle kept, which would keep a socket open that the server has closed.
   */
  private static void letRun(ServedConnection connection) {
    try (TcpConnection tcp = connection.tcp()) {
      tcp.unlimitUnsent();
    } catch (IOException e) {
      return; // closed meanwhile
    }
  }

  /** Drops what has not become a client's connection. */
  @Override
  public void close() throws IOException {
    arrival.close();
    stage.close();
  }

  /** A rehearsal under way: the pair of sockets, and what is made of the server's answer. */
  private final class Stage implements Arrival.Place, Closeable {
    private final RehearsalPair pair;
    private final Rehearsal rehearsal;
    private @Nullable Cut cut;
    private @Nullable TcpConnection tcp;
    private long preload;
    private boolean replayed;

    Stage(RehearsalPair pair, Rehearsal rehearsal) {
      this.pair = pair;
      this.rehearsal = rehearsal;
    }

    boolean isCut() {
      return cut != null;
    }

    /** Bytes behind the cut that need not be asked of the server any more; 0 before the cut. */
    int inHand() {
      return cut == null ? 0 : cut.first().length;
    }

    /** Comes to where the donor is. */
    void rehearse() throws IOException {
      if (rehearsal.trivial()) {
        return;
      }
      if (!replayed) {
        replayed = true;
        pair.replay(rehearsal.replay());
      }
      pair.feed(rehearsal);
    }

    /** Holds the server and computes what the client gets next. */
    void cut() throws IOException {
      RehearsalPair.Held held = pair.hold();
      tcp = held.tcp();
      try {
        cut = rehearsal.cut(held.rest(), held.serverClosed());
      } catch (dev.baton.http.RefusedException e) {
        throw new RefusedException(Log.words(e));
      }
    }

    @Override
    public TcpConnection become(TcpImage received, Message.Init init) throws IOException {
      int overlap = init.overlap();
      byte[] first = Objects.requireNonNull(cut).first();
      if (overlap < 0 || overlap > first.length) {
        throw new RefusedException(
            "the client is "
                + overlap
                + " bytes behind the cut, with "
                + first.length
                + " in hand");
      }
      TcpImage image =
          whole(received, first, overlap)
              .withUnreadBefore(rehearsal.putBack())
              .withUnsentAfter(Arrays.copyOfRange(first, overlap, first.length));
      TcpConnection own = tcp;
      if (own == null) {
        own = TcpConnection.recreate(image);
        tcp = own;
      } else {
        own.become(image);
      }
      preload = (long) image.unacknowledgedLength() + image.unsent().length;
      return own;
    }

    /** With what was sent and did not travel: the server here has given it again. */
    private TcpImage whole(TcpImage received, byte[] first, int overlap) throws ProtocolException {
      if (received.complete()) {
        return received;
      }
      int from = overlap - received.unacknowledgedLength();
      if (from < 0) {
        throw new ProtocolException("Init lacks bytes from before the cut");
      }
      return received.withQueues(Arrays.copyOfRange(first, from, overlap), received.unsent());
    }

    @Override
    public void goOn(TcpConnection own) throws IOException {
      if (pair.serverClosed()) {
        return;
      }
      own.limitUnsent();
      ServedConnection connection = pair.connection();
      connection.continueAs(prepare.connection(), Objects.requireNonNull(cut).tracker(), preload);
      later.execute(() -> letRun(connection));
    }

    @Override
    public boolean isUnfinished() {
      return pair.serverClosed();
    }

    /** Sends off what the server had finished before it got the client. */
    @Override
    public void finish() throws IOException {
      TcpConnection own = tcp;
      if (pair.serverClosed() && own != null) {
        own.shutdownOutput();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FINISH_MILLIS);
        while (own.queued() > 0 && System.nanoTime() < deadline) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (tcp != null) {
        tcp.close(); // thaws it, or drops it silently, if it has not become the client's
      }
      pair.close();
    }
  }
}
