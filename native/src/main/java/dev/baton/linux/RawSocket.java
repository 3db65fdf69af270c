package dev.baton.linux;

import static dev.baton.linux.SystemCalls.MSG_DONTWAIT;
import static dev.baton.linux.SystemCalls.MSG_NOSIGNAL;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * Socket calls on raw descriptor numbers, with errors as exceptions. The one place that builds
 * them. It never closes or keeps a descriptor unless asked to.
 */
final class RawSocket {

  private static final int VALUE = 0;
  private static final int LENGTH = Scratch.SIZE - 8;

  private RawSocket() {}

  static int open(int family, int flags) throws LinuxException {
    int fd =
        SystemCalls.socket(
            family,
            SystemCalls.SOCK_STREAM | SystemCalls.SOCK_CLOEXEC | flags,
            SystemCalls.IPPROTO_TCP);
    if (fd < 0) {
      throw new LinuxException(
          "socket(" + (family == SystemCalls.AF_INET ? "AF_INET" : "AF_INET6") + ")",
          SystemCalls.errno());
    }
    return fd;
  }

  static int duplicate(int fd) throws LinuxException {
    int copy = SystemCalls.fcntl(fd, SystemCalls.F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
      throw failure("fcntl(F_DUPFD_CLOEXEC)", fd);
    }
    return copy;
  }

  static boolean blocking(int fd) throws LinuxException {
    int flags = SystemCalls.fcntl(fd, SystemCalls.F_GETFL, 0);
    if (flags < 0) {
      throw failure("fcntl(F_GETFL)", fd);
    }
    return (flags & SystemCalls.O_NONBLOCK) == 0;
  }

  static int get(int fd, Option option) throws LinuxException {
    Scratch scratch = Scratch.get();
    get(fd, option, scratch, 4);
    return scratch.memory().getInt(VALUE);
  }

  static boolean isSet(int fd, Option option) throws LinuxException {
    return get(fd, option) != 0;
  }

  /**
   * Reads an option into the thread's scratch memory at offset 0.
   *
   * @return the length the kernel gave
   */
  static int get(int fd, Option option, Scratch scratch, int size) throws LinuxException {
    ByteBuffer memory = scratch.memory();
    memory.putInt(LENGTH, size);
    if (SystemCalls.getsockopt(
            fd, option.level, option.number, scratch.address(), scratch.address(LENGTH))
        != 0) {
      throw failure("getsockopt(" + option + ")", fd);
    }
    return memory.getInt(LENGTH);
  }

  static void set(int fd, Option option, int value) throws LinuxException {
    Scratch scratch = Scratch.get();
    scratch.memory().putInt(VALUE, value);
    set(fd, option, scratch.address(), 4);
  }

  static void set(int fd, Option option, boolean on) throws LinuxException {
    set(fd, option, on ? 1 : 0);
  }

  /** Sets an option from {@code length} bytes at an address. */
  static void set(int fd, Option option, long address, int length) throws LinuxException {
    if (SystemCalls.setsockopt(fd, option.level, option.number, address, length) != 0) {
      throw failure("setsockopt(" + option + ")", fd);
    }
  }

  /**
   * Sets a buffer size beyond the host's limit where that is permitted, within it otherwise:
   * forcing needs CAP_NET_ADMIN of the whole machine, which a container's root may not have.
   *
   * @param bytes as given to SO_SNDBUF: the kernel doubles it
   */
  static void setBufferSize(int fd, boolean send, int bytes) throws LinuxException {
    Scratch scratch = Scratch.get();
    scratch.memory().putInt(VALUE, bytes);
    Option force = send ? Option.SO_SNDBUFFORCE : Option.SO_RCVBUFFORCE;
    if (SystemCalls.setsockopt(fd, force.level, force.number, scratch.address(), 4) != 0) {
      set(fd, send ? Option.SO_SNDBUF : Option.SO_RCVBUF, bytes);
    }
  }

  /** One of the SIOC*Q requests. */
  static int queueLength(int fd, long request) throws LinuxException {
    Scratch scratch = Scratch.get();
    if (SystemCalls.ioctl(fd, request, scratch.address()) != 0) {
      throw failure("ioctl(0x" + Long.toHexString(request) + ")", fd);
    }
    return scratch.memory().getInt(VALUE);
  }

  static InetSocketAddress local(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    scratch.memory().putInt(LENGTH, SocketAddresses.MAX_LENGTH);
    if (SystemCalls.getsockname(fd, scratch.address(), scratch.address(LENGTH)) != 0) {
      throw failure("getsockname", fd);
    }
    return SocketAddresses.decode(scratch.memory());
  }

