package dev.baton.http;

import static dev.baton.http.Ascii.bytes;

import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A request turned into one for the rest of its response's body (RFC 9110 §14). */
final class RangeRequest {
  private static final byte[] RANGE = bytes("range");
  private static final byte[] IF_RANGE = bytes("if-range");

  private final byte[] request;
  private final Answer.PartialBody sent;

  private RangeRequest(byte[] request, Answer.PartialBody sent) {
    this.request = request;
    this.sent = sent;
  }

  /**
   * Null unless the response is a 200 to a GET without a Range of its own, of known length, with a
   * strong validator, from a server that says it accepts ranges, and at least {@code min} body
   * bytes have been sent.
   */
  static @Nullable RangeRequest forRestOf(byte[] request, @Nullable Answer answer, long min) {
    if (!(answer instanceof Answer.PartialBody sent)
        || sent.offset() < min
        || sent.head().status() != 200
        || sent.head().framing() != Framing.LENGTH
        || !acceptsBytes(sent.head())) {
      return null;
    }
    String validator = sent.head().strongValidator();
    HeaderSection section = new HeaderSection();
    try {
      section.take(ByteBuffer.wrap(request));
    } catch (Unparsable e) {
      return null;
    }
    if (validator == null
        || !section.complete()
        || !Ascii.text(request).startsWith("GET ")
        || section.at(section.end(0) - 1) != '1'
        || section.value(RANGE) != null
        || section.value(IF_RANGE) != null) {
      return null;
    }
    int beforeEmptyLine = section.length() - 2;
    byte[] changed =
        new ByteQueue()
            .add(request, 0, beforeEmptyLine)
            .add("Range: bytes=" + sent.offset() + "-\r\n")
            .add("If-Range: " + validator + "\r\n")
            .add(request, beforeEmptyLine, request.length)
            .toBytes();
    return new RangeRequest(changed, sent);
  }

  private static boolean acceptsBytes(ResponseHead head) {
    String accepted = head.acceptRanges();
    return accepted != null && accepted.toLowerCase(Locale.ROOT).equals("bytes");
  }

  byte[] request() {
    return request;
  }

  /** The offset of the first byte asked for. */
  long from() {
    return sent.offset();
  }

  /** Sets a digest of the body to what is known before that byte. */
  void begin(Digest digest) {
    boolean gap = sent.digestLength() < sent.offset();
    digest.begin(sent.digest(), sent.digestLength(), gap);
  }
}
