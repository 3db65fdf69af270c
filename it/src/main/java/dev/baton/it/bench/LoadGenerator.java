package dev.baton.it.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Asks for {@code /hello} as often as the server answers, over several connections that stay open
 * as long as the server lets them. Runs in a JVM of its own: reads lines {@code PORT MILLIS} and
 * answers each with the number of requests.
 */
final class LoadGenerator {

  private static final int CONNECTIONS = 8;
  private static final byte[] REQUEST =
      "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);

  private LoadGenerator() {}

  /** Runs until its input ends. */
  @SuppressWarnings("SystemOut")
  public static void main(String... args) throws Exception {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      System.out.println(load(Integer.parseInt(words[0]), Long.parseLong(words[1])));
    }
  }

  private static long load(int port, long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    LongAdder requests = new LongAdder();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      Thread thread = new Thread(() -> ask(port, end, requests));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return requests.sum();
  }

  private static void ask(int port, long end, LongAdder requests) {
    try {
      while (System.nanoTime() < end) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
          socket.setTcpNoDelay(true);
          InputStream in = socket.getInputStream();
          OutputStream out = socket.getOutputStream();
          Response response = new Response();
          while (System.nanoTime() < end && !response.last) {
            out.write(REQUEST);
            response.read(in);
            requests.increment();
          }
        }
      }
    } catch (IOException e) {
      e.printStackTrace();
      System.exit(1); // A rate with failures in it is no rate.
    }
  }

  /** The least that tells where a response ends, and whether the server closes after it. */
  private static final class Response {

    private static final byte[] BODY = "\r\n\r\nhello\n".getBytes(US_ASCII);

    private final byte[] bytes = new byte[4096];
    private boolean last;

    void read(InputStream in) throws IOException {
      int length = 0;
      do {
        int n = in.read(bytes, length, bytes.length - length);
        if (n <= 0) {
          throw new IOException("the connection ended inside a response");
        }
        length += n;
      } while (!endsWithBody(length));
      last = new String(bytes, 0, length, US_ASCII).contains("Connection: close");
    }

    private boolean endsWithBody(int length) {
      return length >= BODY.length
          && Arrays.equals(bytes, length - BODY.length, length, BODY, 0, BODY.length);
    }
  }
}
