package dev.baton.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A start line and its header fields, collected byte by byte and kept raw. Stricter than RFC 9112
 * asks of a recipient: whatever two parsers could read differently (bare CR or LF, obsolete
 * folding, control characters, blanks around names) is {@link Unparsable}. Reused from message to
 * message; it allocates only while it grows.
 */
final class HeaderSection {
  /** The longest header section followed, in bytes. */
  static final int MAX = 64 << 10;

  private static final int PIECE = 512;
  private static final int MAX_KEPT = 8 << 10;

  /** What {@link #bytes} has behind the last byte, so that eight can be looked at anywhere. */
  private static final int SLACK = Long.BYTES;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long SPACES = 0x2020202020202020L;
  private static final long HYPHENS = 0x2d2d2d2d2d2d2d2dL;

  /** Added to a byte below 0x80, it sets the high bit from {@code 'a'} on. */
  private static final long FROM_A = (0x80 - 'a') * ONES;

  /** Added to a byte below 0x80, it sets the high bit behind {@code 'z'}. */
  private static final long BEYOND_Z = (0x7f - 'z') * ONES;

  private static final long HIGH_BITS = 0x8080808080808080L;

  private byte[] bytes = new byte[PIECE + SLACK];
  private ByteBuffer view = ByteBuffer.wrap(bytes);
  private int length;
  private int lineStart;

  /** Where each line starts, the start line first, and one more entry: where the empty line is. */
  private int[] starts = new int[32];

  private int[] colons = new int[32];
  private int lines;
  private boolean complete;

  /** How long the message before was, if it is still in {@link #bytes} as a whole; else 0. */
  private int lengthBefore;

  private int linesBefore;
  private boolean repeated;

  /** Forgets the message, but for recognising it if it comes again. */
  void clear() {
    if (complete) {
      lengthBefore = length;
      linesBefore = lines;
    }
    length = 0;
    lineStart = 0;
    lines = 0;
    complete = false;
    repeated = false;
    if (bytes.length > MAX_KEPT) {
      replaceBytes(new byte[PIECE + SLACK]);
      lengthBefore = 0;
    }
  }

  private void replaceBytes(byte[] others) {
    bytes = others;
    view = ByteBuffer.wrap(others);
  }

  int length() {
    return length;
  }

  boolean complete() {
    return complete;
  }

  /**
   * Whether the section is byte for byte the one before {@link #clear}, so that whatever was read
   * in that is true of it.
   */
  boolean repeated() {
    return repeated;
  }

  /** Where the first {@link #length()} bytes are the section's; valid until the next call. */
  byte[] array() {
    return bytes;
  }

  byte[] raw() {
    return Arrays.copyOf(bytes, length);
  }

