package dev.baton.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What travels from donor to acceptor: everything another server needs to continue one HTTP/1.x
 * connection. Immutable. Its encoded form is compact, versioned CBOR, normally below 1 KB plus the
 * unanswered request bytes; only while a response header section is partly sent does that part of
 * it travel as well.
 */
public final class ApplicationState {
  private final Phase phase;
  private final byte[] unanswered;
  private final int requestLength;
  private final long bytesRead;
  private final long bytesWritten;
  private final int placed;
  private final @Nullable Answer answer;

  /** Takes ownership of {@code unanswered}. */
  ApplicationState(
      Phase phase,
      byte[] unanswered,
      int requestLength,
      long bytesRead,
      long bytesWritten,
      int placed,
      @Nullable Answer answer) {
    this.phase = phase;
    this.unanswered = unanswered;
    this.requestLength = requestLength;
    this.bytesRead = bytesRead;
    this.bytesWritten = bytesWritten;
    this.placed = placed;
    this.answer = answer;
  }

  /**
   * Reads the encoded form.
   *
   * @param bytes not retained
   * @throws MalformedStateException if they are not the complete encoding of one consistent state
   *     in the version this node speaks
   */
  public static ApplicationState fromBytes(byte[] bytes) {
    return StateCodec.decode(bytes);
  }

  /** The encoded form, which is the caller's. */
  public byte[] toBytes() {
    return StateCodec.encode(this);
  }

  /** Where the connection was. */
  public Phase phase() {
    return phase;
  }

  /** Bytes the client had sent that a server had read, since it opened the connection. */
  public long bytesRead() {
    return bytesRead;
  }

  /** Bytes written to the client since it opened the connection. */
  public long bytesWritten() {
    return bytesWritten;
  }

  /**
   * By how many nodes, one after the other, the connection was given on as a new one; 0 as soon as
   * a server has read any of it.
   */
  int placed() {
    return placed;
  }

  /** Decoded body bytes sent of the response in progress; 0 outside a body. */
  public long bodyOffset() {
    return answer instanceof Answer.PartialBody body ? body.offset() : 0;
  }

  /** Whether part of a response has been sent that another server has to continue. */
  public boolean answering() {
    return answer != null;
  }

  /**
   * This connection as it was some bytes of the response earlier. Only where another server can be
   * asked for the rest of the body from there: nothing is known of the digest at that byte, so the
   * validators have to vouch for the continuation.
   *
   * @param bytes how many bytes earlier, 0 or more
   * @return null where that is not so
   */
  public @Nullable ApplicationState rewound(long bytes) {
    if (!(answer instanceof Answer.PartialBody sent) || bytes > sent.offset()) {
      return null;
    }
    Answer.PartialBody earlier =
        new Answer.PartialBody(
            sent.interims(), sent.head(), sent.offset() - bytes, 0, 0, sent.chunk());
    byte[] request = Arrays.copyOf(unanswered, requestLength);
    return RangeRequest.forRestOf(request, earlier, Rehearsal.MIN_RANGE) == null
        ? null
        : new ApplicationState(
            phase, unanswered, requestLength, bytesRead, bytesWritten - bytes, placed, earlier);
  }

  /** From the first byte of the oldest unanswered request to the last byte read; do not modify. */
  byte[] unanswered() {
    return unanswered;
  }

  /** The bytes of {@link #unanswered} that are the current request; 0 unless {@link #answering}. */
  int requestLength() {
    return requestLength;
  }

  @Nullable Answer answer() {
    return answer;
  }

  /** The position of the oldest unanswered request: it names the exchange. */
  long exchangeStart() {
    return bytesRead - unanswered.length;
  }

  ApplicationState with(Answer better) {
    return new ApplicationState(
        phase, unanswered, requestLength, bytesRead, bytesWritten, placed, better);
  }

  @Override
  public String toString() {
    return phase.word()
        + ", "
        + unanswered.length
        + " request bytes, "
        + bodyOffset()
        + " body bytes sent";
  }
}
