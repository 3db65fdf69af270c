package dev.baton.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Counts the sockets of this network namespace that listen on a port, on any address.
 *
 * <p>The kernel is asked through {@code sock_diag(7)}, which looks at the port's listeners only.
 * {@code /proc/net/tcp} has the listeners first, but the kernel fills the reader's whole buffer and
 * for that walks its table of established connections: milliseconds and some megabytes of cache
 * each time, on a machine with much memory, too much for something that is done every second. It is
 * read only where a kernel has no {@code sock_diag}.
 */
final class ListenerCount {

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int NETLINK_SOCK_DIAG = 4;

  private static final short SOCK_DIAG_BY_FAMILY = 20;
  private static final short NLMSG_ERROR = 2;
  private static final short NLMSG_DONE = 3;

  /** NLM_F_REQUEST, NLM_F_DUMP. */
  private static final short REQUEST_DUMP = 0x301;

  /** 1 shifted by TCP_LISTEN. */
  private static final int LISTENING = 1 << 10;

  /** {@code struct nlmsghdr} and {@code struct inet_diag_req_v2}. */
  private static final int REQUEST_LENGTH = 16 + 56;

  /** Where the request's fields are: the kind of message, the family, and so on. */
  private static final int TYPE = 4;

  private static final int FLAGS = 6;
  private static final int FAMILY = 16;
  private static final int PROTOCOL = 17;
  private static final int STATES = 20;
  private static final int SOURCE_PORT = 24;

  /** The kernel sends no larger piece at once. */
  private static final int ANSWER_LENGTH = 32 << 10;

  private static final int NOT_AVAILABLE = -1;

  private ListenerCount() {}

  /** Counts. */
  static int of(int port) throws LinuxException {
    int asked = ask(port);
    return asked == NOT_AVAILABLE ? read(port) : asked;
  }

  /** Through {@code sock_diag}; {@link #NOT_AVAILABLE} if the kernel or a sandbox has none. */
  static int ask(int port) throws LinuxException {
    int fd = SystemCalls.socket(AF_NETLINK, SOCK_RAW | SystemCalls.SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) {
      return NOT_AVAILABLE;
    }
    try (Memory memory = new Memory(ANSWER_LENGTH)) {
      int four = ask(fd, memory, SystemCalls.AF_INET, port);
      int six = ask(fd, memory, SystemCalls.AF_INET6, port);
      return four == NOT_AVAILABLE ? NOT_AVAILABLE : four + Math.max(six, 0);
    } finally {
      RawSocket.close(fd);
    }
  }

  private static int ask(int fd, Memory memory, int family, int port) {
    long address = Pointer.nativeValue(memory);
    memory.clear(REQUEST_LENGTH);
    memory.setInt(0, REQUEST_LENGTH);
    memory.setShort(TYPE, SOCK_DIAG_BY_FAMILY);
    memory.setShort(FLAGS, REQUEST_DUMP);
    memory.setByte(FAMILY, (byte) family);
    memory.setByte(PROTOCOL, (byte) SystemCalls.IPPROTO_TCP);
    memory.setInt(STATES, LISTENING);
    memory.setByte(SOURCE_PORT, (byte) (port >> 8));
    memory.setByte(SOURCE_PORT + 1, (byte) port);
    if (SystemCalls.send(fd, address, REQUEST_LENGTH, 0) != REQUEST_LENGTH) {
      return NOT_AVAILABLE;
    }
    int count = 0;
    while (true) {
      int length = (int) SystemCalls.recv(fd, address, ANSWER_LENGTH, 0);
      if (length < 0 && SystemCalls.errno() == Errno.EINTR) {
        continue;
      }
      if (length <= 0) {
        return NOT_AVAILABLE;
      }
      int at = 0;
      while (at + TYPE + Short.BYTES <= length) {
        short type = memory.getShort(at + TYPE);
        if (type == NLMSG_DONE) {
          return count;
        }
        if (type == NLMSG_ERROR) {
          return NOT_AVAILABLE;
        }
        count++;
        at += (memory.getInt(at) + 3) & ~3;
      }
    }
  }

  /** From {@code /proc}. */
  static int read(int port) throws LinuxException {
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    return read("/proc/thread-self/net/tcp", suffix) + read("/proc/thread-self/net/tcp6", suffix);
  }

  /** The kernel lists the listeners first. */
  private static int read(String table, String port) throws LinuxException {
    int count = 0;
    try (BufferedReader lines = Files.newBufferedReader(Path.of(table))) {
      lines.readLine(); // the heading
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] fields = line.strip().split(" +", 5);
        if (!fields[3].equals("0A")) {
          break;
        }
        if (fields[1].endsWith(port)) {
          count++;
        }
      }
    } catch (NoSuchFileException e) {
      return 0; // a kernel without IPv6
    } catch (IOException e) {
      throw new LinuxException("read " + table + ": " + e.getMessage(), Errno.EINVAL);
    }
    return count;
  }
}
