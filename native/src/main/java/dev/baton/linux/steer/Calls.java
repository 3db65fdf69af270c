package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;

/**
 * The few system calls that this package needs, bound directly; structures are laid out by the
 * callers in {@link Memory}. {@code open} and {@code ioctl} are variadic in C; on x86-64 and
 * AArch64 that makes no difference.
 */
final class Calls {

  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_BRIDGE = 7;
  static final int AF_INET6 = 10;
  static final int AF_NETLINK = 16;
  static final int AF_PACKET = 17;
  static final int SOCK_STREAM = 1;
  static final int SOCK_RAW = 3;
  static final int O_RDWR = 2;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
  static final int SOL_SOCKET = 1;
  static final int SO_SNDBUF = 7;
  static final int SO_SNDBUFFORCE = 32;
  static final int SO_BINDTOIFINDEX = 62;
  static final int IPPROTO_IPV6 = 41;
  static final int IPPROTO_ICMPV6 = 58;
  static final int IPPROTO_RAW = 255;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;

  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EEXIST = 17;
  static final int EADDRINUSE = 98;
  static final int EADDRNOTAVAIL = 99;
  static final int EMSGSIZE = 90;
  static final int EOPNOTSUPP = 95;
  static final int ENETUNREACH = 101;
  static final int ETIMEDOUT = 110;

  static {
    Native.register(Calls.class, NativeLibrary.getProcess());
  }

  private Calls() {}

  /** Opens a socket that no child process inherits. */
  static int open(int family, int type, int protocol, String doing) throws LinuxException {
    int fd = socket(family, type | O_CLOEXEC, protocol);
    if (fd < 0) {
      throw failure(doing + ": socket");
    }
    return fd;
  }

  /** Binds to the first {@code length} bytes of an address; tells whether it was free. */
  static boolean bind(int fd, Memory address, int length, String doing) throws LinuxException {
    if (bind(fd, Pointer.nativeValue(address), length) == 0) {
      return true;
    }
    if (errno() == EADDRINUSE) {
      return false;
    }
    throw failure(doing + ": bind");
  }

  static int errno() {
    return Native.getLastError();
  }

  /** What the last call of this thread failed with. */
  static LinuxException failure(String doing) {
    return new LinuxException(doing, errno());
  }

  static native int socket(int family, int type, int protocol);

  private static native int bind(int fd, long address, int length);

  static native int setsockopt(int fd, int level, int option, long value, int length);

  static native long send(int fd, long buffer, long length, int flags);

  static native long sendto(
      int fd, long buffer, long length, int flags, long address, int addressLength);

  static native long recv(int fd, long buffer, long length, int flags);

  static native int sendmmsg(int fd, long messages, int count, int flags);

  static native int open(String path, int flags);

  static native int ioctl(int fd, long request, long argument);

  static native long read(int fd, long buffer, long length);

  static native long write(int fd, long buffer, long length);

  static native int poll(long fds, long count, int timeoutMillis);

  static native int eventfd(int initial, int flags);

  static native int close(int fd);
}
