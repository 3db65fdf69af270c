package dev.baton.handoff.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Frames through TLS, whose handshake is over. */
@SuppressWarnings("FutureReturnValueIgnored") // of closing; that it is closed is seen elsewhere
final class TlsFrames extends FrameChannel {
  /** Frames that may wait to be received; a peer that sends more is not read. */
  private static final int AHEAD = 4;

  private final Channel channel;
  private final String peer;
  private final InetAddress address;

  /** {@code byte[]} for a frame; a {@code Throwable} at the end, and nothing after it. */
  private final BlockingQueue<Object> arrived = new LinkedBlockingQueue<>();

  private @Nullable IOException end;

  /** On the transport's thread only, as {@link #endedThere} is written. */
  private boolean endedHere;

  /** The peer's end came in its turn, after all that the peer has sent. */
  private volatile boolean endedThere;

  /**
   * @param channel owned by this object from now on; reads nothing yet
   * @param peer the name in the peer's certificate
   * @throws IOException if the peer has gone already
   */
  TlsFrames(Channel channel, String peer) throws IOException {
    this.channel = channel;
    this.peer = peer;
    if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
      throw hungUp(null);
    }
    this.address = remote.getAddress();
    channel
        .pipeline()
        .addFirst(new Endings())
        .addLast(new LengthFieldBasedFrameDecoder(MAX_FRAME + Integer.BYTES, 0, 4, 0, 4))
        .addLast(new Arrivals());
  }

  @Override
  public String certifiedPeer() {
    return peer;
  }

  @Override
  public InetAddress peerAddress() {
    return address;
  }

  @Override
  void sendFrame(byte[] body, long timeoutMillis) throws IOException {
    ByteBuf frame = channel.alloc().buffer(Integer.BYTES + body.length);
    ChannelFuture sent = channel.writeAndFlush(frame.writeInt(body.length).writeBytes(body));
    try {
      if (!sent.await(timeoutMillis)) {
        close(); // half a frame is out: nothing can follow it
        throw stalled(timeoutMillis);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    if (!sent.isSuccess()) {
      throw hungUp(sent.cause());
    }
  }

  @Override
  byte[] receiveFrame(long timeoutMillis) throws IOException {
    if (end != null) {
      throw end;
    }
    Object next;
    try {
      next = arrived.poll(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw interrupted();
    }
    if (next == null) {
      throw stalled(timeoutMillis);
    }
    if (next instanceof byte[] body) {
      if (arrived.size() < AHEAD) {
        channel.config().setAutoRead(true);
      }
      checkLength(body.length);
      return body;
    }
    end = asEnd((Throwable) next);
    throw end;
  }

  private static IOException asEnd(Throwable cause) {
    if (cause instanceof DecoderException && !(cause.getCause() instanceof SSLException)) {
      return new ProtocolException(
          "a frame longer than the " + MAX_FRAME + " bytes that are allowed, or of no length");
    }
    return hungUp(cause);
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while talking to a peer");
  }

  @Override
  public void stayAwake(long nanos) {
    long deadline = System.nanoTime() + nanos;
    while (arrived.isEmpty() && System.nanoTime() - deadline < 0) {
      Thread.onSpinWait();
    }
  }

  @Override
  public boolean ended() {
    return end != null || !arrived.isEmpty() || !channel.isActive();
  }

  @Override
  public boolean hasSaidAll() {
    return end != null && endedThere;
  }

  @Override
  public boolean idle() {
    return arrived.isEmpty();
  }

  @Override
  public void close() {
    channel.close();
  }

  /**
   * Sees whoever closes the channel here, for whatever reason. What the kernel says of the peer's
   * end does not pass here.
   */
  private final class Endings extends ChannelOutboundHandlerAdapter {
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
      endedHere = true;
      super.close(context, promise);
    }

    @Override
    public void disconnect(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
      endedHere = true;
      super.disconnect(context, promise);
    }
  }

  /** Takes what comes, on the transport's thread. */
  private final class Arrivals extends SimpleChannelInboundHandler<ByteBuf> {
    private boolean over;

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
      if (over) {
        return;
      }
      arrived.add(ByteBufUtil.getBytes(frame));
      if (arrived.size() >= AHEAD) {
        context.channel().config().setAutoRead(false);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!over && !endedHere) {
        endedThere = true;
      }
      finish(new java.nio.channels.ClosedChannelException());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      finish(cause);
      context.close();
    }

    private void finish(Throwable cause) {
      if (!over) {
        over = true;
        arrived.add(cause);
      }
    }
  }
}
