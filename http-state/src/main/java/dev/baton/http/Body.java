package dev.baton.http;

import dev.baton.http.ChunkPosition.Stage;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Follows the framing of one message body (RFC 9112 §6, §7). Data is skipped arithmetically,
 * framing is read byte by byte. Reused from message to message.
 */
final class Body {
  private static final int MAX_SIZE_LINE = 256;
  private static final int MAX_TRAILER = 8 << 10;

  private Framing framing = Framing.NONE;
  private Stage stage = Stage.END;
  private long length;
  private long offset;

  /** Data bytes left in the open chunk or in the body; while in a size line, the size so far. */
  private long remaining;

  /** See {@link ChunkPosition#line}. */
  private byte[] line = new byte[32];

  private int lineLength;

  /** Where the trailer's last line starts in {@link #line}. */
  private int lineStart;

  /**
   * Where a size line is: quoted values and blanks, which parsers disagree on, are not followed.
   */
  private enum Extension {
    NONE,
    NAME,
    VALUE
  }

  private Extension extension = Extension.NONE;

  /**
   * Starts a body.
   *
   * @param length of the whole body, for {@link Framing#LENGTH}
   * @param offset decoded bytes of it that come before those fed here
   */
  void begin(Framing framing, long length, long offset) {
    this.framing = framing;
    this.length = length;
    this.offset = offset;
    lineLength = 0;
    lineStart = 0;
    extension = Extension.NONE;
    remaining =
        switch (framing) {
          case NONE, CHUNKED -> 0;
          case LENGTH -> length - offset;
          case CLOSE -> Long.MAX_VALUE;
        };
    stage =
        switch (framing) {
          case NONE -> Stage.END;
          case LENGTH -> remaining == 0 ? Stage.END : Stage.DATA;
          case CHUNKED -> Stage.SIZE;
          case CLOSE -> Stage.DATA;
        };
  }

  /** Continues a chunked body at a known place. */
  void beginChunked(long offset, ChunkPosition position) throws Unparsable {
    begin(Framing.CHUNKED, 0, offset);
    stage = position.stage();
    remaining = position.remaining();
    // Read again, the partial line checks itself and leaves the same state behind.
    feed(ByteBuffer.wrap(position.line()), Long.MAX_VALUE, Sink.NOWHERE);
    if (stage != position.stage() || lineLength != position.line().length) {
      throw new Unparsable("chunk position that contradicts itself");
    }
  }

  Body copy() {
    Body copy = new Body();
    copy.framing = framing;
    copy.stage = stage;
    copy.length = length;
    copy.offset = offset;
    copy.remaining = remaining;
    copy.line = line.clone();
    copy.lineLength = lineLength;
    copy.lineStart = lineStart;
    copy.extension = extension;
    return copy;
  }

  Framing framing() {
    return framing;
  }

  /** Decoded bytes so far. */
  long offset() {
    return offset;
  }

  boolean ended() {
    return stage == Stage.END;
  }

  ChunkPosition position() {
    return new ChunkPosition(
        stage, stage == Stage.DATA ? remaining : 0, Arrays.copyOf(line, lineLength));
  }

  /**
   * Consumes bytes until the body ends, the buffer is empty, or {@code until} decoded bytes have
   * passed; framing after that last byte is left alone.
   */
  void feed(ByteBuffer source, long until, Sink sink) throws Unparsable {
    while (source.hasRemaining() && stage != Stage.END && offset < until) {
      switch (stage) {
        case DATA -> {
          int count = (int) Math.min(source.remaining(), Math.min(remaining, until - offset));
          sink.data(source, count);
          advance(count);
        }
        case SIZE -> sizeLine(source.get());
        case AFTER_DATA -> afterData(source.get());
        case TRAILER -> trailer(source.get());
        case END -> throw new AssertionError();
      }
    }
  }

  /** Passes {@code count} bytes nobody saw, which must all be data of one chunk. */
  void unseen(long count) throws Unparsable {
    if (stage != Stage.DATA || count > remaining) {
      throw new Unparsable("unseen bytes where framing had to be seen");
    }
    advance(count);
  }

  private void advance(long count) {
    offset += count;
    remaining -= count;
    if (remaining == 0) {
      stage = framing == Framing.CHUNKED ? Stage.AFTER_DATA : Stage.END;
    }
  }

  private void sizeLine(byte b) throws Unparsable {
    byte previous = lineLength == 0 ? 0 : line[lineLength - 1];
    if (previous == '\r') {
      if (b != '\n') {
        throw new Unparsable("bare CR in a chunk size");
      }
      lineLength = 0;
      extension = Extension.NONE;
      stage = remaining == 0 ? Stage.TRAILER : Stage.DATA;
      return;
    }
    boolean afterToken = Ascii.isToken(previous);
    int digit = extension == Extension.NONE ? Ascii.hex(b) : -1;
    if (digit >= 0) {
      remaining = remaining * 16 + digit;
      if (remaining > Integer.MAX_VALUE) {
        throw new Unparsable("chunk of more than 2 GiB");
      }
    } else if (b == ';' && afterToken) {
      extension = Extension.NAME;
    } else if (b == '=' && afterToken && extension == Extension.NAME) {
      extension = Extension.VALUE;
    } else if (!(b == '\r' && afterToken) && !(extension != Extension.NONE && Ascii.isToken(b))) {
      throw new Unparsable("malformed chunk size or extension");
    }
    append(b, MAX_SIZE_LINE);
  }

  private void afterData(byte b) throws Unparsable {
    if (b != (lineLength == 0 ? '\r' : '\n')) {
      throw new Unparsable("chunk data not followed by CRLF");
    }
    if (lineLength == 0) {
      append(b, 2);
    } else {
      lineLength = 0;
      stage = Stage.SIZE;
    }
  }

  private void trailer(byte b) throws Unparsable {
    byte previous = lineLength == lineStart ? 0 : line[lineLength - 1];
    if ((previous == '\r') != (b == '\n')) {
      throw new Unparsable(b == '\n' ? "bare LF in a trailer" : "bare CR in a trailer");
    }
    if (b == 0x7f || (b >= 0 && b < ' ' && b != '\t' && b != '\r' && b != '\n')) {
      throw new Unparsable("control character in a trailer");
    }
    append(b, MAX_TRAILER);
    if (b == '\n') {
      if (lineLength - lineStart == 2) {
        stage = Stage.END;
      } else {
        checkTrailerName();
        lineStart = lineLength;
      }
    }
  }

  private void checkTrailerName() throws Unparsable {
    int at = lineStart;
    while (Ascii.isToken(line[at])) {
      at++;
    }
    if (line[at] != ':' || at == lineStart) {
      throw new Unparsable("malformed trailer field name");
    }
  }

  private void append(byte b, int max) throws Unparsable {
    if (lineLength == max) {
      throw new Unparsable("chunk framing of more than " + max + " bytes in a line");
    }
    if (lineLength == line.length) {
      line = Arrays.copyOf(line, line.length * 2);
    }
    line[lineLength++] = b;
  }
}
