package dev.baton.handoff;

import dev.baton.handoff.wire.RefusedException;
import dev.baton.http.Rehearsal;
import dev.baton.linux.ClientSocket;
import dev.baton.linux.Knock;
import dev.baton.linux.Listener;
import dev.baton.linux.TcpConnection;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The two ends of a rehearsal connection: the client's end is ours, the server's end was accepted
 * by the unmodified server, which takes it for the client it is shown. What is not read here stays
 * in the kernel, whose back-pressure holds the server.
 */
final class RehearsalPair implements Closeable {
  private static final long ACCEPT_MILLIS = 2_000;
  private static final long STALL_MILLIS = 10_000;
  private static final long GATE_MILLIS = 500;

  /**
   * How much of the answer is read at once, at least. What is read too much the client gets from
   * this node's send queue, before the server can write again.
   */
  private static final int PIECE = 16 << 10;

  /** The most a server that is ahead can have written: both small buffers, and room to spare. */
  private static final int MAX_REST = 16 << 20;

  private final ClientSocket client;
  private final ServedConnection connection;
  private ByteBuffer answer = ByteBuffer.allocateDirect(64 << 10).flip();
  private long received;
  private boolean serverClosed;
  private boolean given;

  private RehearsalPair(ClientSocket client, ServedConnection connection) {
    this.client = client;
    this.connection = connection;
  }

  /**
   * Connects to the host's own server.
   *
   * @throws RefusedException if the server does not accept
   */
  static RehearsalPair open(Host host, Listener listener, Flow flow) throws IOException {
    try (Knock knock = Knock.open(listener, flow.server(), flow.client());
        Host.Expected expected = host.expect(knock.localAddress(), flow.client())) {
      ClientSocket client = knock.connect(ACCEPT_MILLIS);
      try {
        return new RehearsalPair(client, limited(expected.await(ACCEPT_MILLIS)));
      } catch (TimeoutException e) {
        client.close();
        throw new RefusedException(
            "the server did not accept a connection within " + ACCEPT_MILLIS + " ms");
      } catch (InterruptedException e) {
        client.close();
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while the server accepts", e);
      }
    }
  }

  /** Keeps the server from filling a buffer that a slow client would take minutes to empty. */
  private static ServedConnection limited(ServedConnection connection) throws IOException {
    try (TcpConnection tcp = connection.tcp()) {
      tcp.limitUnsent();
    }
    return connection;
  }

  /**
   * Gives the server's end away, to become a client's connection. What its gates are closed for
   * from now on is not this rehearsal.
   */
  ServedConnection connection() {
    given = true;
    return connection;
  }

  /** Sends the request. */
  void replay(byte[] request) throws IOException {
    client.write(ByteBuffer.allocateDirect(request.length).put(request).flip(), STALL_MILLIS);
  }

  /**
   * Reads the server's answer and feeds it, until the rehearsal is where the donor is.
   *
   * @throws RefusedException if the answer is not the donor's, or does not come
   */
  void feed(Rehearsal rehearsal) throws IOException {
    while (true) {
      rehearsal.feed(answer);
      String refusal = rehearsal.refusal();
      if (refusal != null) {
        throw new RefusedException(refusal);
      }
      if (rehearsal.reached() && rehearsal.readyToCut()) {
        return;
      }
      if (read(Math.max(PIECE, rehearsal.wanted()), STALL_MILLIS) < 0) {
        serverClosed = true;
        throw new RefusedException("the server here ended its answer too early");
      }
    }
  }

  /**
   * The server, held at the gate and frozen.
   *
   * @param tcp its end of the pair, frozen and owned by the caller; null if the server has closed
   *     it
   * @param rest all it has written and nobody has been fed yet
   * @param serverClosed whether it has closed its end
   */
  record Held(@Nullable TcpConnection tcp, ByteBuffer rest, boolean serverClosed) {}

  /** Holds the server where it is and collects everything it has written. */
  Held hold() throws IOException {
    if (!connection.holdAll(GATE_MILLIS)) {
      serverClosed = true;
      while (read(PIECE, STALL_MILLIS) >= 0) {
        // The kernel delivers what the server left behind.
      }
      return new Held(null, answer, true);
    }
    TcpConnection tcp = connection.tcp();
    try {
      tcp.freeze();
      while (read(Integer.MAX_VALUE, 0) > 0) {
        // What has arrived.
      }
      byte[] queue = tcp.peekSendQueue();
      long firstQueued = tcp.sentPosition() - queue.length;
      int have = Math.toIntExact(received - firstQueued);
      if (have < 0 || have > queue.length) {
        throw new IOException(
            "the rehearsal's bytes do not join: "
                + received
                + " received, "
                + queue.length
                + " queued from "
                + firstQueued);
      }
      makeRoom(queue.length - have);
      answer.compact().put(queue, have, queue.length - have).flip();
      return new Held(tcp, answer, false);
    } catch (IOException | RuntimeException e) {
      tcp.close();
      throw e;
    }
  }

  /** Whether the server has closed its end. */
  boolean serverClosed() {
    return serverClosed;
  }

  /**
   * Appends what the server has written to {@link #answer}.
   *
   * @param most how much at most
   * @return how much; 0 if nothing is there in time and {@code timeoutMillis} is 0; −1 at the end
   */
  private int read(int most, long timeoutMillis) throws IOException {
    makeRoom(PIECE);
    answer.compact();
    answer.limit((int) Math.min(answer.capacity(), answer.position() + (long) most));
    int n;
    try {
      n = client.read(answer, timeoutMillis);
    } finally {
      answer.flip();
    }
    if (n == 0 && timeoutMillis > 0) {
      throw new RefusedException("the server here did not answer for " + timeoutMillis + " ms");
    }
    received += Math.max(n, 0);
    return n;
  }

  private void makeRoom(int bytes) throws IOException {
    if (answer.capacity() - answer.remaining() >= bytes) {
      return;
    }
    int capacity = Math.max(answer.remaining() + bytes, 2 * answer.capacity());
    if (capacity > MAX_REST) {
      throw new IOException("the rehearsal's server ran ahead by more than " + MAX_REST + " bytes");
    }
    answer = ByteBuffer.allocateDirect(capacity).put(answer).flip();
  }

  @Override
  public void close() throws IOException {
    client.close();
    if (!serverClosed && !given) {
      connection.resume();
    }
  }
}
