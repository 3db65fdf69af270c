package dev.baton.it.net;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A network interface whose other end is this process: what its host sends is read here as whole IP
 * packets, what is written here its host receives. It disappears when it is closed.
 */
final class Tun implements Closeable {

  /** What {@link #read} returns if there is no packet now. */
  static final int EMPTY = 0;

  /** What {@link #read} returns if there will be none any more. */
  static final int GONE = -1;

  private static final long TUNSETIFF = 0x400454caL;
  private static final short IFF_TUN = 1;
  private static final short IFF_NO_PI = 0x1000;
  private static final int NAME_LENGTH = 16;

  private final int fd;

  private Tun(int fd) {
    this.fd = fd;
  }

  /** Makes one in the network namespace of this thread. */
  static Tun create(String name) throws IOException {
    int fd =
        Calls.checked(
            Calls.open("/dev/net/tun", Calls.O_RDWR | Calls.O_NONBLOCK | Calls.O_CLOEXEC),
            "open(/dev/net/tun)");
    ByteBuffer request = Calls.scratch();
    request.put(0, name.getBytes(StandardCharsets.US_ASCII));
    request.putShort(NAME_LENGTH, (short) (IFF_TUN | IFF_NO_PI));
    if (Calls.ioctl(fd, TUNSETIFF, Calls.address(request)) < 0) {
      IOException failure = Calls.failure("ioctl(TUNSETIFF, " + name + ")");
      Calls.close(fd);
      throw failure;
    }
    return new Tun(fd);
  }

  int fd() {
    return fd;
  }

  /** Reads one packet; returns its length, {@link #EMPTY} or {@link #GONE}. */
  int read(long address, int room) {
    long length = Calls.read(fd, address, room);
    if (length > 0) {
      return (int) length;
    }
    return Calls.errno() == Calls.EAGAIN ? EMPTY : GONE;
  }

  /** Writes one packet; returns whether the host took it, which it does not if it is down. */
  boolean write(long address, int length) {
    return Calls.write(fd, address, length) == length;
  }

  @Override
  public void close() {
    Calls.close(fd);
  }
}
