package dev.baton.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Brings this process's threads out of a blocking call on a descriptor, without closing it and
 * without losing a byte: a write that was under way returns the number of bytes the kernel has
 * taken, a read that had nothing yet fails with EINTR, after which the JDK repeats it.
 *
 * <p>That is what the JDK itself does when a channel is closed: it sends the thread a signal whose
 * handler does nothing. Which thread is where, the kernel tells in {@code
 * /proc/self/task/.../syscall}.
 */
public final class BlockedThreads {

  /**
   * Real-time signal 62, {@code SIGRTMAX - 2} in the C library's counting: the JDK's own, since JDK
   * 1.4.
   */
  private static final int WAKE_UP = 62;

  private static final Abi ABI = Abi.current();

  private static final Path STATUS = Path.of("/proc/self/status");

  /**
   * The numbers of the system calls that wait for a connection's bytes.
   *
   * @param first calls whose first argument is the descriptor
   * @param sendfile copies between its first two arguments
   * @param splice copies between its first and its third argument
   * @param tgkill sends a signal to one thread
   */
  private record Abi(Set<Long> first, long sendfile, long splice, long tgkill) {

    static Abi current() {
      return switch (System.getProperty("os.arch", "")) {
        case "amd64", "x86_64" ->
            new Abi(Set.of(0L, 1L, 19L, 20L, 44L, 45L, 46L, 47L), 40, 275, 234);
        case "aarch64" -> new Abi(Set.of(63L, 64L, 65L, 66L, 206L, 207L, 211L, 212L), 71, 76, 131);
        default -> new Abi(Set.of(), -1, -1, -1);
      };
    }

    boolean isIn(String[] call, int fd) {
      if (call.length < 4) {
        return false; // "running", or in no system call
      }
      long number = Long.parseLong(call[0]);
      if (first.contains(number)) {
        return is(call[1], fd);
      }
      if (number == sendfile) {
        return is(call[1], fd) || is(call[2], fd);
      }
      return number == splice && (is(call[1], fd) || is(call[3], fd));
    }

    /** Descriptors are 32 bits wide; the register may hold anything above. */
    private static boolean is(String argument, int fd) {
      return (int) Long.parseUnsignedLong(argument.substring(2), 16) == fd;
    }
  }

  private BlockedThreads() {}

  /**
   * Interrupts every thread of this process that is inside a read, write or transfer on a
   * descriptor. A thread that enters such a call after it was looked at is missed, so keep threads
   * from entering first, and ask again until none is left. A thread that has just left the call
   * gets a signal that does nothing.
   *
   * @param fd the number the threads use; a duplicate has another
   * @return how many were signalled
   * @throws IOException if {@code /proc} does not tell, on another processor than x86-64 and
   *     AArch64, or if the JDK has not installed its handler yet (then no thread of it can be
   *     blocked in a channel)
   */
  public static int interrupt(int fd) throws IOException {
    if (ABI.tgkill < 0) {
      throw new IOException("blocked threads cannot be found on " + System.getProperty("os.arch"));
    }
    int signalled = 0;
    for (Path task : Tasks.all()) {
      if (ABI.isIn(Tasks.read(task, "syscall").split(" "), fd)) {
        if (signalled == 0) {
          requireHandler();
        }
        signal(Tasks.number(task));
        signalled++;
      }
    }
    return signalled;
  }

  /** Without a handler the signal would end the process. */
  private static void requireHandler() throws IOException {
    long caught =
        Files.readAllLines(STATUS).stream()
            .filter(line -> line.startsWith("SigCgt:"))
            .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
            .findFirst()
            .orElse(0);
    if ((caught >>> (WAKE_UP - 1) & 1) == 0) {
      throw new IOException("the JDK has not installed its handler for signal " + WAKE_UP);
    }
  }

  private static void signal(long thread) throws LinuxException {
    if (SystemCalls.syscall(ABI.tgkill, SystemCalls.getpid(), thread, WAKE_UP) != 0
        && SystemCalls.errno() != Errno.ESRCH) {
      throw new LinuxException("tgkill(" + thread + ", " + WAKE_UP + ")", SystemCalls.errno());
    }
  }
}
