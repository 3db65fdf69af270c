package dev.baton.it.net;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The C library's functions the test bed calls, bound directly. The bed has its own, apart from
 * those of the code it tests: what measures is not to share the faults of what is measured.
 *
 * <p>Pointers are addresses. Each returns what the C function returns; after −1, {@link #failure}
 * says why. {@code open}, {@code ioctl} and {@code prctl} are variadic in C; on x86-64 and AArch64
 * that makes no difference.
 */
final class Calls {

  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
  static final short POLLIN = 1;

  static final int EAGAIN = 11;

  static {
    Native.register(Calls.class, NativeLibrary.getProcess());
  }

  private static final int SCRATCH = 64;
  private static final ThreadLocal<ByteBuffer> OF_THREAD =
      ThreadLocal.withInitial(() -> direct(SCRATCH));

  private Calls() {}

  static native int open(String path, int flags);

  static native int close(int fd);

  static native int setns(int fd, int type);

  static native int ioctl(int fd, long request, long argument);

  static native long read(int fd, long buffer, long length);

  static native long write(int fd, long buffer, long length);

  static native int ppoll(long fds, long count, long timeout, long signalMask);

  static native int eventfd(int initial, int flags);

  static native int sched_setscheduler(int thread, int policy, long parameter);

  static native int socket(int family, int type, int protocol);

  static native int bind(int fd, long address, int length);

  static native long recv(int fd, long buffer, long length, int flags);

  static native int setsockopt(int fd, int level, int option, long value, int length);

  static native int getsockopt(int fd, int level, int option, long value, long length);

  static native int if_nametoindex(String name);

  private static native long strerror(int error);

  static int errno() {
    return Native.getLastError();
  }

  /** What went wrong with this thread's last call, which was {@code call}. */
  static IOException failure(String call) {
    int error = errno();
    return new IOException(
        "%s: %s (errno %d)".formatted(call, new Pointer(strerror(error)).getString(0), error));
  }

  /** The descriptor or count that a call returned. */
  static int checked(int result, String call) throws IOException {
    if (result < 0) {
      throw failure(call);
    }
    return result;
  }

  /** Memory for one small structure, all zeros; this thread's until it asks for the next. */
  static ByteBuffer scratch() {
    ByteBuffer scratch = OF_THREAD.get();
    for (int i = 0; i < SCRATCH; i += Long.BYTES) {
      scratch.putLong(i, 0);
    }
    return scratch;
  }

  /** Memory of one's own, in native byte order; its address is good as long as it is kept. */
  static ByteBuffer direct(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  /** The address of byte 0 of a direct buffer. */
  static long address(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }
}
