package dev.baton.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A thread's piece of native memory for the small structures of one system call. What it holds is
 * valid until the same thread's next call into this package; nobody may keep it.
 */
final class Scratch {

  /** Room for one structure; {@code tcp_info}, the largest, has about 300 bytes. */
  static final int SIZE = 1024;

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  private final ByteBuffer memory = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder());
  private final long address = addressOf(memory);

  private Scratch() {}

  static Scratch get() {
    return OF_THREAD.get();
  }

  /** The memory, in native byte order; use absolute access only. */
  ByteBuffer memory() {
    return memory;
  }

  long address() {
    return address;
  }

  long address(int offset) {
    return address + offset;
  }

  /** The address of byte 0 of a direct buffer, whatever its position. */
  static long addressOf(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }
}
