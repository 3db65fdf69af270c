package dev.baton.it.bed;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.node.Activation;
import dev.baton.demo.Content;
import dev.baton.it.bed.MobileGroup.Member;
import dev.baton.it.net.Host;
import dev.baton.linux.OwnSockets;
import dev.baton.linux.TcpConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection to a contact address, with bytes under way in both directions all the time,
 * whose server's end goes from node to node by a {@link StreamHandoff}. Every byte that arrives is
 * compared with what it must be.
 */
public final class MovingStream implements AutoCloseable {

  private static final int BUFFER = 64 << 10;
  private static final long LOOK_MILLIS = 1;
  private static final int PATIENCE_MILLIS = 10_000;
  private static final long LOOK_AGAIN_MILLIS = 100;

  /** How many more chunks the client must get to believe that the acceptor goes on. */
  private static final int GOES_ON = 20;

  /**
   * What either end writes by itself.
   *
   * @param down how many bytes the server's end writes at a time
   * @param up how many the client's
   * @param everyMillis how often
   */
  public record Pace(int down, int up, long everyMillis) {

    /** Small packets, so that each pause is noticed at once. */
    public static final Pace QUICK = new Pace(200, 50, 2);
  }

  private final Pace pace;
  private final Content down;
  private final Content up;
  private final Ip6 clientAddress;
  private final SocketChannel client;
  private final StreamArrivals arrivals = new StreamArrivals();
  private final FutureTask<Long> reading = new FutureTask<>(this::read);
  private final FutureTask<Long> writing = new FutureTask<>(this::write);
  private final FutureTask<Long> serving = new FutureTask<>(this::serve);
  private final ByteBuffer room = ByteBuffer.allocateDirect(BUFFER);
  private volatile boolean finishing;

  // Guarded by this.
  private Member at;
  private TcpConnection server;
  private boolean held;
  private boolean idle;
  private long sent;
  private long requested;
  private boolean ended;

  private MovingStream(
      Pace pace,
      long seed,
      Ip6 clientAddress,
      SocketChannel client,
      TcpConnection server,
      Member at) {
    this.pace = pace;
    this.down = new Content(0, seed);
    this.up = new Content(1, seed);
    this.clientAddress = clientAddress;
    this.client = client;
    this.server = server;
    this.at = at;
    new Thread(reading, "client reads").start();
    new Thread(writing, "client writes").start();
    new Thread(serving, "server").start();
  }

  /**
   * Connects a host to the contact address, which packets to reach that node by now.
   *
   * @param seed of the bytes
   */
  public static MovingStream open(Host from, Member to, Ip6 contact, Pace pace, long seed)
      throws IOException, InterruptedException {
    try (ServerSocketChannel listener = to.host().call(ServerSocketChannel::open)) {
      listener.bind(new InetSocketAddress(contact.toInetAddress(), 0));
      InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
      SocketChannel client = from.call(() -> SocketChannel.open(address));
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      TcpConnection server;
      try (SocketChannel accepted = listener.accept()) {
        accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
        server = OwnSockets.connection(accepted);
      }
      return new MovingStream(pace, seed, Ip6.of(from.ipv6()), client, server, to);
    }
  }

  // --- The server's end --------------------------------------------------------------------------

  private long serve() throws IOException, InterruptedException {
    while (!once()) {
      Thread.sleep(pace.everyMillis());
    }
    return requested();
  }

  /** Returns whether the client has ended its direction. */
  private synchronized boolean once() throws IOException {
    if (held) {
      return false;
    }
    if (!idle && !finishing) {
      sent += server.write(content(down, sent, pace.down()));
    }
    int got = server.read(room.clear());
    if (got > 0) {
      check(up, requested, room.flip());
      requested += got;
    }
    ended = got == 0;
    return ended;
  }

  private synchronized long requested() {
    return requested;
  }

  private ByteBuffer content(Content content, long position, int length) {
    byte[] bytes = new byte[Math.min(length, BUFFER)];
    content.fill(position, bytes, 0, bytes.length);
    return room.clear().put(bytes).flip();
  }

  private static void check(Content content, long position, ByteBuffer received)
      throws IOException {
    byte[] expected = new byte[received.remaining()];
    content.fill(position, expected, 0, expected.length);
    byte[] got = new byte[expected.length];
    received.get(got);
    int wrong = Arrays.mismatch(got, expected);
    if (wrong >= 0) {
      throw new IOException("byte %,d is not what was sent".formatted(position + wrong));
    }
  }

