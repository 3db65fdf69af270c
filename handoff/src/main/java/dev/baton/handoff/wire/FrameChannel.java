package dev.baton.handoff.wire;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * Messages over a socket: four bytes of length, then one {@link Message} in CBOR.
 *
 * <p>Never believes the other side: a frame over {@link #MAX_FRAME} bytes, a frame that is no
 * message, or a peer that stalls ends in an exception that says so. One thread reads and writes;
 * {@link #close} may come from any.
 */
public final class FrameChannel implements Closeable {

  /** The longest frame in bytes, without its length. */
  public static final int MAX_FRAME = 16 << 20;

  private static final ObjectMapper CBOR =
      CBORMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final ObjectWriter WRITER = CBOR.writerFor(Message.class);
  private static final ObjectReader READER = CBOR.readerFor(Message.class);

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private ByteBuffer in = ByteBuffer.allocateDirect(16 << 10).flip();

  /**
   * Takes over a connected channel.
   *
   * @param channel owned by this object from now on; closed if this constructor fails
   */
  public FrameChannel(SocketChannel channel) throws IOException {
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

  /**
   * Sends a message.
   *
   * @param timeoutMillis how long the peer may leave its end unread
   * @throws SocketTimeoutException if it does so longer
   * @throws EOFException if the peer has hung up
   */
  public void send(Message message, long timeoutMillis) throws IOException {
    byte[] body = encode(message);
    if (body.length > MAX_FRAME) {
      throw new ProtocolException(
          describe(message) + " of " + body.length + " bytes is over the limit of " + MAX_FRAME);
    }
    ByteBuffer frame = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).flip();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    try {
      while (channel.write(frame) >= 0 && frame.hasRemaining()) {
        await(SelectionKey.OP_WRITE, deadline, timeoutMillis);
      }
    } catch (SocketException e) {
      throw hungUp(e);
    }
  }

  /**
   * Receives the next message.
   *
   * @param timeoutMillis how long it may take to arrive completely
   * @throws SocketTimeoutException if it takes longer
   * @throws EOFException if the peer has hung up
   * @throws ProtocolException if what arrives is no message
   */
  public Message receive(long timeoutMillis) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    fill(4, deadline, timeoutMillis);
    int length = in.getInt();
    if (length < 1 || length > MAX_FRAME) {
      throw new ProtocolException(
          "a frame of "
              + Integer.toUnsignedString(length)
              + " bytes, where 1 to "
              + MAX_FRAME
              + " are allowed");
    }
    fill(length, deadline, timeoutMillis);
    byte[] body = new byte[length];
    in.get(body);
    return decode(body);
  }

  /**
   * Stays awake until something arrives, so that no wake-up delays it; but not for long.
   *
   * @param nanos how long at most
   */
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

  /**
   * Receives the next message, which must be of one kind.
   *
   * @throws RefusedException if the peer answers {@link Message.Refuse}
   */
  public <M extends Message> M receive(Class<M> kind, long timeoutMillis) throws IOException {
    return expect(kind, receive(timeoutMillis));
  }

  /**
   * Sends a message and receives its answer, as {@link #send} and {@link #receive(Class, long)}.
   */
  public <M extends Message> M ask(Message question, Class<M> kind, long timeoutMillis)
      throws IOException {
    send(question, timeoutMillis);
    return receive(kind, timeoutMillis);
  }

  /**
   * The message as one of the expected kind.
   *
   * @throws RefusedException if it is {@link Message.Refuse}
   * @throws ProtocolException if it is anything else
   */
  public static <M extends Message> M expect(Class<M> kind, Message message) throws IOException {
    if (kind.isInstance(message)) {
      return kind.cast(message);
    }
    if (message instanceof Message.Refuse refuse) {
      throw new RefusedException(refuse.reason());
    }
    throw new ProtocolException(
        "got " + describe(message) + " where " + kind.getSimpleName() + " was due");
  }

  /** Whether the other side has hung up, or sent something out of turn; does not wait. */
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

  /** The end of a conversation, in an orderly way or by the death of the peer. */
  private static EOFException hungUp(@Nullable SocketException cause) {
    EOFException end = new EOFException("the peer has hung up");
    end.initCause(cause);
    return end;
  }

  private void await(int operation, long deadline, long timeoutMillis) throws IOException {
    key.interestOps(operation);
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0 || selector.select(left) == 0) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while talking to a peer");
      }
      if (deadline - System.nanoTime() <= TimeUnit.MILLISECONDS.toNanos(1)) {
        throw new SocketTimeoutException("the peer stalled for " + timeoutMillis + " ms");
      }
    }
    selector.selectedKeys().clear();
  }

  private static String describe(Message message) {
    return message.getClass().getSimpleName();
  }

  /** The message as a peer would get it. */
  public static Message copy(Message message) throws ProtocolException {
    return decode(encode(message));
  }

  static byte[] encode(Message message) throws ProtocolException {
    try {
      return WRITER.writeValueAsBytes(message);
    } catch (JacksonException e) {
      throw new ProtocolException(
          describe(message) + " cannot be encoded: " + e.getOriginalMessage());
    }
  }

  static Message decode(byte[] body) throws ProtocolException {
    Message message;
    try {
      message = READER.readValue(body);
    } catch (JacksonException e) {
      throw new ProtocolException("a frame that is no message: " + e.getOriginalMessage());
    } catch (RuntimeException e) { // Jackson trips over a type that is null, for one
      throw new ProtocolException("a frame that is no message: " + e);
    }
    if (message == null) {
      throw new ProtocolException("a frame that is no message: null");
    }
    return message;
  }
}
