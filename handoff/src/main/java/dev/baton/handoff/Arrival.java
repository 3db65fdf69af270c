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
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * One connection on its way into this node: from {@code Init} to {@code Done}. Whatever was made
 * ready for it, the order is the same: become, switch, activate.
 */
final class Arrival implements Closeable {
  private static final long ANSWER_MILLIS = 2_000;

  /** By then a donor has taken back what did not arrive. */
  private static final long LATE_MILLIS = 5_000;

  /** How long the donor's freeze may take before this node goes back to sleep. */
  private static final long AWAKE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

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
  private final Executor late;
  private boolean guarded;

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
    this.late = CompletableFuture.delayedExecutor(LATE_MILLIS, TimeUnit.MILLISECONDS, executor);
    this.channel = channel;
    this.id = prepare.connection();
    trafficSwitch.approach();
    this.flow = new Flow(prepare.client().toSocketAddress(), prepare.server().toSocketAddress());
  }

  /** The two ends of the connection. */
  Flow flow() {
    return flow;
  }

  /** The place is ready: from now on the connection may come. */
  void guard() throws IOException {
    trafficSwitch.prepare(flow);
    guarded = true;
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
    if (channel.ended()) {
      throw new EOFException("the donor has taken the connection back");
    }
    TcpConnection tcp = place.become(image, init);
    FaultPoint.reached("acceptor:become", id);
    long recreatedNanos = System.nanoTime();
    trafficSwitch.switchTo(flow, init.handoff());
    long switchedNanos = System.nanoTime();
    FaultPoint.reached("acceptor:activate", id);
    try {
      tcp.activate();
    } catch (IOException e) {
      tcp.abort(); // a reset, not a gap in the bytes
      throw e;
    }
    long activatedNanos = System.nanoTime();
    taking = false;
    place.goOn(tcp);
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
   * Ends the guard, if it stands: at once, or when the donor has had time to take the connection
   * back. Until then a segment of the client would meet the listener here as well, and be answered
   * with a reset.
   */
  @Override
  public void close() {
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
