package dev.baton.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Native memory in which {@link TcpConnection#extract(QueueRoom, int)} looks at a send queue, and
 * keeps the end of it that is not to travel: megabytes that nobody needs unless the move fails.
 * Worth using again, since memory that is new to the process costs more than the copy. Not
 * thread-safe.
 */
public final class QueueRoom implements AutoCloseable {
  private @Nullable Memory memory;
  private int restFrom;
  private int restLength;

  /** An empty room. It grows with the queues it sees. */
  public QueueRoom() {}

  /** The address of that many bytes; what was kept is forgotten. */
  long address(int bytes) {
    restLength = 0;
    Memory have = memory;
    if (have == null || have.size() < bytes) {
      close();
      have = new Memory(bytes);
      memory = have;
    }
    return Pointer.nativeValue(have);
  }

  /** Copies bytes out. */
  byte[] copy(int from, int length) {
    return memory == null || length == 0 ? Repair.EMPTY : memory.getByteArray(from, length);
  }

  /** Keeps what is there. */
  void keep(int from, int length) {
    restFrom = from;
    restLength = length;
  }

  /** How many bytes at the queue's end the image lacks. */
  public int restLength() {
    return restLength;
  }

  /** Returns the bytes at the queue's end that the image lacks, until the next extraction. */
  public byte[] rest() {
    return copy(restFrom, restLength);
  }

  /** Frees the memory. The room can be used again. */
  @Override
  public void close() {
    if (memory != null) {
      memory.close();
      memory = null;
    }
    restLength = 0;
  }
}
