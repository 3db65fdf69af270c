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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Asks for {@code /hello} as often as the server answers, over several connections that stay open.
 * Runs in a JVM of its own: reads lines {@code PORT MILLIS} and answers each with the number of
 * requests.
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
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] response = new byte[4096];
      out.write(REQUEST);
      int length = firstResponse(in, response);
      while (System.nanoTime() < end) {
        out.write(REQUEST);
        // Equal requests get responses of equal length: the first told it.
        if (in.readNBytes(response, 0, length) != length || response[length - 2] != 'o') {
          throw new IOException("not the response expected");
        }
        requests.increment();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads the first response, which ends in {@code hello\n}; returns its length in bytes. */
  private static int firstResponse(InputStream in, byte[] into) throws IOException {
    int length = 0;
    while (!new String(into, 0, length, US_ASCII).endsWith("\r\n\r\nhello\n")) {
      int n = in.read(into, length, into.length - length);
      if (n <= 0) {
        throw new IOException("no response");
      }
      length += n;
    }
    return length;
  }
}
