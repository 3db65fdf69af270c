package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A client of {@link NumberNode}s that looks at every line, over one connection. */
final class NumberClient implements AutoCloseable {
  private static final int LINE = 16;
  private static final int STALL_MILLIS = 20_000;

  private final Socket socket;
  private final AtomicLong received = new AtomicLong();

  /** The most it reads in a millisecond. */
  private volatile int linesPerMilli;

  NumberClient(InetSocketAddress server, int linesPerMilli) throws IOException {
    this.linesPerMilli = linesPerMilli;
    socket = new Socket();
    socket.setReceiveBufferSize(256 << 10);
    socket.setSoTimeout(STALL_MILLIS);
    socket.connect(server, STALL_MILLIS);
  }

  /** As a node names it. */
  String name() {
    return socket.getLocalSocketAddress().toString();
  }

  /** Reads as fast as it can from now on. */
  void hurry() {
    linesPerMilli = Integer.MAX_VALUE;
  }

  /**
   * Downloads and compares, until the server ends the connection.
   *
   * @param lines how many lines there are to be
   */
  CompletableFuture<Void> download(long lines) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            read(lines);
          } catch (IOException e) {
            throw new CompletionException("after " + received + " bytes", e);
          }
        },
        task -> new Thread(task, "number client").start());
  }

  private void read(long lines) throws IOException {
    String request = "GET /" + lines * LINE + " HTTP/1.1\r\nHost: numbers\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    String head = in.readLine();
    while (head != null && !head.isEmpty()) {
      head = in.readLine();
    }
    for (long number = 0; number < lines; number++) {
      String line = in.readLine();
      if (line == null || line.length() != LINE - 1 || Long.parseLong(line) != number) {
        throw new IOException("line " + number + " is '" + line + "'");
      }
      received.addAndGet(LINE);
      if (number % linesPerMilli == 0) {
        LockSupport.parkNanos(1_000_000);
      }
    }
    assertThat(in.read()).as("more than was asked for").isEqualTo(-1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
