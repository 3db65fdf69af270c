package dev.baton.http;

import static dev.baton.http.Ascii.bytes;

import org.jspecify.annotations.Nullable;

/** What a response's header section says about its own framing. */
final class ResponseHeader {
  private static final byte[] UPGRADE = bytes("upgrade");

  private int status;
  private Framing framing = Framing.NONE;
  private long length;
  private boolean persistent;
  private boolean answersHead;

  int status() {
    return status;
  }

  /** Whether another response to the same request follows (RFC 9110 §15.2); never true for 101. */
  boolean interim() {
    return status < 200 && status != 101;
  }

  Framing framing() {
    return framing;
  }

  /** Content-Length with {@link Framing#LENGTH}, else 0. */
  long length() {
    return length;
  }

  /** Whether the server, by what this header says, keeps the connection. */
  boolean persistent() {
    return persistent;
  }

  static @Nullable String upgrade(HeaderSection section) {
    return section.value(UPGRADE);
  }

  /**
   * Reads a complete section.
   *
   * @param section the same object each time
   * @param head whether it answers a HEAD request
   */
  void parse(HeaderSection section, boolean head) throws Unparsable {
    if (section.repeated() && head == answersHead) {
      return;
    }
    answersHead = head;
    boolean http11 = parseStatusLine(section);
    boolean close = false;
    boolean keepAlive = false;
    boolean chunked = false;
    long announced = -1;
    for (int line = 1; line < section.lines(); line++) {
      switch (section.nameLength(line)) {
        case 10 -> {
          if (section.named(line, RequestHeader.CONNECTION)) {
            close |= section.lists(line, RequestHeader.CLOSE_OPTION);
            keepAlive |= section.lists(line, RequestHeader.KEEP_ALIVE);
          }
        }
        case 14 -> {
          if (section.named(line, RequestHeader.CONTENT_LENGTH)) {
            refuseSecondFraming(chunked, announced);
            announced = section.contentLength(line);
          }
        }
        case 17 -> {
          if (section.named(line, RequestHeader.TRANSFER_ENCODING)) {
            refuseSecondFraming(chunked, announced);
            if (!http11 || !section.valueIs(line, RequestHeader.CHUNKED)) {
              throw new Unparsable("Transfer-Encoding other than chunked");
            }
            chunked = true;
          }
        }
        default -> {}
      }
    }
    length = 0;
    if (head || status < 200 || status == 204 || status == 304) {
      if ((status < 200 || status == 204) && (chunked || announced > 0)) {
        throw new Unparsable("a body announced for status " + status);
      }
      framing = Framing.NONE;
    } else if (chunked) {
      framing = Framing.CHUNKED;
    } else if (announced >= 0) {
      framing = Framing.LENGTH;
      length = announced;
    } else {
      framing = Framing.CLOSE;
    }
    persistent = framing != Framing.CLOSE && !close && (http11 || keepAlive);
  }

  private static void refuseSecondFraming(boolean chunked, long announced) throws Unparsable {
    if (chunked || announced >= 0) {
      throw new Unparsable("more than one Content-Length or Transfer-Encoding");
    }
  }

  /** Reads "HTTP/1.x SP nnn [SP reason]" and returns whether x is 1. */
  private boolean parseStatusLine(HeaderSection section) throws Unparsable {
    int end = section.end(0);
    if (end < "HTTP/1.1 200".length()) {
      throw new Unparsable("malformed status line");
    }
    boolean http11 = RequestHeader.http11(section, 0);
    int code = 0;
    for (int i = 9; i < 12; i++) {
      int digit = section.at(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new Unparsable("malformed status code");
      }
      code = code * 10 + digit;
    }
    if (section.at(8) != ' ' || (end > 12 && section.at(12) != ' ') || code < 100 || code > 599) {
      throw new Unparsable("malformed status line");
    }
    status = code;
    return http11;
  }
}
