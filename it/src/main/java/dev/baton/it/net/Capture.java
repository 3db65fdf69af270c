package dev.baton.it.net;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What one interface sends and receives, written to a file in the pcap format with nanoseconds. For
 * one thread.
 */
final class Capture implements Closeable {

  /** LINKTYPE_ETHERNET. */
  static final int ETHERNET = 1;

  /** LINKTYPE_RAW. */
  static final int RAW_IP = 101;

  static final String LOOPBACK = "lo";

  private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;

  /** The largest thing that passes an interface: segmentation may be left to the next one. */
  private static final int LARGEST = 256 << 10;

  private static final int BUFFER = 1 << 20;

  /** What may wait in the kernel, in bytes; it doubles that. */
  private static final int KERNEL_BUFFER = 128 << 20;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final short ETH_P_ALL = 3;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_STATISTICS = 6;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int SOCKADDR_LL = 20;
  private static final long SIOCGSTAMPNS = 0x8907;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;

  private final Path path;
  private final int fd;
  private final FileChannel file;
  private final ByteBuffer buffer = Calls.direct(BUFFER);
  private final ByteBuffer stamp = Calls.direct(2 * Long.BYTES);
  private final long address = Calls.address(buffer);
  private final long stampAddress = Calls.address(stamp);

  private Capture(Path path, int fd, FileChannel file) {
    this.path = path;
    this.fd = fd;
    this.file = file;
  }

  /** Begins to capture from an interface of this thread's network namespace. */
  static Capture start(String itsInterface, int linkType, Path path) throws IOException {
    int fd =
        Calls.checked(Calls.socket(AF_PACKET, SOCK_RAW | Calls.O_CLOEXEC, 0), "socket(AF_PACKET)");
    try {
      FileChannel file =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      Capture capture = new Capture(path, fd, file);
      capture.bind(itsInterface);
      capture.writeFileHeader(linkType);
      return capture;
    } catch (IOException e) {
      Calls.close(fd);
      throw e;
    }
  }

  private void bind(String itsInterface) throws IOException {
    ByteBuffer argument = Calls.scratch();
    long at = Calls.address(argument);
    argument.putInt(0, KERNEL_BUFFER);
    Calls.checked(Calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, at, Integer.BYTES), "SO_RCVBUF");
    if (itsInterface.equals(LOOPBACK)) {
      argument.putInt(0, 1); // What goes out comes in again.
      Calls.checked(
          Calls.setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, at, Integer.BYTES),
          "PACKET_IGNORE_OUTGOING");
    }
    Calls.ioctl(fd, SIOCGSTAMPNS, stampAddress); // Asks for stamps; there is none yet.
    argument
        .putShort(0, (short) AF_PACKET)
        .order(ByteOrder.BIG_ENDIAN)
        .putShort(2, ETH_P_ALL)
        .order(ByteOrder.nativeOrder())
        .putInt(4, Calls.if_nametoindex(itsInterface));
    Calls.checked(Calls.bind(fd, at, SOCKADDR_LL), "bind(" + itsInterface + ")");
  }

  private void writeFileHeader(int linkType) throws IOException {
    buffer.clear();
    buffer.putInt(MAGIC_NANOSECONDS).putShort((short) 2).putShort((short) 4);
    buffer.putInt(0).putInt(0).putInt(LARGEST).putInt(linkType);
    if (buffer.position() != FILE_HEADER) {
      throw new IllegalStateException("a file header of " + buffer.position() + " bytes");
    }
    flush();
  }

  int fd() {
    return fd;
  }

  /** Writes what has been captured until now. */
  void drain() throws IOException {
    while (true) {
      if (buffer.remaining() < RECORD_HEADER + LARGEST) {
        flush();
      }
      int at = buffer.position();
      long length = Calls.recv(fd, address + at + RECORD_HEADER, LARGEST, MSG_DONTWAIT | MSG_TRUNC);
      if (length < 0) {
        break; // Nothing more now; or the interface is down and said so, once.
      }
      int kept = (int) Math.min(length, LARGEST);
      Calls.ioctl(fd, SIOCGSTAMPNS, stampAddress);
      buffer.putInt((int) stamp.getLong(0)).putInt((int) stamp.getLong(Long.BYTES));
      buffer.putInt(kept).putInt((int) length);
      buffer.position(buffer.position() + kept);
    }
    flush();
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      file.write(buffer);
    }
    buffer.clear();
  }

  /** Writes the rest and ends. Says so if packets came faster than they could be written. */
  @Override
  @SuppressWarnings("SystemOut")
  public void close() throws IOException {
    try (file) {
      drain();
      stamp.putLong(0, Long.BYTES);
      ByteBuffer statistics = Calls.scratch();
      Calls.checked(
          Calls.getsockopt(
              fd, SOL_PACKET, PACKET_STATISTICS, Calls.address(statistics), stampAddress),
          "getsockopt(PACKET_STATISTICS)");
      int missing = statistics.getInt(Integer.BYTES);
      if (missing > 0) {
        System.err.printf("%s lacks %,d packets%n", path, missing);
      }
    } finally {
      Calls.close(fd);
    }
  }
}
