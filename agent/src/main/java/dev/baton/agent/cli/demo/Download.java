package dev.baton.agent.cli.demo;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client like any other: one socket, one GET, read at a steady rate. Its receive buffer is small,
 * so that it has nothing to live on when the server stops sending, and it measures how long it ever
 * waits for a byte.
 */
final class Download implements Closeable {
  private static final int RECEIVE_BUFFER = 64 << 10;
  private static final int STEP = 16 << 10;
  private static final int CONNECT_MILLIS = 5_000;
  private static final int SILENCE_MILLIS = 30_000;
  private static final int LONGEST_HEADER = 16 << 10;
  private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final Pattern OK = Pattern.compile("HTTP/1\\.1 200 .*", Pattern.DOTALL);
  private static final Pattern LENGTH =
      Pattern.compile("\r\ncontent-length: *(\\d+)\r\n", Pattern.CASE_INSENSITIVE);

  private final Socket socket;
  private final long bytesPerSecond;
  private final Thread thread = new Thread(this::receive, "demo-client");
  private final MessageDigest digest = DemoFile.newDigest();
  private int connections;
  private long total;
  private String sha256 = "";
  private long received;
  private long limit = Long.MAX_VALUE;
  private long longestWaitNanos;
  private long recentWaitNanos;
  private boolean ended;
  private @Nullable IOException failure;

  private Download(long bytesPerSecond) {
    this.socket = new Socket();
    this.bytesPerSecond = bytesPerSecond;
    thread.setDaemon(true);
  }

  /**
   * Connects, asks, and begins to receive on a thread of its own.
   *
   * @param path what to ask for
   * @param bytesPerSecond how fast to read; positive
   * @throws IOException if the answer does not begin as it should
   */
  static Download start(InetSocketAddress server, String path, long bytesPerSecond)
      throws IOException {
    Download download = new Download(bytesPerSecond);
    try {
      download.connect(server);
      download.ask(server, path);
    } catch (IOException | RuntimeException e) {
      download.close();
      throw e;
    }
    download.thread.start();
    return download;
  }

  /** The client's port. */
  int localPort() {
    return socket.getLocalPort();
  }

  /** How many connections it has made. */
  int connections() {
    return connections;
  }

  /** How long the body is, as the server said. */
  long total() {
    return total;
  }

  /** How much of the body has arrived. */
  synchronized long received() {
    return received;
  }

  /** Whether there is nothing more to come. */
  synchronized boolean ended() {
    return ended;
  }

  /** The longest time ever spent waiting for the next byte of the body. */
  synchronized long longestWaitNanos() {
    return longestWaitNanos;
  }

  /** As {@link #longestWaitNanos}, since the last call of this. */
  synchronized long recentWaitNanos() {
    long recent = recentWaitNanos;
    recentWaitNanos = 0;
    return recent;
  }

  /** Does not read beyond an offset of the body until told otherwise. */
  synchronized void limit(long offset) {
    limit = offset;
    notifyAll();
  }

  /**
   * Waits until an offset of the body has arrived, or the end.
   *
   * @throws IOException if the connection broke
   */
  synchronized void await(long offset) throws IOException, InterruptedException {
    while (!ended && received < offset) {
      wait();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Waits until all has arrived.
   *
   * @return the digest of the body
   * @throws IOException if the connection broke
   */
  String awaitEnd() throws IOException, InterruptedException {
    await(Long.MAX_VALUE);
    return sha256;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void connect(InetSocketAddress server) throws IOException {
    socket.setReceiveBufferSize(RECEIVE_BUFFER);
    socket.setSoTimeout(SILENCE_MILLIS);
    socket.connect(server, CONNECT_MILLIS);
    connections++;
  }

  private void ask(InetSocketAddress server, String path) throws IOException {
    String request =
        "GET "
            + path
            + " HTTP/1.1\r\nHost: localhost:"
            + server.getPort()
            + "\r\n"
            + "User-Agent: baton-demo\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    String header = header(socket.getInputStream());
    Matcher length = LENGTH.matcher(header);
    if (!OK.matcher(header).matches() || !length.find()) {
      throw new IOException(
          "the server's answer is not the file: " + header.lines().findFirst().orElse("nothing"));
    }
    total = Long.parseLong(length.group(1));
  }

  private static String header(InputStream in) throws IOException {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    int end = 0; // how much of the empty line that ends it has been seen
    while (end < 4) {
      int b = in.read();
      if (b < 0 || header.size() > LONGEST_HEADER) {
        throw new IOException("the server's answer has no header");
      }
      header.write(b);
      end = b == "\r\n\r\n".charAt(end) ? end + 1 : b == '\r' ? 1 : 0;
    }
    return header.toString(StandardCharsets.ISO_8859_1);
  }

  private void receive() {
    try {
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[STEP];
      long begun = System.nanoTime();
      long count = 0;
      while (count < total) {
        awaitLimit(count);
        long due = begun + (long) (count * 1e9 / bytesPerSecond);
        long early = due - System.nanoTime();
        if (early < -LATE_NANOS) {
          begun -= early + LATE_NANOS; // what was missed is not made up for by a burst
        }
        parkNanos(early);
        long asked = System.nanoTime();
        int n = in.read(buffer, 0, (int) Math.min(STEP, total - count));
        long waited = System.nanoTime() - asked;
        if (n < 0) {
          throw new EOFException("the connection ended");
        }
        digest.update(buffer, 0, n);
        count += n;
        note(n, waited);
      }
      end(DemoFile.hex(digest), null);
    } catch (IOException e) {
      end(
          "",
          new IOException(
              "the client's download broke at byte " + received() + ": " + e.getMessage(), e));
    }
  }

  private synchronized void awaitLimit(long count) throws InterruptedIOException {
    try {
      while (count >= limit) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }

  private static void parkNanos(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private synchronized void note(int bytes, long waitedNanos) {
    received += bytes;
    longestWaitNanos = Math.max(longestWaitNanos, waitedNanos);
    recentWaitNanos = Math.max(recentWaitNanos, waitedNanos);
    notifyAll();
  }

  private synchronized void end(String sha256, @Nullable IOException failure) {
    this.sha256 = sha256;
    this.failure = failure;
    ended = true;
    notifyAll();
  }
}