  static InetSocketAddress remote(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    scratch.memory().putInt(LENGTH, SocketAddresses.MAX_LENGTH);
    if (SystemCalls.getpeername(fd, scratch.address(), scratch.address(LENGTH)) != 0) {
      throw failure("getpeername", fd);
    }
    return SocketAddresses.decode(scratch.memory());
  }

  static void bind(int fd, int family, InetSocketAddress address) throws LinuxException {
    Scratch scratch = Scratch.get();
    int length = SocketAddresses.encode(scratch.memory(), family, address);
    if (SystemCalls.bind(fd, scratch.address(), length) != 0) {
      throw failure("bind(" + address + ")", fd);
    }
  }

  /**
   * Binds a socket that may be bound to that very address already. A socket bound to a port of its
   * choice keeps it when it is disconnected, another loses it; which of the two it is, the kernel
   * does not tell: getsockname gives the old port either way.
   */
  static void rebind(int fd, int family, InetSocketAddress address) throws LinuxException {
    try {
      bind(fd, family, address);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL || !local(fd).equals(address)) {
        throw e;
      }
    }
  }

  /**
   * Starts a connection.
   *
   * @return whether it was made at once; false means that it is in progress
   */
  static boolean connect(int fd, int family, InetSocketAddress address) throws LinuxException {
    Scratch scratch = Scratch.get();
    int length = SocketAddresses.encode(scratch.memory(), family, address);
    if (SystemCalls.connect(fd, scratch.address(), length) == 0) {
      return true;
    }
    if (SystemCalls.errno() == Errno.EINPROGRESS) {
      return false;
    }
    throw failure("connect(" + address + ")", fd);
  }

  /**
   * Undoes a connection: silently under repair or before it is established, with a reset otherwise.
   */
  static void disconnect(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    scratch.memory().putLong(0, SystemCalls.AF_UNSPEC).putLong(8, 0);
    if (SystemCalls.connect(fd, scratch.address(), 16) != 0) {
      throw failure("connect(AF_UNSPEC)", fd);
    }
  }

  /** Sends without blocking; returns the bytes taken, 0 if there is no room now. */
  static int send(int fd, long address, int length) throws LinuxException {
    while (true) {
      long sent = SystemCalls.send(fd, address, length, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent >= 0) {
        return (int) sent;
      }
      int errno = SystemCalls.errno();
      if (errno == Errno.EAGAIN) {
        return 0;
      }
      if (errno != Errno.EINTR) {
        throw failure("send", fd, errno);
      }
    }
  }

  /**
   * Receives without blocking; returns the bytes given, 0 at the end of the stream, −1 if there is
   * nothing now.
   */
  static int receive(int fd, long address, int length, int flags) throws LinuxException {
    while (true) {
      long received = SystemCalls.recv(fd, address, length, flags | MSG_DONTWAIT);
      if (received >= 0) {
        return (int) received;
      }
      int errno = SystemCalls.errno();
      if (errno == Errno.EAGAIN) {
        return -1;
      }
      if (errno != Errno.EINTR) {
        throw failure((flags & SystemCalls.MSG_PEEK) != 0 ? "recv(MSG_PEEK)" : "recv", fd, errno);
      }
    }
  }

  /**
   * Waits for one event on one descriptor.
   *
   * @param timeoutNanos rounded up to milliseconds
   * @return whether the event, an error or a hang-up came in time
   */
  static boolean poll(int fd, short events, long timeoutNanos) throws LinuxException {
    long deadline = System.nanoTime() + timeoutNanos;
    Scratch scratch = Scratch.get();
    ByteBuffer memory = scratch.memory();
    while (true) {
      memory.putInt(0, fd).putShort(4, events).putShort(6, (short) 0);
      long left = Math.max(0, deadline - System.nanoTime());
      int millis = (int) Math.min(Integer.MAX_VALUE, (left + 999_999) / 1_000_000);
      int ready = SystemCalls.poll(scratch.address(), 1, millis);
      if (ready > 0) {
        return true;
      }
      if (ready < 0 && SystemCalls.errno() != Errno.EINTR) {
        throw failure("poll", fd);
      }
      if (deadline - System.nanoTime() <= 0) {
        return false;
      }
    }
  }

  /** Closes a descriptor of ours. There is nothing sensible to do if that fails. */
  static void close(int fd) {
    SystemCalls.close(fd);
  }

  static LinuxException failure(String call, int fd) {
    return failure(call, fd, SystemCalls.errno());
  }

  private static LinuxException failure(String call, int fd, int errno) {
    return new LinuxException(call + " on descriptor " + fd, errno);
  }
}
