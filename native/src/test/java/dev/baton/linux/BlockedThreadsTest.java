package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BlockedThreadsTest {

  private static final int LARGE = 16 << 20;

  private static <T> CompletableFuture<T> inThread(Callable<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(action.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  private static void interruptOne(int fd) {
    await().atMost(Duration.ofSeconds(10)).until(() -> BlockedThreads.interrupt(fd) == 1);
  }

  /** Until the send queue no longer grows. */
  private static void awaitBackPressure(TcpConnection connection) {
    int[] before = {-1};
    await()
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              int queued = connection.queued();
              boolean still = queued > 0 && queued == before[0];
              before[0] = queued;
              return still;
            });
  }

  @Test
  void blockedChannelWriteReturnsExactlyWhatTheKernelHasTaken() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4_MAPPED);
        TcpConnection connection = pair.connection()) {
      CompletableFuture<Integer> write =
          inThread(() -> pair.server().write(ByteBuffer.allocateDirect(LARGE)));
      awaitBackPressure(connection);
      connection.freeze();
      interruptOne(Descriptors.of(pair.server()));
      int written = write.get(5, TimeUnit.SECONDS);
      assertThat(written).isBetween(1, LARGE - 1);
      assertThat(connection.sentPosition()).isEqualTo(written);
    }
  }

  @Test
  void channelWriteBlockedDuringReleaseReturnsExactlyWhatTheKernelHasTaken() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
        TcpConnection connection = pair.connection()) {
      CompletableFuture<Integer> write =
          inThread(() -> pair.server().write(ByteBuffer.allocateDirect(LARGE)));
      awaitBackPressure(connection);
      connection.freeze();
      long taken = connection.sentPosition();
      connection.release();
      assertThat(write.get(5, TimeUnit.SECONDS)).isEqualTo((int) taken);
    }
  }

  @Test
  void blockedChannelReadGoesOnAfterwards() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4)) {
      CompletableFuture<byte[]> read = inThread(() -> Loopback.read(pair.server(), 3));
      interruptOne(Descriptors.of(pair.server())); // and now it waits in poll
      Loopback.write(pair.client(), new byte[] {1, 2, 3});
      assertThat(read.get(5, TimeUnit.SECONDS)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void socketStreamsLoseNothingHoweverOftenTheyAreInterrupted() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket listener = new ServerSocket(0, 1, loopback);
        Socket client = new Socket(loopback, listener.getLocalPort());
        Socket server = listener.accept()) {
      int fd = Descriptors.of(server);
      CompletableFuture<Integer> read = inThread(() -> server.getInputStream().read());
      interruptOne(fd);
      client.getOutputStream().write(42);
      assertThat(read.get(5, TimeUnit.SECONDS)).isEqualTo(42);

      byte[] bytes = new Stream(3).bytes(0, LARGE);
      CompletableFuture<Void> write =
          inThread(
              () -> {
                server.getOutputStream().write(bytes);
                server.shutdownOutput();
                return null;
              });
      interruptOne(fd);
      AtomicBoolean done = new AtomicBoolean();
      CompletableFuture<Integer> interrupted = inThread(() -> interruptUntil(done, fd));
      assertThat(Arrays.equals(client.getInputStream().readAllBytes(), bytes)).isTrue();
      done.set(true);
      write.get(5, TimeUnit.SECONDS);
      assertThat(interrupted.get(5, TimeUnit.SECONDS)).isNotNegative();
    }
  }

  private static int interruptUntil(AtomicBoolean done, int fd) throws IOException {
    int count = 0;
    while (!done.get()) {
      count += BlockedThreads.interrupt(fd);
    }
    return count;
  }

  @Test
  void nobodyIsInterruptedWhenNobodyIsBlocked() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6)) {
      CompletableFuture<byte[]> other = inThread(() -> Loopback.read(pair.client(), 1));
      assertThat(BlockedThreads.interrupt(Descriptors.of(pair.server()))).isZero();
      Loopback.write(pair.server(), new byte[] {7});
      assertThat(other.get(5, TimeUnit.SECONDS)).containsExactly(7);
    }
  }
}
