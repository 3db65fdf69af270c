package dev.baton.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * Reading and writing Java buffers on raw descriptors, without blocking. Direct buffers are not
 * copied.
 */
final class Transfer {

  /** How much of a heap buffer is copied at a time. */
  private static final int CHUNK = 1 << 16;

  private Transfer() {}

  /**
   * Writes what the kernel takes and advances the position; returns the bytes written, 0 if there
   * is no room.
   */
  static int write(int fd, ByteBuffer bytes) throws LinuxException {
    if (bytes.isDirect()) {
      int sent = RawSocket.send(fd, Scratch.addressOf(bytes) + bytes.position(), bytes.remaining());
      bytes.position(bytes.position() + sent);
      return sent;
    }
    int length = Math.min(CHUNK, bytes.remaining());
    if (length == 0) {
      return 0;
    }
    try (Memory memory = new Memory(length)) {
      memory.getByteBuffer(0, length).put(bytes.duplicate().limit(bytes.position() + length));
      int sent = RawSocket.send(fd, Pointer.nativeValue(memory), length);
      bytes.position(bytes.position() + sent);
      return sent;
    }
  }

  /** As {@link #read}, into a direct buffer, and leaves the bytes where they are. */
  static int peek(int fd, ByteBuffer into) throws LinuxException {
    int seen =
        RawSocket.receive(
            fd, Scratch.addressOf(into) + into.position(), into.remaining(), SystemCalls.MSG_PEEK);
    into.position(into.position() + Math.max(0, seen));
    return seen;
  }

  /**
   * Reads what is there; returns the bytes read, 0 at the end of the stream, −1 if there is nothing
   * now.
   */
  static int read(int fd, ByteBuffer into) throws LinuxException {
    if (into.isDirect()) {
      int got =
          RawSocket.receive(fd, Scratch.addressOf(into) + into.position(), into.remaining(), 0);
      into.position(into.position() + Math.max(0, got));
      return got;
    }
    int length = Math.min(CHUNK, into.remaining());
    try (Memory memory = new Memory(Math.max(1, length))) {
      int got = RawSocket.receive(fd, Pointer.nativeValue(memory), length, 0);
      if (got > 0) {
        into.put(memory.getByteBuffer(0, got));
      }
      return got;
    }
  }
}
