package dev.baton.handoff;

import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.ProtocolException;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One connection on its way into this node: from {@code Init} to {@code Done}. Whatever was made
 * ready for it, the order is the same: become, switch, activate; or, if the handoff is reserved,
 * become, activate, switch.
 */
final class Arrival implements Closeable {
  private static final long ANSWER_MILLIS = 2_000;

  /** By then a donor has taken back what did not arrive. */
  private static final long LATE_MILLIS = 5_000;

  /** How long the donor's freeze may take before this node goes back to sleep. */
  private static final long AWAKE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /**
   * The contact node is to switch the packets before all acknowledgments of the first window come
   * to it, which may have the same way: if all of them went to the donor, nothing would go on
   * before a time-out.
   */
  private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  /** What was made ready for the connection. */
  interface Place {

    /**
     * Makes the connection here; it is not active yet.
     *
     * @param init the message the image came in
     * @return stays this place's, which drops it if it is closed before {@link #goOn}
     */
    TcpConnection become(TcpImage image, Message.Init init) throws IOException;

    /** The connection is active: gives it to the server. */
    void goOn(TcpConnection tcp) throws IOException;

    /** Whether {@link #finish} may take its time. */
    default boolean isUnfinished() {
      return false;
    }

    /** The donor has been told, or could not be: the connection is here in any case. */
    default void finish() throws IOException {
      // Most have nothing left to do.
    }
  }

  private final TrafficSwitch trafficSwitch;
  private final FrameChannel channel;
  private final String id;
  private final Flow flow;
  private final Executor executor;
  private final Executor late;
  private boolean guarded;
  private TrafficSwitch.@Nullable Reservation reservation;

  /** Init has come and Done is not sent: the donor may have no socket. */
  private boolean taking;

  /**
   * @param channel the conversation with the donor, which has just sent {@code prepare}; not closed
   *     here
   * @param executor for what has to be done some time after a handoff that failed
   * @throws IOException if the connection's packets could not come here
   */
  Arrival(
      TrafficSwitch trafficSwitch, FrameChannel channel, Message.Prepare prepare, Executor executor)
      throws IOException {
    this.trafficSwitch = trafficSwitch;
    this.executor = executor;
    this.late = CompletableFuture.delayedExecutor(LATE_MILLIS, TimeUnit.MILLISECONDS, executor);
    this.channel = channel;
    this.id = prepare.connection();
    trafficSwitch.approach();
    this.flow = new Flow(prepare.client().toSocketAddress(), prepare.server().toSocketAddress());
    trafficSwitch.expect(flow);
  }

  /** The two ends of the connection. */
  Flow flow() {
    return flow;
  }

  /** The place is ready: from now on the connection may come. */
  void guard() throws IOException {
    if (!guarded) {
      trafficSwitch.prepare(flow);
      guarded = true;
    }
  }

  /** The donor will soon freeze the connection, and names the handoff; nobody waits yet. */
  Message.Reserved reserve(Message.Reserve asked) throws IOException {
    guard();
    unreserve();
    reservation = trafficSwitch.reserve(flow, asked.handoff());
    return new Message.Reserved(reservation != null);
  }

  private void unreserve() {
    if (reservation != null) {
      reservation.close();
      reservation = null;
    }
  }

  /** The donor freezes the connection now. */
  void freezing() throws IOException {
    channel.stayAwake(AWAKE_NANOS);
  }

  /**
   * Takes the connection.
   *
   * @param receivedNanos when {@code init} was in hand
   * @return whether the conversation can go on with another handoff
   * @throws RefusedException if the donor has kept it
   */
  boolean take(Message.Init init, long receivedNanos, Place place) throws IOException {
    taking = true;
    TcpImage image = TcpImage.fromBytes(init.tcp());
    if (!image.remote().equals(flow.client()) || !image.local().equals(flow.server())) {
      throw new ProtocolException("Init is about another connection than Prepare");
    }
    if (trafficSwitch.betweenHosts() != (init.handoff() != null)) {
      throw new ProtocolException("donor and acceptor do not agree whether they share a host");
    }
    // One who knows that the handoff is reserved may have left the connection to this node.
    if (reservation == null && channel.ended()) {
      throw new EOFException("the donor has taken the connection back");
    }
    TcpConnection tcp = place.become(image, init);
    FaultPoint.reached("acceptor:become", id);
    long recreatedNanos = System.nanoTime();
    String reserved = reserved(init.handoff());
    if (reserved == null) {
      trafficSwitch.switchTo(flow, init.handoff());
    }
    CompletableFuture<Void> switching = reserved == null ? null : switchAhead(reserved);
    long toldNanos = System.nanoTime();
    trafficSwitch.take(flow, init.mobility());
    long switchedNanos = System.nanoTime();
    FaultPoint.reached("acceptor:activate", id);
    long activatedNanos;
    try {
      activatedNanos = tcp.activate(switching == null ? null : lead(toldNanos));
    } catch (IOException | RuntimeException e) {
      tcp.abort(); // a reset, not a gap in the bytes
      throw e;
    }
    taking = false;
    place.goOn(tcp);
    if (switching != null) {
      FaultPoint.reached("acceptor:active", id);
      awaitSwitched(switching, tcp);
      switchedNanos = System.nanoTime();
    }
    boolean goesOn = trafficSwitch.betweenHosts() && !place.isUnfinished();
    try {
      channel.send(
          new Message.Done(receivedNanos, recreatedNanos, switchedNanos, activatedNanos, goesOn),
          ANSWER_MILLIS);
    } finally {
      close();
      place.finish();
    }
    return goesOn;
  }

  /**
   * Whether the connection may be active here before the contact node is asked. The donor is told
   * first: it can then be sure that an acceptor of which it has heard everything, and not this, has
   * not been active.
   *
   * @return the handoff if so, else null
   */
  private @Nullable String reserved(@Nullable String handoff) {
    TrafficSwitch.Reservation mine = reservation;
    if (handoff == null || mine == null || !mine.use(handoff)) {
      return null;
    }
    try {
      channel.send(new Message.Activating(), ANSWER_MILLIS);
      return handoff;
    } catch (IOException e) {
      return null; // who knows what the donor has heard: the contact node decides
    }
  }

  /** Begins to have the packets switched. */
  private CompletableFuture<Void> switchAhead(String handoff) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            trafficSwitch.switchReserved(flow, handoff);
          } catch (IOException e) {
            throw new CompletionException(e);
          }
        },
        executor);
  }

  /** Waits until the contact node, told at a certain time, is ahead of the client. */
  private static Runnable lead(long toldNanos) {
    return () -> LockSupport.parkNanos(toldNanos + LEAD_NANOS - System.nanoTime());
  }

  /** The server goes on already. */
  private static void awaitSwitched(CompletableFuture<Void> switching, TcpConnection tcp)
      throws IOException {
    try {
      switching.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RefusedException) {
        tcp.abort();
      }
      throw new IOException("the packets of a connection do not come here: " + Log.words(e), e);
    }
  }

  /**
   * Ends the guard, if it stands: at once, or when the donor has had time to take the connection
   * back. Until then a segment of the client would meet the listener here as well, and be answered
   * with a reset.
   */
  @Override
  public void close() {
    unreserve();
    if (!guarded) {
      return;
    }
    guarded = false;
    if (taking) {
      late.execute(() -> trafficSwitch.release(flow, false));
    } else {
      trafficSwitch.release(flow, false);
    }
  }
}
