package dev.baton.handoff.wire;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Frames through a Unix socket. */
final class UnixFrames extends FrameChannel {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private ByteBuffer in = ByteBuffer.allocateDirect(16 << 10).flip();

  /**
   * Takes over a connected channel.
   *
   * @param channel owned by this object from now on; closed if this constructor fails
   */
  UnixFrames(SocketChannel channel) throws IOException {
    this.channel = channel;
    try {
      channel.configureBlocking(false);
      selector = channel.provider().openSelector();
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    key = channel.register(selector, SelectionKey.OP_READ);
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
  void sendFrame(byte[] body, long timeoutMillis) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).flip();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (write(frame)) {
      await(SelectionKey.OP_WRITE, deadline, timeoutMillis);
    }
  }

  /** Writes what there is room for, and tells whether something is left. */
  private boolean write(ByteBuffer frame) throws IOException {
    try {
      channel.write(frame);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) { // EPIPE and ECONNRESET, which the JDK has no classes for
      throw hungUp(e);
    }
    return frame.hasRemaining();
  }

  @Override
  byte[] receiveFrame(long timeoutMillis) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    fill(4, deadline, timeoutMillis);
    int length = in.getInt();
    checkLength(length);
    fill(length, deadline, timeoutMillis);
    byte[] body = new byte[length];
    in.get(body);
    return body;
  }

  @Override
  public void stayAwake(long nanos) throws IOException {
    long deadline = System.nanoTime() + nanos;
    while (!in.hasRemaining() && System.nanoTime() - deadline < 0) {
      in.clear();
      int n = channel.read(in);
      in.flip();
      if (n < 0) {
        throw new EOFException("the peer has hung up");
      }
      if (n == 0) {
        Thread.onSpinWait();
      }
    }
  }

  @Override
  public boolean ended() {
    try {
      if (in.hasRemaining() || selector.selectNow() == 0) {
        return in.hasRemaining();
      }
      selector.selectedKeys().clear();
      in.clear();
      int n = channel.read(in);
      in.flip();
      return n != 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public boolean idle() {
    return !in.hasRemaining();
  }

  @Override
  public void close() {
    try {
      channel.close();
      selector.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("closing a Unix socket", e);
    }
  }

  /** Makes {@code count} bytes available in {@link #in}. */
  private void fill(int count, long deadline, long timeoutMillis) throws IOException {
    if (in.remaining() >= count) {
      return;
    }
    if (in.capacity() < count) {
      in = ByteBuffer.allocateDirect(count).put(in).flip();
    }
    in.compact();
    try {
      while (in.position() < count) {
        int n = channel.read(in);
        if (n < 0) {
          throw hungUp(null);
        }
        if (n == 0) {
          await(SelectionKey.OP_READ, deadline, timeoutMillis);
        }
      }
    } catch (SocketException e) {
      throw hungUp(e);
    } finally {
      in.flip();
    }
  }

  private void await(int operation, long deadline, long timeoutMillis) throws IOException {
    key.interestOps(operation);
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0 || selector.select(left) == 0) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while talking to a peer");
      }
      if (deadline - System.nanoTime() <= TimeUnit.MILLISECONDS.toNanos(1)) {
        throw stalled(timeoutMillis);
      }
    }
    selector.selectedKeys().clear();
  }
}
