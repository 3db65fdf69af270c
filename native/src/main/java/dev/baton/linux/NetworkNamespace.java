package dev.baton.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The identity of a network namespace. Two processes with equal ones share ports, routes and
 * connections.
 *
 * @param device of the namespace file system
 * @param inode of the namespace in it
 */
public record NetworkNamespace(long device, long inode) {
  private static final String BOOT = boot();

  /** Returns the namespace of the calling thread. */
  public static NetworkNamespace current() throws IOException {
    return at(Path.of("/proc/thread-self/ns/net"));
  }

  /**
   * Returns the namespace of another process.
   *
   * @param pid its id, as seen from here
   * @throws IOException if there is no such process, or it may not be looked at (that takes
   *     CAP_SYS_PTRACE)
   */
  public static NetworkNamespace of(long pid) throws IOException {
    return at(Path.of("/proc/" + pid + "/ns/net"));
  }

  private static NetworkNamespace at(Path link) throws IOException {
    return new NetworkNamespace(
        (Long) Files.getAttribute(link, "unix:dev"), (Long) Files.getAttribute(link, "unix:ino"));
  }

  /**
   * Returns a text that is the same for the same namespace until the host restarts, and another for
   * every other one, also on another host: the first namespace has the same number everywhere.
   */
  @Override
  public String toString() {
    return BOOT + ":" + device + ":" + inode;
  }

  /**
   * Returns a text that is that of no namespace of this host.
   *
   * @param claimed what somebody on another host says of his; two machines made from one snapshot
   *     may well have the same
   */
  public static String elsewhere(String claimed) {
    return "elsewhere:" + claimed;
  }

  private static String boot() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).substring(0, 8);
    } catch (IOException e) {
      throw new UncheckedIOException("which host is this?", e);
    }
  }
}
