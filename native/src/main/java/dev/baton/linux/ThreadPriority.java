package dev.baton.linux;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Which threads of this process go first when there is more to do than processors. A JVM that has
 * just started or is about to stop is busy compiling, and a client waits for each handoff.
 */
public final class ThreadPriority {
  private static final int PRIO_PROCESS = 0; // on Linux: one thread
  private static final int THIS_THREAD = 0;

  /** About ten times the share of an ordinary thread. */
  private static final int URGENT_NICE = -10;

  private static final int IDLE_NICE = 19;

  private ThreadPriority() {}

  /**
   * Lets the calling thread go before ordinary ones, for good.
   *
   * @return false if this process may not (it needs CAP_SYS_NICE): the thread is an ordinary one,
   *     and handoffs on a busy machine take longer
   */
  public static boolean raise() {
    return SystemCalls.setpriority(PRIO_PROCESS, THIS_THREAD, URGENT_NICE) == 0;
  }

  /**
   * Lets threads work only when no other wants to, for good; anybody may do that to his own.
   *
   * @param prefix what their names begin with, at most 15 bytes: the kernel knows no more
   * @return how many there were
   * @throws IOException if {@code /proc} does not tell
   */
  public static int lower(String prefix) throws IOException {
    int lowered = 0;
    for (Path task : Tasks.all()) {
      if (Tasks.read(task, "comm").startsWith(prefix)
          && SystemCalls.setpriority(PRIO_PROCESS, Tasks.number(task), IDLE_NICE) == 0) {
        lowered++;
      }
    }
    return lowered;
  }
}
