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
import java.util.concurrent.Executor;

/**
 * The acceptor's side of a handoff by an application (paper "versatile anycast", section 4.4):
 * makes a place for the connection, takes it, and gives it to the application together with the
 * state that came with it.
 */
final class ApplicationAcceptor implements Arrival.Place, Closeable {
  /** How long a donor may think between two messages: a slow client may empty its queue. */
  private static final long DONOR_MILLIS = 60_000;

  private static final long ANSWER_MILLIS = 2_000;
  private static final byte[] NOTHING = {};

  private final FrameChannel channel;
  private final Message.Prepare prepare;
  private final Arrival arrival;
  private final ApplicationHost.Place place;
  private byte[] state = NOTHING;

  /**
   * @param channel the conversation with the donor, which has just sent {@code prepare}; not closed
   *     here
   * @param donor the donor's name
   * @param executor for what has to be done some time after a handoff that failed
   * @throws RefusedException if the connection cannot come here
   */
  ApplicationAcceptor(
      ApplicationHost host,
      TrafficSwitch trafficSwitch,
      FrameChannel channel,
      Message.Prepare prepare,
      String donor,
      Executor executor)
      throws IOException {
    if (prepare.state() != null) {
      throw new RefusedException(
          "the application here takes over only what its like hands off; it rehearses nothing");
    }
    this.channel = channel;
    this.prepare = prepare;
    this.arrival = new Arrival(trafficSwitch, channel, prepare, executor);
    Flow flow = arrival.flow();
    if (host.listener(flow.server()) == null) {
      throw new RefusedException("no server here listens on port " + flow.server().getPort());
    }
    FaultPoint.reached("acceptor:prepare", prepare.connection());
    this.place = host.place(flow, donor);
  }

  /**
   * Takes part in the handoff until it is done or given up.
   *
   * @return whether the conversation can go on with another handoff
   * @throws EOFException if the donor has changed its mind
   */
  boolean run() throws IOException {
    arrival.guard();
    FaultPoint.reached("acceptor:ready", prepare.connection());
    channel.send(new Message.Ready(), ANSWER_MILLIS);
    while (true) {
      Message message = channel.receive(DONOR_MILLIS);
      if (message instanceof Message.Reserve reserve) {
        channel.send(arrival.reserve(reserve), ANSWER_MILLIS);
      } else if (message instanceof Message.Freezing) {
        arrival.freezing();
      } else if (message instanceof Message.Init init) {
        FaultPoint.reached("acceptor:init", prepare.connection());
        return arrival.take(init, System.nanoTime(), this);
      } else {
        throw new ProtocolException("got " + message.getClass().getSimpleName() + " in a handoff");
      }
    }
  }

  @Override
  public TcpConnection become(TcpImage image, Message.Init init) throws IOException {
    byte[] told = init.state();
    if (told == null || init.overlap() != 0) {
      throw new ProtocolException("Init is of a rehearsed handoff");
    }
    state = told;
    return place.become(image);
  }

  @Override
  public void goOn(TcpConnection tcp) throws IOException {
    place.goOn(state);
  }

  /** Drops what has not become a client's connection. */
  @Override
  public void close() {
    arrival.close();
    place.close();
  }
}
