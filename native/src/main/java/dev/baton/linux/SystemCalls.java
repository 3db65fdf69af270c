package dev.baton.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The C library's entry points, bound directly: nothing but primitives crosses the border, so that
 * a call costs about what JNI costs. Pointers are addresses ({@code long}), structures are laid out
 * by the callers in {@link Scratch} memory. Each returns what the C function returns; after −1 the
 * reason is in {@link #errno()}.
 *
 * <p>{@code fcntl}, {@code ioctl} and {@code syscall} are variadic in C. On x86-64 and AArch64
 * Linux integers and pointers travel in the same registers either way, which is why they can be
 * bound with fixed arguments.
 */
final class SystemCalls {

  static final int AF_UNSPEC = 0;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int IPPROTO_TCP = 6;

  static final int F_GETFL = 3;
  static final int F_DUPFD_CLOEXEC = 1030;
  static final int O_NONBLOCK = 0x800;

  static final long SIOCINQ = 0x541B;
  static final long SIOCOUTQ = 0x5411;
  static final long SIOCOUTQNSD = 0x894B;

  static final int MSG_PEEK = 0x2;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;

  static final int SHUT_WR = 1;
  static final int SHUT_RDWR = 2;

  static final short POLLIN = 1;
  static final short POLLOUT = 4;

  static {
    Native.register(SystemCalls.class, NativeLibrary.getProcess());
  }

  private SystemCalls() {}

  /** The error number of this thread's last call here. */
  static int errno() {
    return Native.getLastError();
  }

  static native int socket(int family, int type, int protocol);

  static native int close(int fd);

  static native int fcntl(int fd, int command, int argument);

  static native int ioctl(int fd, long request, long argument);

  static native int getsockopt(int fd, int level, int option, long value, long length);

  static native int setsockopt(int fd, int level, int option, long value, int length);

  static native int bind(int fd, long address, int length);

  static native int listen(int fd, int backlog);

  static native int accept4(int fd, long address, long length, int flags);

  static native int connect(int fd, long address, int length);

  static native int getsockname(int fd, long address, long length);

  static native int getpeername(int fd, long address, long length);

  static native int shutdown(int fd, int how);

  static native long send(int fd, long buffer, long length, int flags);

  static native long recv(int fd, long buffer, long length, int flags);

  static native int poll(long fds, long count, int timeoutMillis);

  static native int getpid();

  static native int setpriority(int which, int who, int nice);

  static native long syscall(long number, long first, long second, long third);
}
