package dev.baton.linux;

import java.io.IOException;

/**
 * A system call failed. The message names the call with what it was asked, the error by name and
 * number, and what the error means here; for example {@code setsockopt(TCP_REPAIR) on descriptor
 * 17: EPERM (1), not permitted; ...}.
 */
public final class LinuxException extends IOException {

  private final int errno;

  /**
   * @param systemCall the call and, in brackets, what it was asked
   * @param errno the error number the kernel gave
   */
  public LinuxException(String systemCall, int errno) {
    super(systemCall + ": " + Errno.name(errno) + " (" + errno + "), " + Errno.meaning(errno));
    this.errno = errno;
  }

  /** Returns the error number, as in errno(3). */
  public int errno() {
    return errno;
  }
}
