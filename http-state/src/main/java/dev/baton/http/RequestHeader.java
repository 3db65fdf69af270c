package dev.baton.http;

import static dev.baton.http.Ascii.bytes;

/** What a request's header section says about its own framing and about its response. */
final class RequestHeader {
  /** The response has no body (RFC 9112 §6.3). */
  static final int HEAD = 1;

  /** A successful response turns the connection into a tunnel. */
  static final int CONNECT = 1 << 1;

  /** The server closes after the response. */
  static final int CLOSE = 1 << 2;

  /** The method is not idempotent (RFC 9110 §9.2.2). */
  static final int UNSAFE = 1 << 3;

  /** The client may be waiting for 100 (Continue) before it sends the body. */
  static final int EXPECT = 1 << 4;

  static final byte[] CONTENT_LENGTH = bytes("content-length");
  static final byte[] TRANSFER_ENCODING = bytes("transfer-encoding");
  static final byte[] CONNECTION = bytes("connection");
  static final byte[] CHUNKED = bytes("chunked");
  static final byte[] CLOSE_OPTION = bytes("close");
  static final byte[] KEEP_ALIVE = bytes("keep-alive");
  private static final byte[] EXPECT_FIELD = bytes("expect");
  private static final byte[] OLD_WEB_SOCKET = bytes("sec-websocket-key1");

  private static final long HTTP_1_1 = HeaderSection.eight("HTTP/1.1");

  private static final byte[] GET = bytes("GET");
  private static final byte[] PUT = bytes("PUT");
  private static final byte[] HEAD_METHOD = bytes("HEAD");
  private static final byte[] TRACE = bytes("TRACE");
  private static final byte[] DELETE = bytes("DELETE");
  private static final byte[] OPTIONS = bytes("OPTIONS");
  private static final byte[] CONNECT_METHOD = bytes("CONNECT");

  private int flags;
  private int methodEnd;
  private int targetEnd;
  private Framing framing = Framing.NONE;
  private long length;

  int flags() {
    return flags;
  }

  Framing framing() {
    return framing;
  }

  long length() {
    return length;
  }

  String method(HeaderSection section) {
    return section.text(0, methodEnd);
  }

  String target(HeaderSection section) {
    return section.text(methodEnd + 1, targetEnd);
  }

  /**
   * Reads a complete section.
   *
   * @param section the same object each time
   */
  void parse(HeaderSection section) throws Unparsable {
    if (section.repeated()) {
      return;
    }
    boolean http11 = parseRequestLine(section);
    framing = Framing.NONE;
    length = 0;
    boolean close = false;
    boolean keepAlive = false;
    for (int line = 1; line < section.lines(); line++) {
      switch (section.nameLength(line)) {
        case 6 -> {
          if (section.named(line, EXPECT_FIELD)) {
            flags |= EXPECT;
          }
        }
        case 10 -> {
          if (section.named(line, CONNECTION)) {
            close |= section.lists(line, CLOSE_OPTION);
            keepAlive |= section.lists(line, KEEP_ALIVE);
          }
        }
        case 14 -> {
          if (section.named(line, CONTENT_LENGTH)) {
            refuseSecondFraming();
            framing = Framing.LENGTH;
            length = section.contentLength(line);
          }
        }
        case 17 -> {
          if (section.named(line, TRANSFER_ENCODING)) {
            refuseSecondFraming();
            if (!http11 || !section.valueIs(line, CHUNKED)) {
              throw new Unparsable("Transfer-Encoding other than chunked");
            }
            framing = Framing.CHUNKED;
          }
        }
        case 18 -> {
          if (section.named(line, OLD_WEB_SOCKET)) {
            throw new Unparsable("a WebSocket draft whose body is not announced");
          }
        }
        default -> {}
      }
    }
    if (close || (!http11 && !keepAlive)) {
      flags |= CLOSE;
    }
  }

  private void refuseSecondFraming() throws Unparsable {
    if (framing != Framing.NONE) {
      throw new Unparsable("more than one Content-Length or Transfer-Encoding");
    }
  }

  /** Reads "method SP target SP HTTP/1.x" and returns whether x is 1. */
  private boolean parseRequestLine(HeaderSection section) throws Unparsable {
    int end = section.end(0);
    int at = 0;
    while (Ascii.isToken(section.at(at))) {
      at++;
    }
    methodEnd = at;
    targetEnd = end - "HTTP/1.x".length() - 1;
    if (at == 0 || targetEnd <= at + 1 || section.at(at) != ' ' || section.at(targetEnd) != ' ') {
      throw new Unparsable("malformed request line");
    }
    if (!section.visible(at + 1, targetEnd)) {
      throw new Unparsable("malformed request target");
    }
    flags = flags(section, methodEnd);
    return http11(section, targetEnd + 1);
  }

  /** Whether the eight bytes at {@code at} are HTTP/1.1 and not HTTP/1.0. */
  static boolean http11(HeaderSection section, int at) throws Unparsable {
    if (section.hasAt(at, HTTP_1_1)) {
      return true;
    }
    String prefix = "HTTP/1.";
    for (int i = 0; i < prefix.length(); i++) {
      if (section.at(at + i) != prefix.charAt(i)) {
        throw new Unparsable("not HTTP/1.x");
      }
    }
    if (section.at(at + prefix.length()) != '0') {
      throw new Unparsable("not HTTP/1.0 or HTTP/1.1");
    }
    return false;
  }

  private static int flags(HeaderSection section, int length) {
    return switch (length) {
      case 3 -> is(section, GET) || is(section, PUT) ? 0 : UNSAFE;
      case 4 -> is(section, HEAD_METHOD) ? HEAD : UNSAFE;
      case 5 -> is(section, TRACE) ? 0 : UNSAFE;
      case 6 -> is(section, DELETE) ? 0 : UNSAFE;
      case 7 -> {
        if (is(section, CONNECT_METHOD)) {
          yield CONNECT | UNSAFE;
        }
        yield is(section, OPTIONS) ? 0 : UNSAFE;
      }
      default -> UNSAFE;
    };
  }

  /** Methods are case-sensitive (RFC 9110 §9.1). */
  private static boolean is(HeaderSection section, byte[] method) {
    for (int i = 0; i < method.length; i++) {
      if (section.at(i) != method[i]) {
        return false;
      }
    }
    return true;
  }
}
