package dev.baton.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket of Baton's own on a free port of the loopback address. The server in this JVM
 * knows nothing of it, and no hook sees its connections. Owns its descriptor. {@link #accept} is
 * for one thread; {@link #close} only after that thread has left it.
 */
public final class OwnListener implements AutoCloseable {
  private static final int BACKLOG = 128;

  private final int fd;
  private final Listener listener;

  private OwnListener(int fd, Listener listener) {
    this.fd = fd;
    this.listener = listener;
  }

  /**
   * Begins to listen.
   *
   * @throws LinuxException if the loopback address cannot be used, or CAP_NET_ADMIN is missing
   */
  public static OwnListener open() throws LinuxException {
    int fd = RawSocket.open(SystemCalls.AF_INET, SystemCalls.SOCK_NONBLOCK);
    try {
      RawSocket.bind(
          fd,
          SystemCalls.AF_INET,
          new InetSocketAddress(SocketAddresses.of(new byte[] {127, 0, 0, 1}, 0), 0));
      if (SystemCalls.listen(fd, BACKLOG) != 0) {
        throw RawSocket.failure("listen", fd);
      }
      return new OwnListener(fd, Listener.of(fd, 0));
    } catch (LinuxException | RuntimeException e) {
      RawSocket.close(fd);
      throw e;
    }
  }

  /** Returns the listener that handoffs guard and knock at; it ends with this object. */
  public Listener listener() {
    return listener;
  }

  /**
   * Accepts a connection.
   *
   * @return the only handle on it, owned by the caller; null if none came in time
   */
  public @Nullable TcpConnection accept(long timeoutMillis) throws IOException {
    if (!RawSocket.poll(fd, SystemCalls.POLLIN, TimeUnit.MILLISECONDS.toNanos(timeoutMillis))) {
      return null;
    }
    int accepted =
        SystemCalls.accept4(fd, 0, 0, SystemCalls.SOCK_CLOEXEC | SystemCalls.SOCK_NONBLOCK);
    if (accepted < 0) {
      if (SystemCalls.errno() == Errno.EAGAIN) {
        return null; // gone again
      }
      throw RawSocket.failure("accept4", fd);
    }
    try {
      TcpConnection.dropInheritedFilter(accepted);
      return TcpConnection.of(accepted);
    } finally {
      RawSocket.close(accepted);
    }
  }

  @Override
  public void close() {
    RawSocket.close(fd);
  }
}
