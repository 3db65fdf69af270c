package dev.baton.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The paths every demo server answers, apart from {@code /files/NAME}, which each serves in its own
 * way.
 *
 * <table>
 *   <caption>Paths</caption>
 *   <tr><td>{@code /hello}</td><td>a few bytes</td></tr>
 *   <tr><td>{@code /name}</td><td>the server's name: who answers on this connection?</td></tr>
 *   <tr><td>{@code /chunked?bytes=N&seed=S}</td><td>generated, unknown length, written in irregular pieces</td></tr>
 *   <tr><td>{@code /trickle?bytes=N&rate=R&seed=S&since=T}</td><td>generated, known length, R bytes a second, as if asked
 *   for at T, in milliseconds of the epoch</td></tr>
 *   <tr><td>{@code /close-delimited?bytes=N&seed=S}</td><td>generated, ends when the connection does</td></tr>
 *   <tr><td>{@code /slow?millis=N&id=X}</td><td>answers after N ms</td></tr>
 *   <tr><td>{@code POST /count?id=X&millis=N}</td><td>counts, prints {@code counted X}, answers the count after N ms</td></tr>
 *   <tr><td>{@code GET /count}</td><td>the count</td></tr>
 * </table>
 */
final class Endpoints {

  private final Options options;
  private final AtomicLong count = new AtomicLong();

  Endpoints(Options options) {
    this.options = options;
  }

  /** Answers one request; 404 if the path is none of ours, 400 if a parameter is no number. */
  void handle(Exchange exchange) throws IOException {
    try {
      answer(exchange);
    } catch (NumberFormatException e) {
      text(exchange, 400, "not a number: " + e.getMessage() + "\n");
    }
  }

  private void answer(Exchange exchange) throws IOException {
    long bytes = exchange.parameter("bytes", 1 << 20);
    long millis = exchange.parameter("millis", 0);
    Content content = new Content(options.salt(), exchange.parameter("seed", 0));
    boolean head = exchange.method().equals("HEAD");
    switch (exchange.path()) {
      case "/hello" -> text(exchange, 200, "hello\n");
      case "/name" -> text(exchange, 200, options.name() + "\n");
      case "/slow" -> {
        pause(millis);
        text(exchange, 200, "slow " + exchange.parameter("id", "") + "\n");
      }
      case "/count" -> count(exchange, millis);
      case "/chunked" -> {
        OutputStream out = exchange.chunked();
        out.flush(); // Or a container would tell the length of a body it has not seen.
        if (!head) {
          content.writeIrregularlyTo(out, bytes);
        }
        out.close();
      }
      case "/trickle" -> {
        long rate = exchange.parameter("rate", 1 << 20);
        OutputStream out = exchange.sized(200, bytes);
        if (!head) {
          long since = exchange.parameter("since", 0);
          content.trickleTo(out, bytes, rate, since == 0 ? 0 : System.currentTimeMillis() - since);
        }
        out.close();
      }
      case "/close-delimited" -> {
        OutputStream out = exchange.untilClose();
        if (!head) {
          content.writeTo(out, bytes);
        }
        out.close();
      }
      default -> text(exchange, 404, "no such path\n");
    }
  }

  @SuppressWarnings("SystemOut") // The line is how an observer counts without asking over HTTP.
  private void count(Exchange exchange, long millis) throws IOException {
    if (exchange.method().equals("POST")) {
      long now = count.incrementAndGet();
      System.out.println("counted " + exchange.parameter("id", ""));
      exchange.body().transferTo(OutputStream.nullOutputStream());
      pause(millis);
      text(exchange, 200, now + "\n");
    } else {
      text(exchange, 200, count.get() + "\n");
    }
  }

  private static void text(Exchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    try (OutputStream out = exchange.sized(status, body.length)) {
      if (!exchange.method().equals("HEAD")) {
        out.write(body);
      }
    }
  }

  /** Lets time pass: what a slow application does. */
  static void pause(long millis) {
    pauseUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /**
   * Lets time pass until a moment.
   *
   * @param end on the scale of {@link System#nanoTime}
   */
  static void pauseUntil(long end) {
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
    }
  }
}
