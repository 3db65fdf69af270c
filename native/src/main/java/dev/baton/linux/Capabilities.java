package dev.baton.linux;

import org.jspecify.annotations.Nullable;

/** Whether this process, on this kernel, can move connections. */
public final class Capabilities {

  private Capabilities() {}

  /**
   * Tries what a move needs on a socket of its own, which never connects.
   *
   * @return null if all is there; otherwise one line for an operator, saying what is missing and
   *     where it comes from
   */
  public static @Nullable String missing() {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return "this is not Linux";
    }
    try {
      int fd = RawSocket.open(SystemCalls.AF_INET, 0);
      try {
        return missingOn(fd);
      } finally {
        RawSocket.close(fd);
      }
    } catch (LinuxException e) {
      return e.getMessage();
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      return "the native library cannot be loaded: " + e;
    }
  }

  private static @Nullable String missingOn(int fd) {
    try {
      Repair.on(fd);
    } catch (LinuxException e) {
      return e.errno() == Errno.EPERM
          ? "CAP_NET_ADMIN is missing: TCP_REPAIR needs it in the user namespace that owns the"
              + " network namespace"
          : "this kernel has no TCP_REPAIR (CONFIG_CHECKPOINT_RESTORE?): " + e.getMessage();
    }
    try {
      Repair.window(fd);
    } catch (LinuxException e) {
      return "this kernel has no TCP_REPAIR_WINDOW (4.8): " + e.getMessage();
    }
    try {
      RawSocket.get(fd, Option.SO_BUF_LOCK);
    } catch (LinuxException e) {
      return "this kernel has no SO_BUF_LOCK (5.14): " + e.getMessage();
    }
    try {
      Repair.deafen(fd);
      RawSocket.set(fd, Option.SO_MARK, Mark.of(Mark.PROBE_TAG, 0));
    } catch (LinuxException e) {
      return "socket filters or marks are not permitted: " + e.getMessage();
    }
    return null;
  }
}
