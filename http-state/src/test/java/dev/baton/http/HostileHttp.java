package dev.baton.http;

import static dev.baton.http.Connections.bytes;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.random.RandomGenerator;

/** Streams of valid, odd and invalid messages. */
final class HostileHttp {
  /** Pieces that valid and invalid messages are made of. */
  private static final List<String> FIELDS =
      List.of(
          "Host: a\r\n",
          "Content-Length: 5\r\n",
          "Content-Length: 0\r\n",
          "content-length:3\r\n",
          "Content-Length: 5, 5\r\n",
          "Content-Length: +5\r\n",
          "Content-Length: 0x5\r\n",
          "Content-Length: 5 \r\n",
          "Content-Length: \r\n",
          "Content-Length : 5\r\n",
          "Content-Length: 99999999999999999999\r\n",
          "Transfer-Encoding: chunked\r\n",
          "transfer-encoding:\tChunked \r\n",
          "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: identity\r\n",
          "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding : chunked\r\n",
          "Transfer-Encoding:\u000bchunked\r\n",
          "Connection: close\r\n",
          "Connection: keep-alive, Upgrade\r\n",
          "Expect: 100-continue\r\n",
          "X-Folded: a\r\n b\r\n",
          "X-Bare: a\n",
          "X-Cr: a\rb\r\n",
          "X-Nul: a\u0000b\r\n",
          " Leading: a\r\n",
          "NoColon\r\n",
          ": empty\r\n",
          "X-\u00e9: a\r\n",
          "X-Obs: \u00e9\r\n",
          "Sec-WebSocket-Key1: 1 1\r\nSec-WebSocket-Key2: 2 2\r\n",
          "Trailer: X-Sum\r\n",
          "Upgrade: h2c\r\n");

  private static final List<String> BODIES =
      List.of(
          "",
          "hello",
          "abc",
          "5\r\nhello\r\n0\r\n\r\n",
          "5;a=b\r\nhello\r\n0\r\n\r\n",
          "5 \r\nhello\r\n0\r\n\r\n",
          "05\r\nhello\r\n3\r\nabc\r\n00\r\nX-Sum: 1\r\n\r\n",
          "5\nhello\n0\n\n",
          "5\r\nhelloXX0\r\n\r\n",
          "5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
          "0x5\r\nhello\r\n0\r\n\r\n",
          "-5\r\nhello\r\n0\r\n\r\n",
          "FFFFFFFFFFFFFFFF\r\nhello",
          "80000000\r\nhello",
          "5;\"\r\nhello\r\n0\r\n\r\n",
          "\r\n5\r\nhello\r\n0\r\n\r\n",
          "0\r\nContent-Length: 7\r\n\r\n",
          "0\r\n\r\n");

  private static final List<String> REQUEST_LINES =
      List.of(
          "GET / HTTP/1.1\r\n",
          "HEAD /a HTTP/1.1\r\n",
          "PUT /b HTTP/1.1\r\n",
          "POST /c?d=e HTTP/1.1\r\n",
          "OPTIONS * HTTP/1.1\r\n",
          "GET / HTTP/1.0\r\n",
          "GET  / HTTP/1.1\r\n",
          "GET / HTTP/1.1 \r\n",
          "GET /a b HTTP/1.1\r\n",
          "GET /\r\n",
          "GET / HTTP/2.0\r\n",
          "GET / HTTP/1.2\r\n",
          "get / http/1.1\r\n",
          "\r\nGET / HTTP/1.1\r\n",
          "GET\t/\tHTTP/1.1\r\n",
          "GET / HTTP/1.1\n",
          "M-SEARCH * HTTP/1.1\r\n");

  private static final List<String> STATUS_LINES =
      List.of(
          "HTTP/1.1 200 OK\r\n",
          "HTTP/1.1 404 Not Found\r\n",
          "HTTP/1.1 100 Continue\r\n",
          "HTTP/1.1 103 Early Hints\r\n",
          "HTTP/1.1 204 No Content\r\n",
          "HTTP/1.1 304 Not Modified\r\n",
          "HTTP/1.1 205 Reset Content\r\n",
          "HTTP/1.1 206 Partial Content\r\n",
          "HTTP/1.1 101 Switching Protocols\r\n",
          "HTTP/1.0 200 OK\r\n",
          "HTTP/1.1 200\r\n",
          "HTTP/1.1 200 \r\n",
          "HTTP/1.1  200 OK\r\n",
          "HTTP/1.1 20 OK\r\n",
          "HTTP/1.1 2000 OK\r\n",
          "HTTP/1.1 000 OK\r\n",
          "HTTP/1.1 999 OK\r\n",
          "HTTP/2 200 OK\r\n",
          "HTTP/1.1 200 O\u0000K\r\n",
          "\r\nHTTP/1.1 200 OK\r\n",
          "HTTP/1.1 200 OK\n");

  private HostileHttp() {}

  static byte[] requests(RandomGenerator random) {
    return stream(random, REQUEST_LINES, 4);
  }

  static byte[] responses(RandomGenerator random) {
    return stream(random, STATUS_LINES, 5);
  }

  private static byte[] stream(RandomGenerator random, List<String> startLines, int tame) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int messages = random.nextInt(1, 4);
    boolean wild = random.nextInt(3) > 0;
    for (int i = 0; i < messages; i++) {
      out.writeBytes(bytes(pick(random, startLines, wild && random.nextInt(3) == 0 ? 99 : tame)));
      String framing =
          pick(random, List.of("", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"), 99);
      out.writeBytes(bytes(framing));
      for (int f = random.nextInt(3); f > 0; f--) {
        out.writeBytes(bytes(wild ? pick(random, FIELDS, 99) : "X-Tame: a\r\n"));
      }
      out.writeBytes(bytes("\r\n"));
      String body =
          framing.isEmpty()
              ? ""
              : framing.startsWith("C")
                  ? "hello"
                  : "5\r\nhello\r\n1a;x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX-Sum: 1\r\n\r\n";
      out.writeBytes(bytes(wild && random.nextInt(3) == 0 ? pick(random, BODIES, 99) : body));
    }
    byte[] stream = out.toByteArray();
    if (wild && random.nextInt(3) == 0) {
      int at = random.nextInt(stream.length);
      stream[at] =
          (byte)
              pick(random, List.of("\n", "\r", " ", ":", "0", ";", "\u0000", "\u00ff"), 99)
                  .charAt(0);
    }
    return stream;
  }

  private static String pick(RandomGenerator random, List<String> from, int first) {
    return from.get(random.nextInt(Math.min(first, from.size())));
  }
}
