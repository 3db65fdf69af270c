package dev.baton.http;

import static dev.baton.http.Connections.bytes;
import static dev.baton.http.Connections.http;
import static dev.baton.http.Connections.tracker;

import java.nio.ByteBuffer;

/** What the tracker costs a server. A plain main: {@code java dev.baton.http.TrackerBenchmark}. */
final class TrackerBenchmark {
  private TrackerBenchmark() {}

  public static void main(String[] arguments) {
    ByteBuffer request =
        direct(
            http(
                """
                GET /plaintext HTTP/1.1
                Host: localhost
                User-Agent: wrk
                Accept: text/plain
                Connection: keep-alive

                """));
    ByteBuffer response =
        direct(
            http(
                """
                HTTP/1.1 200 OK
                Date: Mon, 20 Nov 2025 11:38:00 GMT
                Content-Type: text/plain
                Content-Length: 13

                Hello, World!\
                """));
    HttpTracker small = tracker();
    measure(
        "small GET, request and response",
        2_000_000,
        () -> {
          small.request(request.rewind());
          small.response(response.rewind());
        });
    HttpTracker large = tracker();
    large.request(request.rewind());
    large.response(direct("HTTP/1.1 200 OK\r\nContent-Length: 900000000000000000\r\n\r\n"));
    ByteBuffer body = ByteBuffer.allocateDirect(64 << 10);
    measure("64 KiB of a sized body", 100_000, () -> large.response(body.clear()));
    HttpTracker chunked = tracker();
    chunked.request(request.rewind());
    chunked.response(direct("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    ByteBuffer chunk = ByteBuffer.allocateDirect(8 << 10);
    chunk.put(bytes("1ff8\r\n")).position(6 + 0x1ff8).put(bytes("\r\n")).flip();
    measure("8 KiB chunk", 500_000, () -> chunked.response(chunk.rewind()));
  }

  private static void measure(String what, int times, Runnable work) {
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < times; i++) {
        work.run();
      }
      best = Math.min(best, System.nanoTime() - start);
    }
    System.out.printf("%s: %d ns%n", what, best / times);
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = bytes(text);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