  /**
   * Consumes bytes up to and including the empty line.
   *
   * @return whether the section is complete
   */
  boolean take(ByteBuffer source) throws Unparsable {
    if (lengthBefore > 0) {
      if (repeats(source)) {
        return true;
      }
      lengthBefore = 0; // about to be overwritten
    }
    while (!complete && source.hasRemaining()) {
      int count = Math.min(source.remaining(), PIECE);
      if (length + count + SLACK > bytes.length) {
        if (length >= MAX) {
          throw new Unparsable("header section of more than " + MAX + " bytes");
        }
        replaceBytes(Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count + SLACK)));
      }
      source.get(bytes, length, count);
      int end = scan(length, length + count);
      if (complete) {
        source.position(source.position() - (length + count - end));
      }
      length = end;
    }
    return complete;
  }

  /**
   * Consumes the section before if that comes again, all at once: on a busy connection most do.
   * Where it ends, this one ends too.
   */
  private boolean repeats(ByteBuffer source) {
    int known = lengthBefore;
    if (source.remaining() < known) {
      return false;
    }
    int limit = source.limit();
    source.limit(source.position() + known);
    boolean same = source.equals(view.limit(known));
    if (same) {
      source.position(source.limit());
      length = known;
      lines = linesBefore;
      lengthBefore = 0;
      complete = true;
      repeated = true;
    }
    source.limit(limit);
    return same;
  }

  /** Looks at {@code [from, to)} and returns the end of what belongs to this section. */
  private int scan(int from, int to) throws Unparsable {
    byte[] b = bytes;
    boolean afterCr = from > 0 && b[from - 1] == '\r';
    int i = afterCr ? from - 1 : from;
    while (true) {
      i = skipPlain(b, i, to);
      if (i == to) {
        return to;
      }
      byte c = b[i];
      if (c == '\r') {
        if (i + 1 == to) {
          return to;
        }
        if (b[i + 1] != '\n') {
          throw new Unparsable("bare CR in a header section");
        }
        i += 2;
        if (endOfLine(i - 1)) {
          return i;
        }
      } else if (c == '\n') {
        throw new Unparsable("bare LF in a header section");
      } else if (c == 0x7f || (c >= 0 && c < ' ' && c != '\t')) {
        throw new Unparsable("control character in a header section");
      } else {
        i++;
      }
    }
  }

  /** The index of the first byte from {@code i} on that is not printable ASCII, or {@code to}. */
  private static int skipPlain(byte[] b, int i, int to) {
    for (; i < to; i += Long.BYTES) {
      long eight = (long) LONGS.get(b, i);
      // Per byte, the high bit is set below a space, at 0x7f and above. A borrow or carry can only
      // mislead behind the first such byte.
      long special = ((eight - SPACES) | (eight + ONES) | eight) & HIGH_BITS;
      if (special != 0) {
        return Math.min(to, i + firstMarked(special));
      }
    }
    return to;
  }

  /** Which of eight bytes is the first with its high bit set. */
  private static int firstMarked(long highBits) {
    return Long.numberOfTrailingZeros(highBits) >>> 3;
  }

  private boolean endOfLine(int lineFeed) throws Unparsable {
    boolean empty = lineFeed - 1 == lineStart;
    if (empty && lines == 0) {
      throw new Unparsable("empty line before a message");
    }
    if (bytes[lineStart] == ' ' || bytes[lineStart] == '\t') {
      throw new Unparsable("obsolete line folding");
    }
    if (lines + 1 == starts.length) {
      starts = Arrays.copyOf(starts, starts.length * 2);
      colons = Arrays.copyOf(colons, colons.length * 2);
    }
    starts[lines] = lineStart;
    lineStart = lineFeed + 1;
    if (empty) {
      complete = true;
      parseNames();
    } else {
      lines++;
    }
    return empty;
  }

  private void parseNames() throws Unparsable {
    for (int line = 1; line < lines; line++) {
      int at = skipLetters(bytes, starts[line]);
      while (Ascii.isToken(bytes[at])) {
        at++;
      }
      if (bytes[at] != ':' || at == starts[line]) {
        throw new Unparsable("malformed header field name");
      }
      colons[line] = at;
    }
  }

  /** The index of the first byte from {@code i} on that is neither a letter nor a hyphen. */
  private static int skipLetters(byte[] b, int i) {
    while (true) {
      long eight = (long) LONGS.get(b, i);
      long ascii = eight & ~HIGH_BITS;
      long lower = ascii | SPACES;
      // Seven bits and what is added to them stay within their byte.
      long letter = (lower + FROM_A) & ~(lower + BEYOND_Z);
      long otherThanHyphen = (ascii ^ HYPHENS) + ~HIGH_BITS;
      long other = ((~letter & otherThanHyphen) | eight) & HIGH_BITS;
      if (other != 0) {
        return i + firstMarked(other);
      }
      i += Long.BYTES;
    }
  }

  // What follows is for a complete section. Line 0 is the start line.

  int lines() {
    return lines;
  }

  byte at(int index) {
    return bytes[index];
  }

  /** Whether eight bytes from {@code index} on are these, in the order of {@link #eight}. */
  boolean hasAt(int index, long eight) {
    return (long) LONGS.get(bytes, index) == eight;
  }

  /** Eight ASCII characters as {@link #hasAt} compares them. */
  static long eight(String text) {
    return (long) LONGS.get(Ascii.bytes(text), 0);
  }

  /** Whether all bytes of {@code [from, to)} are ASCII and above a space. */
  boolean visible(int from, int to) {
    for (int i = from; i < to; i += Long.BYTES) {
      long eight = (long) LONGS.get(bytes, i);
      long special = ((eight - SPACES - ONES) | eight) & HIGH_BITS;
      if (special != 0 && i + firstMarked(special) < to) {
        return false;
      }
    }
    return true;
  }

  /** The index of the line's CR. */
  int end(int line) {
    return starts[line + 1] - 2;
  }

  int nameLength(int line) {
    return colons[line] - starts[line];
  }

  /** Whether the field's name is {@code lowerCase}, in any case. */
  boolean named(int line, byte[] lowerCase) {
    return nameLength(line) == lowerCase.length
        && Ascii.equalsLowerCase(bytes, starts[line], lowerCase);
  }

  int valueStart(int line) {
    int at = colons[line] + 1;
    int end = end(line);
    while (at < end && Ascii.isBlank(bytes[at])) {
      at++;
    }
    return at;
  }

  int valueEnd(int line) {
    int end = end(line);
    int from = valueStart(line);
    while (end > from && Ascii.isBlank(bytes[end - 1])) {
      end--;
    }
    return end;
  }

  boolean valueIs(int line, byte[] lowerCase) {
    int start = valueStart(line);
    return valueEnd(line) - start == lowerCase.length
        && Ascii.equalsLowerCase(bytes, start, lowerCase);
  }

  /** Whether the value, a comma-separated list, has this member in any case (RFC 9110 §5.6.1). */
  boolean lists(int line, byte[] lowerCase) {
    int end = valueEnd(line);
    int at = valueStart(line);
    while (at < end) {
      int from = at;
      while (at < end && bytes[at] != ',') {
        at++;
      }
      int to = at++;
      while (from < to && Ascii.isBlank(bytes[from])) {
        from++;
      }
      while (to > from && Ascii.isBlank(bytes[to - 1])) {
        to--;
      }
      if (to - from == lowerCase.length && Ascii.equalsLowerCase(bytes, from, lowerCase)) {
        return true;
      }
    }
    return false;
  }

  /** The value as a Content-Length: digits alone, below 10^18. */
  long contentLength(int line) throws Unparsable {
    int end = valueEnd(line);
    int at = valueStart(line);
    if (at == end || end - at > 18) {
      throw new Unparsable("malformed Content-Length");
    }
    long value = 0;
    for (; at < end; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9) {
        throw new Unparsable("malformed Content-Length");
      }
      value = value * 10 + digit;
    }
    return value;
  }

  String text(int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** All values of a field joined by commas, or null if there is no such field. */
  @Nullable String value(byte[] lowerCase) {
    String value = null;
    for (int line = 1; line < lines; line++) {
      if (named(line, lowerCase)) {
        String text = text(valueStart(line), valueEnd(line));
        value = value == null ? text : value + ", " + text;
      }
    }
    return value;
  }
}