  /**
   * The server's end writes as fast as it may, and then nothing more until a handoff.
   *
   * @param bytes how many
   * @param most how many may be in its send buffer at a time
   */
  public void burst(long bytes, int most) throws IOException, InterruptedException {
    long end;
    synchronized (this) {
      idle = true;
      end = sent + bytes;
    }
    while (!burstOnce(end, most)) {
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private synchronized boolean burstOnce(long end, int most) throws IOException {
    long free = 1;
    while (sent < end && free > 0) {
      free = Math.min(most - server.queued(), end - sent);
      if (free > 0) {
        int written = server.write(content(down, sent, (int) free));
        sent += written;
        free = written; // none if the kernel takes no more
      }
    }
    return sent >= end;
  }

  // --- For a handoff -----------------------------------------------------------------------------

  /** Who has the server's end. */
  synchronized Member at() {
    return at;
  }

  /** The client's address. */
  Ip6 clientAddress() {
    return clientAddress;
  }

  /** The server's end does nothing more; its last chunk was written in this moment. */
  synchronized TcpConnection hold() throws IOException {
    once();
    held = true;
    return server;
  }

  /** How many bytes the server's end has written. */
  synchronized long sent() {
    return sent;
  }

  /** A part of what the server's end has to say; every node knows all of it. */
  byte[] content(long from, int length) {
    byte[] bytes = new byte[length];
    down.fill(from, bytes, 0, length);
    return bytes;
  }

  /**
   * The server's end is there now, and goes on at once.
   *
   * @param position of what it says next
   */
  synchronized void goOn(Member there, TcpConnection connection, long position) throws IOException {
    at = there;
    server = connection;
    sent = position;
    held = false;
    idle = false;
    once();
  }

  /** When what came to the client. */
  StreamArrivals arrivals() {
    return arrivals;
  }

  // --- The client's end --------------------------------------------------------------------------

  private long write() throws IOException, InterruptedException {
    long written = 0;
    byte[] chunk = new byte[pace.up()];
    while (!finishing) {
      up.fill(written, chunk, 0, chunk.length);
      written += client.write(ByteBuffer.wrap(chunk));
      Thread.sleep(pace.everyMillis());
    }
    client.shutdownOutput();
    return written;
  }

  private long read() throws IOException {
    ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);
    long position = 0;
    while (client.read(in.clear()) >= 0) {
      long now = System.nanoTime();
      int got = in.position();
      arrivals.add(position + got, now);
      check(down, position, in.flip());
      position += got;
    }
    return position;
  }

  /** How many bytes have come to the client. */
  public long received() {
    return arrivals.received();
  }

  /**
   * The longest time between two arrivals at the client within a span of time.
   *
   * @param fromNanos on the scale of {@link System#nanoTime}
   * @param toNanos on the same scale
   */
  public Duration longestGap(long fromNanos, long toNanos) {
    return Duration.ofNanos(arrivals.longestGapNanos(fromNanos, toNanos));
  }

  /**
   * Hands the server's end over, with all in advance that can be, and waits until the client gets
   * more.
   *
   * @return the pause, as the client sees it
   */
  public Duration handOff(Member to, Activation activation) throws Exception {
    try (StreamHandoff handoff =
        StreamHandoff.prepare(this, to, StreamHandoff.Manner.quick(activation))) {
      Duration pause = handoff.run();
      awaitReceived(received() + (long) GOES_ON * pace.down());
      return pause;
    }
  }

  /** Waits until the client has so many bytes. */
  public void awaitReceived(long bytes) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    while (!arrivals.await(bytes - 1, LOOK_AGAIN_MILLIS)) {
      boolean late = System.nanoTime() - deadline > 0;
      if (late || reading.isDone() || serving.isDone()) {
        throw new IOException("the client got no more than %,d bytes".formatted(received()), why());
      }
    }
  }

  /** Why an end has ended, or null if it has not, or as it should. */
  private @Nullable Throwable why() throws InterruptedException {
    for (FutureTask<Long> each : List.of(reading, serving, writing)) {
      try {
        if (each.isDone()) {
          Object unused = each.get();
        }
      } catch (ExecutionException e) {
        return e.getCause();
      }
    }
    return null;
  }

  // --- The end -----------------------------------------------------------------------------------

  /** Ends both directions; says what is wrong with what came, or null. */
  public @Nullable String finish() throws Exception {
    synchronized (this) {
      finishing = true;
      server.shutdownOutput();
    }
    long received = reading.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    long written = writing.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    long requested = serving.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    if (received != sent()) {
      return "the client got %,d bytes of %,d".formatted(received, sent());
    }
    return requested == written
        ? null
        : "the server got %,d bytes of %,d".formatted(requested, written);
  }

  /** Ends it without a word. */
  @Override
  public void close() throws IOException {
    client.close();
    synchronized (this) {
      held = true;
      server.close();
    }
  }
}
