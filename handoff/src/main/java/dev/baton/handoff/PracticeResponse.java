package dev.baton.handoff;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a {@link PracticeHost} serves: the same body as a file, from any byte, and as a stream. */
enum PracticeResponse {
  /** Of known length and with a validator: another server can be asked for its rest. */
  FILE,
  /**
   * Without length and validator: another server has to begin anew. In one chunk, because more of
   * them might be cut otherwise after a move.
   */
  STREAM;

  /** Bytes of the response that the server writes before it waits to be moved. */
  static final int FIRST_PART = 300 << 10;

  private static final int LENGTH = 400 << 10;
  private static final byte[] BODY = body();
  private static final byte[] ALL_OF_FILE = file(0);
  private static final byte[] ALL_OF_STREAM = stream();
  private static final Pattern RANGE = Pattern.compile("\r\nRange: bytes=(\\d+)-\r\n");

  /** What a client sends. */
  byte[] request() {
    return ascii("GET /" + this + " HTTP/1.1\r\nHost: practice\r\n\r\n");
  }

  /** What a client gets, to the last byte. */
  byte[] whole() {
    return this == FILE ? ALL_OF_FILE : ALL_OF_STREAM;
  }

  /**
   * What the server says.
   *
   * @param request complete, of a client or of a rehearsal
   */
  static byte[] to(String request) {
    Matcher range = RANGE.matcher(request);
    if (range.find()) {
      return file(Integer.parseInt(range.group(1)));
    }
    return (request.startsWith("GET /" + FILE) ? FILE : STREAM).whole();
  }

  private static byte[] file(int from) {
    String head =
        (from == 0
                ? "HTTP/1.1 200 OK\r\n"
                : "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes "
                    + from
                    + "-"
                    + (LENGTH - 1)
                    + "/"
                    + LENGTH
                    + "\r\n")
            + "ETag: \"practice\"\r\nAccept-Ranges: bytes\r\nContent-Length: "
            + (LENGTH - from)
            + "\r\n\r\n";
    return joined(ascii(head), Arrays.copyOfRange(BODY, from, LENGTH));
  }

  private static byte[] stream() {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    byte[] begun = joined(ascii(head + Integer.toHexString(LENGTH) + "\r\n"), BODY);
    return joined(begun, ascii("\r\n0\r\n\r\n"));
  }

  private static byte[] body() {
    byte[] body = new byte[LENGTH];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i ^ (i >>> 8) ^ (i >>> 16));
    }
    return body;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
