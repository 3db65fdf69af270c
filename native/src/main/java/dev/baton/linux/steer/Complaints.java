package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;

/**
 * Gets a copy of each ICMPv6 "packet too big" and "parameter problem" that comes to this host (RFC
 * 4443 §3.2, §3.4); the kernel gets them as well. Not thread-safe. Needs CAP_NET_RAW.
 */
public final class Complaints implements AutoCloseable {

  private static final int ICMPV6_FILTER = 1;
  private static final int FILTER_LENGTH = 32;
  private static final int PACKET_TOO_BIG = 2;
  private static final int PARAMETER_PROBLEM = 4;

  private final int fd;

  private Complaints(int fd) {
    this.fd = fd;
  }

  static Complaints open() throws LinuxException {
    String doing = "receive ICMPv6 errors";
    int fd = Calls.open(Calls.AF_INET6, Calls.SOCK_RAW, Calls.IPPROTO_ICMPV6, doing);
    try (Memory blocked = new Memory(FILTER_LENGTH)) {
      blocked.setMemory(0, FILTER_LENGTH, (byte) 0xff);
      blocked.setInt(0, ~((1 << PACKET_TOO_BIG) | (1 << PARAMETER_PROBLEM)));
      long at = Pointer.nativeValue(blocked);
      if (Calls.setsockopt(fd, Calls.IPPROTO_ICMPV6, ICMPV6_FILTER, at, FILTER_LENGTH) != 0) {
        LinuxException failure = Calls.failure(doing + ": setsockopt(ICMPV6_FILTER)");
        Calls.close(fd);
        throw failure;
      }
    }
    return new Complaints(fd);
  }

  int fd() {
    return fd;
  }

  /**
   * Reads one ICMPv6 message, from its type on, without waiting; the kernel has checked its
   * checksum.
   *
   * @return its length, or 0 if there is none now
   */
  public int read(long address, int room) {
    long length = Calls.recv(fd, address, room, Calls.MSG_DONTWAIT);
    return (int) Math.max(0, length);
  }

  @Override
  public void close() {
    Calls.close(fd);
  }
}
