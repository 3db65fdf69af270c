package dev.baton.it.bed;

import dev.baton.anycast.node.Activation;
import dev.baton.anycast.node.Move;
import dev.baton.it.bed.MobileGroup.Member;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One handoff of a {@link MovingStream}, at network, TCP and application level (paper "versatile
 * anycast", section 4.4), for one connection and without all that can go wrong. What donor and
 * acceptor say to each other goes over the network like everything else.
 */
public final class StreamHandoff implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 20_000;
  private static final int DONE = 1;
  private static final byte[] NOTHING = {};

  /**
   * What is done when.
   *
   * @param activation when the acceptor begins to send
   * @param inAdvance whether return routability is run before the donor stops (section 5.4)
   * @param carried whether what is in the donor's send buffer travels with the connection; if not,
   *     the acceptor makes it again
   */
  public record Manner(Activation activation, boolean inAdvance, boolean carried) {

    /** As long as in the papers, before they optimise it. */
    public static final Manner PLAIN = new Manner(Activation.ACKNOWLEDGED, false, true);

    /** With all in advance that can be, and nothing carried that need not be. */
    public static Manner quick(Activation activation) {
      return new Manner(activation, true, false);
    }
  }

  private final MovingStream stream;
  private final Member from;
  private final Member to;
  private final Manner manner;
  private final Socket donor;
  private final Socket acceptor;
  private final FutureTask<Member> accepting;
  private @Nullable TcpConnection left;
  private boolean done;

  private StreamHandoff(
      MovingStream stream, Member to, Manner manner, Socket donor, Socket acceptor)
      throws IOException {
    this.stream = stream;
    this.from = stream.at();
    this.to = to;
    this.manner = manner;
    this.donor = donor;
    this.acceptor = acceptor;
    this.accepting = new FutureTask<>(() -> to.host().call(this::accept));
    for (Socket each : new Socket[] {donor, acceptor}) {
      each.setSoTimeout(PATIENCE_MILLIS);
      each.setTcpNoDelay(true);
    }
  }

  /** Connects donor and acceptor, and does what is done in advance. */
  public static StreamHandoff prepare(MovingStream stream, Member to, Manner manner)
      throws IOException, InterruptedException {
    Member from = stream.at();
    try (ServerSocket listener = to.host().call(() -> new ServerSocket(0, 1, to.host().ipv6()))) {
      Socket donor = from.host().call(() -> new Socket(to.host().ipv6(), listener.getLocalPort()));
      StreamHandoff handoff = new StreamHandoff(stream, to, manner, donor, listener.accept());
      new Thread(handoff.accepting, "acceptor").start();
      if (manner.inAdvance()) {
        MobileGroup.await(to.mobile().prepare(stream.clientAddress()));
      }
      return handoff;
    }
  }

  /**
   * Hands the server's end over, and waits until the client has acknowledged its new care-of
   * address, and got something from there.
   *
   * @return the client's pause: from the donor's last byte to the acceptor's first
   */
  public Duration run() throws Exception {
    TcpConnection connection = stream.hold();
    left = connection;
    connection.freeze();
    TcpImage image = connection.extract();
    int queued = image.unacknowledgedLength() + image.unsent().length;
    long acknowledged = stream.sent() - queued;
    long boundary = acknowledged + image.unacknowledgedLength();
    TcpImage travels = manner.carried() ? image : image.withQueues(NOTHING, NOTHING);
    send(from.mobile().offer(stream.clientAddress()), acknowledged, travels.toBytes());
    if (donor.getInputStream().read() != DONE) {
      throw new IOException("the acceptor has not taken the client");
    }
    done = true;
    from.mobile().release(stream.clientAddress());
    accepting.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    stream.awaitReceived(boundary + 1);
    return Duration.ofNanos(stream.arrivals().gapNanos(boundary));
  }

  /** {@code Init}: the layers' states, one after the other. */
  private void send(OptionalInt sequence, long acknowledged, byte[] image) throws IOException {
    byte[] init = new byte[Integer.BYTES + Long.BYTES + Integer.BYTES + image.length];
    ByteBuffer.wrap(init)
        .putInt(sequence.orElse(-1))
        .putLong(acknowledged)
        .putInt(image.length)
        .put(image);
    donor.getOutputStream().write(init);
  }

  private Member accept() throws IOException, InterruptedException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(acceptor.getInputStream()));
    int sequence = in.readInt();
    long acknowledged = in.readLong();
    TcpImage image = complete(TcpImage.fromBytes(in.readNBytes(in.readInt())), acknowledged);
    TcpConnection connection = TcpConnection.recreate(image);
    Move move =
        to.mobile()
            .bind(
                stream.clientAddress(),
                sequence < 0 ? OptionalInt.empty() : OptionalInt.of(sequence),
                manner.activation());
    boolean atOnce = manner.activation() == Activation.PIPELINED;
    MobileGroup.await(atOnce ? move.updateSent() : move.acknowledged());
    connection.activate();
    int known = image.unacknowledgedLength() + image.unsent().length;
    stream.goOn(to, connection, acknowledged + known);
    MobileGroup.await(move.acknowledged());
    acceptor.getOutputStream().write(DONE);
    return to;
  }

  /** What is in flight the acceptor must have; what was never sent it says as its own. */
  private TcpImage complete(TcpImage image, long acknowledged) {
    return image.complete()
        ? image
        : image.withQueues(
            stream.content(acknowledged, image.unacknowledgedLength()), image.unsent());
  }

  /**
   * The donor gives its frozen connection up, not before the client's new packets have been on
   * their way for some time: one that was sent before may still be somewhere, although the
   * acknowledgement has overtaken it, and a donor without a socket would answer it with a reset.
   */
  @Override
  public void close() throws IOException {
    donor.close();
    acceptor.close();
    TcpConnection frozen = left;
    if (frozen != null && done) {
      frozen.release();
      frozen.close();
    }
  }
}
