package dev.baton.it.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Many random bytes on their way over one TCP connection between two hosts. */
final class Stream implements AutoCloseable {

  private static final int SILENCE_MILLIS = 20_000;
  private static final long PATIENCE_SECONDS = 30;

  private final byte[] content;
  private final byte[] received;
  private final Socket sender;
  private final Socket receiver;
  private final FutureTask<Long> receiving = new FutureTask<>(this::receive);
  private volatile int progress;

  private Stream(byte[] content, Socket sender, Socket receiver) {
    this.content = content;
    this.received = new byte[content.length];
    this.sender = sender;
    this.receiver = receiver;
  }

  /** Connects the receiver to an address of the sender, and begins to send. */
  static Stream start(Host from, InetAddress address, Host to, int bytes)
      throws IOException, InterruptedException {
    byte[] content = new byte[bytes];
    new SplittableRandom(bytes).nextBytes(content);
    try (ServerSocket listener = from.call(() -> new ServerSocket(0, 1, address))) {
      Socket receiver = to.call(() -> new Socket(address, listener.getLocalPort()));
      receiver.setSoTimeout(SILENCE_MILLIS);
      Stream stream = new Stream(content, listener.accept(), receiver);
      new Thread(stream.receiving, "receiver").start();
      Thread sending = new Thread(stream::send, "sender");
      sending.setDaemon(true);
      sending.start();
      return stream;
    }
  }

  private void send() {
    try (OutputStream out = sender.getOutputStream()) {
      out.write(content);
    } catch (IOException e) {
      receiving.cancel(true);
    }
  }

  private Long receive() throws IOException {
    long start = System.nanoTime();
    InputStream in = receiver.getInputStream();
    int position = 0;
    while (position < received.length) {
      int n = in.read(received, position, received.length - position);
      if (n < 0) {
        throw new IOException("it ended after %,d bytes".formatted(position));
      }
      position += n;
      progress = position;
    }
    return System.nanoTime() - start;
  }

  /** Bytes received so far. */
  int progress() {
    return progress;
  }

  /** Waits for the end; returns how long it took, in nanoseconds. */
  long finish() throws IOException, InterruptedException {
    try {
      return receiving.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("failed after %,d bytes".formatted(progress), e);
    }
  }

  /** Whether exactly what was sent has been received. */
  boolean isExact() {
    return Arrays.equals(content, received);
  }

  @Override
  public void close() throws IOException {
    sender.close();
    receiver.close();
  }
}
