package dev.baton.linux;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The knocking end of a connection to this host's own server: a plain TCP client that never blocks
 * longer than it is told, and that leaves unread what it does not want yet. Owns its descriptor.
 * Not thread-safe, except {@link #close}.
 */
public final class ClientSocket implements AutoCloseable {

  private int fd;

  ClientSocket(int fd) {
    this.fd = fd;
  }

  /**
   * Reads what is there, waiting for the first byte.
   *
   * @param into a direct buffer is not copied; its position advances
   * @param timeoutMillis 0 not to wait
   * @return the number of bytes read, 0 if nothing came in time or there is no room, −1 at the end
   *     of the stream
   * @throws LinuxException if the connection was reset (ECONNRESET)
   */
  public synchronized int read(ByteBuffer into, long timeoutMillis) throws LinuxException {
    if (!into.hasRemaining()) {
      return 0;
    }
    int got = Transfer.read(open(), into);
    if (got < 0 && timeoutMillis > 0 && poll(SystemCalls.POLLIN, timeoutMillis)) {
      got = Transfer.read(fd, into);
    }
    return got == 0 ? -1 : Math.max(0, got);
  }

  /**
   * Writes all.
   *
   * @param from a direct buffer is not copied; its position advances by what was written, also on
   *     failure
   * @param timeoutMillis how long the peer may take none of it
   * @throws LinuxException if the peer takes nothing for so long (ETIMEDOUT), or the connection is
   *     broken
   */
  public synchronized void write(ByteBuffer from, long timeoutMillis) throws LinuxException {
    while (from.hasRemaining()) {
      if (Transfer.write(open(), from) == 0 && !poll(SystemCalls.POLLOUT, timeoutMillis)) {
        throw new LinuxException(
            "send: " + from.remaining() + " bytes were not taken within " + timeoutMillis + " ms",
            Errno.ETIMEDOUT);
      }
    }
  }

  /** Returns the number of bytes received and not read. */
  public synchronized int unread() throws LinuxException {
    return RawSocket.queueLength(open(), SystemCalls.SIOCINQ);
  }

  /** Closes in the ordinary way. Does nothing the second time. */
  @Override
  public synchronized void close() {
    if (fd >= 0) {
      RawSocket.close(fd);
      fd = -1;
    }
  }

  private int open() {
    if (fd < 0) {
      throw new IllegalStateException("the socket is closed");
    }
    return fd;
  }

  private boolean poll(short event, long timeoutMillis) throws LinuxException {
    return RawSocket.poll(open(), event, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
  }
}
