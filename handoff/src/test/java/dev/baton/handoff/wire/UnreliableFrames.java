package dev.baton.handoff.wire;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One end of a line in memory that treats frames worse than TCP would: each may be lost, come
 * twice, come late and so behind others, or be the last before the line is cut.
 */
public final class UnreliableFrames extends FrameChannel {
  private static final byte[] END = {};
  private static final int LATEST_MILLIS = 60;

  private final RandomGenerator random;
  private final double faults;
  private final BlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>();
  private @Nullable UnreliableFrames peer;
  private volatile boolean closed;

  /** As if TCP had not been: something sent here is lost, or comes too late. */
  private volatile boolean unfaithful;

  private UnreliableFrames(RandomGenerator random, double faults) {
    this.random = random;
    this.faults = faults;
  }

  /**
   * Both ends of a line.
   *
   * @param faults the probability that something happens to a frame
   */
  public static UnreliableFrames[] pair(RandomGenerator random, double faults) {
    UnreliableFrames one = new UnreliableFrames(random, faults);
    UnreliableFrames other = new UnreliableFrames(random, faults);
    one.peer = other;
    other.peer = one;
    return new UnreliableFrames[] {one, other};
  }

  @Override
  void sendFrame(byte[] body, long timeoutMillis) throws IOException {
    UnreliableFrames to = peer;
    if (closed || to == null || to.closed) {
      throw new EOFException("the line is cut");
    }
    int fate;
    int late;
    synchronized (random) {
      fate = random.nextDouble() < faults ? random.nextInt(5) : -1;
      late = random.nextInt(1, LATEST_MILLIS);
    }
    Executor later = CompletableFuture.delayedExecutor(late, TimeUnit.MILLISECONDS);
    switch (fate) {
      case 0 -> {
        unfaithful = true;
        return; // lost
      }
      case 1 -> {
        to.arrived.add(body);
        to.arrived.add(body);
      }
      case 2 -> {
        unfaithful = true;
        later.execute(() -> to.arrived.add(body));
      }
      case 3 -> {
        to.arrived.add(body);
        close();
      }
      case 4 -> {
        unfaithful = true;
        close();
      }
      default -> to.arrived.add(body);
    }
  }

  @Override
  byte[] receiveFrame(long timeoutMillis) throws IOException {
    try {
      byte[] next = closed ? END : arrived.poll(timeoutMillis, TimeUnit.MILLISECONDS);
      if (next == null) {
        throw stalled(timeoutMillis);
      }
      if (next == END) {
        arrived.add(END);
        throw new EOFException("the line is cut");
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  @Override
  public @Nullable String certifiedPeer() {
    return null;
  }

  @Override
  public @Nullable InetAddress peerAddress() {
    return null;
  }

  @Override
  public void stayAwake(long nanos) {}

  @Override
  public boolean ended() {
    return closed || !arrived.isEmpty();
  }

  /** As TLS knows it: the end came from there, and behind all that was sent. */
  @Override
  public boolean hasSaidAll() {
    UnreliableFrames from = peer;
    return !closed && from != null && from.closed && !from.unfaithful;
  }

  @Override
  public boolean idle() {
    return arrived.isEmpty();
  }

  /** Both ends are told; what is on its way still arrives. */
  @Override
  public void close() {
    closed = true;
    UnreliableFrames to = peer;
    if (to != null) {
      to.arrived.add(END);
    }
  }
}
