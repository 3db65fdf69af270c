package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;
import java.nio.charset.StandardCharsets;

/**
 * A network interface whose other end is this process: what the kernel sends there is read here as
 * whole IP packets, what is written here the kernel receives. It ends with the process.
 *
 * <p>Every packet has a {@code struct virtio_net_hdr} of {@value #HEADER} bytes in front, in native
 * byte order. With it the kernel leaves checksums and the division of a TCP stream into segments to
 * whoever has the packet last: one read gives up to 64 KB, and so may one write. Not thread-safe.
 */
public final class TunDevice implements AutoCloseable {

  /** The length of what is in front of each packet. */
  public static final int HEADER = 10;

  /** What {@link #read} and {@link #write} return if there is nothing, or no room, now. */
  public static final int EMPTY = 0;

  /** What {@link #read} and {@link #write} return if the interface is gone or down. */
  public static final int GONE = -1;

  private static final long TUNSETIFF = 0x400454caL;
  private static final long TUNSETOFFLOAD = 0x400454d0L;
  private static final int IFF_TUN = 1;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;
  private static final int IFF_TUN_EXCL = 0x8000;
  private static final int TUN_F_CSUM = 1;
  private static final int TUN_F_TSO4 = 2;
  private static final int TUN_F_TSO6 = 4;
  private static final int TUN_F_TSO_ECN = 8;
  private static final int OFFLOADS = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  private static final int IFNAMSIZ = 16;
  private static final int IFREQ_LENGTH = 40;

  private final int fd;
  private final String name;

  private TunDevice(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /** Makes one in the network namespace of this thread. It is down. */
  static TunDevice create(String name) throws LinuxException {
    int fd = Calls.open("/dev/net/tun", Calls.O_RDWR | Calls.O_NONBLOCK | Calls.O_CLOEXEC);
    if (fd < 0) {
      throw Calls.failure("open(/dev/net/tun)");
    }
    try (Memory request = new Memory(IFREQ_LENGTH)) {
      byte[] text = name.getBytes(StandardCharsets.US_ASCII);
      request.clear();
      request.write(0, text, 0, text.length);
      request.setShort(IFNAMSIZ, (short) (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL));
      if (Calls.ioctl(fd, TUNSETIFF, Pointer.nativeValue(request)) != 0) {
        throw Calls.failure("make the TUN device " + name);
      }
      if (Calls.ioctl(fd, TUNSETOFFLOAD, OFFLOADS) != 0) {
        throw Calls.failure("set the offloads of " + name);
      }
      return new TunDevice(fd, name);
    } catch (LinuxException | RuntimeException e) {
      Calls.close(fd);
      throw e;
    }
  }

  int fd() {
    return fd;
  }

  String name() {
    return name;
  }

  /**
   * Reads one packet with its header, without waiting.
   *
   * @param address where to
   * @param room there; what does not fit is lost
   * @return the length of both, {@link #EMPTY} or {@link #GONE}
   */
  public int read(long address, int room) {
    return result(Calls.read(fd, address, room));
  }

  /**
   * Writes one packet with its header.
   *
   * @param address where both are
   * @param length of both
   * @return the length, {@link #EMPTY}, or {@link #GONE}, also if the kernel finds fault with it
   */
  public int write(long address, int length) {
    return result(Calls.write(fd, address, length));
  }

  private static int result(long length) {
    if (length >= 0) {
      return (int) length;
    }
    int errno = Calls.errno();
    return errno == Calls.EAGAIN || errno == Calls.EINTR ? EMPTY : GONE;
  }

  @Override
  public void close() {
    Calls.close(fd);
  }
}
