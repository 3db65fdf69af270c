package dev.baton.handoff.wire;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * Messages between two nodes, or from the command line to a node: four bytes of length, then one
 * {@link Message} in CBOR; through a Unix socket on one host, through TLS between hosts.
 *
 * <p>Never believes the other side: a frame over {@link #MAX_FRAME} bytes, a frame that is no
 * message, or a peer that stalls ends in an exception that says so. One thread reads and writes;
 * {@link #close} may come from any.
 */
public abstract class FrameChannel implements Closeable {

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

  private long sentBytes;

  FrameChannel() {}

  /**
   * Talks through a Unix socket.
   *
   * @param channel connected; owned by the result, and closed if this fails
   */
  public static FrameChannel over(SocketChannel channel) throws IOException {
    return new UnixFrames(channel);
  }

  /**
   * The name of the node at the other end, as its certificate has it; null on one host, where a
   * socket that only its owner can open says enough.
   */
  public abstract @Nullable String certifiedPeer();

  /** The address of the host at the other end; null on one host. */
  public abstract @Nullable InetAddress peerAddress();

  /**
   * Sends a message.
   *
   * @param timeoutMillis how long the peer may leave its end unread
   * @throws SocketTimeoutException if it does so longer
   * @throws EOFException if the peer has hung up
   */
  public final void send(Message message, long timeoutMillis) throws IOException {
    byte[] body = encode(message);
    if (body.length > MAX_FRAME) {
      throw new ProtocolException(
          describe(message) + " of " + body.length + " bytes is over the limit of " + MAX_FRAME);
    }
    sendFrame(body, timeoutMillis);
    sentBytes += Integer.BYTES + body.length;
  }

  /** How many bytes have been sent here, without what TLS adds. */
  public final long sentBytes() {
    return sentBytes;
  }

  /**
   * Receives the next message.
   *
   * @param timeoutMillis how long it may take to arrive completely
   * @throws SocketTimeoutException if it takes longer
   * @throws EOFException if the peer has hung up
   * @throws ProtocolException if what arrives is no message
   */
  public final Message receive(long timeoutMillis) throws IOException {
    return decode(receiveFrame(timeoutMillis));
  }

  abstract void sendFrame(byte[] body, long timeoutMillis) throws IOException;

  abstract byte[] receiveFrame(long timeoutMillis) throws IOException;

  /**
   * Stays awake until something arrives, so that no wake-up delays it; but not for long.
   *
   * @param nanos how long at most
   */
  public abstract void stayAwake(long nanos) throws IOException;

  /** Whether the other side has hung up, or sent something out of turn; does not wait. */
  public abstract boolean ended();

  /**
   * Whether the other side has hung up, or died, and everything it ever said here was received:
   * nothing is lost, and nothing can come any more. False also if that is not known: after an
   * error, or if the end came from this side.
   */
  public boolean hasSaidAll() {
    return false;
  }

  /** Whether nothing has arrived that was not received, as far as is known here. */
  public abstract boolean idle();

  @Override
  public abstract void close();

  /**
   * Receives the next message, which must be of one kind.
   *
   * @throws RefusedException if the peer answers {@link Message.Refuse}
   */
  public final <M extends Message> M receive(Class<M> kind, long timeoutMillis) throws IOException {
    return expect(kind, receive(timeoutMillis));
  }

  /**
   * Sends a message and receives its answer, as {@link #send} and {@link #receive(Class, long)}.
   */
  public final <M extends Message> M ask(Message question, Class<M> kind, long timeoutMillis)
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

  /** Checks what a peer announces before anything is allocated for it. */
  static void checkLength(int length) throws ProtocolException {
    if (length < 1 || length > MAX_FRAME) {
      throw new ProtocolException(
          "a frame of "
              + Integer.toUnsignedString(length)
              + " bytes, where 1 to "
              + MAX_FRAME
              + " are allowed");
    }
  }

  static SocketTimeoutException stalled(long timeoutMillis) {
    return new SocketTimeoutException("the peer stalled for " + timeoutMillis + " ms");
  }

  /** The end of a conversation, in an orderly way or by the death of the peer. */
  static EOFException hungUp(@Nullable Throwable cause) {
    EOFException end = new EOFException("the peer has hung up");
    end.initCause(cause);
    return end;
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
