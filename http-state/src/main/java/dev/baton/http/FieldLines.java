package dev.baton.http;

import static dev.baton.http.Ascii.bytes;

import java.util.Arrays;
import java.util.List;

/**
 * Finds the place in a regenerated header or trailer section that corresponds to where the donor
 * stopped. The client keeps the donor's lines and gets the rest from the regenerated ones, so
 * complete lines have to agree in name, order and value, and the line that was cut has to agree in
 * its bytes.
 */
final class FieldLines {
  /** Fields whose values say nothing about the response's content. */
  private static final List<byte[]> MAY_DIFFER =
      List.of(
          bytes("date"),
          bytes("server"),
          bytes("set-cookie"),
          bytes("connection"),
          bytes("keep-alive"));

  private FieldLines() {}

  /**
   * Finds where the client's next byte is.
   *
   * @param sent what the client has of the section
   * @param ours the same section as regenerated, from its start
   * @return the index in {@code ours} of the client's next byte, or -1 if that has not been
   *     regenerated yet
   */
  static int match(byte[] sent, byte[] ours) throws RefusedException {
    int at = 0;
    int in = 0;
    for (int end = lineEnd(sent, at); end >= 0; end = lineEnd(sent, at)) {
      int ourEnd = lineEnd(ours, in);
      if (ourEnd < 0) {
        return -1;
      }
      if (!Arrays.equals(sent, at, end, ours, in, ourEnd)
          && !sameFreeField(sent, at, end, ours, in, ourEnd)) {
        throw new RefusedException(
            "line " + quote(ours, in, ourEnd) + " instead of " + quote(sent, at, end));
      }
      at = end;
      in = ourEnd;
    }
    int cut = sent.length - at;
    int known = Math.min(cut, ours.length - in);
    if (!Arrays.equals(sent, at, at + known, ours, in, in + known)) {
      throw new RefusedException("a line that does not begin with " + quote(sent, at, sent.length));
    }
    return known == cut ? in + cut : -1;
  }

  /** The index after the line's CRLF, or -1. */
  private static int lineEnd(byte[] bytes, int from) {
    for (int i = from + 1; i < bytes.length; i++) {
      if (bytes[i] == '\n' && bytes[i - 1] == '\r') {
        return i + 1;
      }
    }
    return -1;
  }

  private static boolean sameFreeField(
      byte[] sent, int at, int end, byte[] ours, int in, int ourEnd) {
    for (byte[] name : MAY_DIFFER) {
      if (isField(sent, at, end, name)) {
        return isField(ours, in, ourEnd, name);
      }
    }
    return false;
  }

  private static boolean isField(byte[] bytes, int from, int to, byte[] name) {
    return to - from > name.length
        && bytes[from + name.length] == ':'
        && Ascii.equalsLowerCase(bytes, from, name);
  }

  private static String quote(byte[] bytes, int from, int to) {
    return "\"" + Ascii.text(Arrays.copyOfRange(bytes, from, to)).strip() + "\"";
  }
}
