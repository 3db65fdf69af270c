package dev.baton.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

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

  /** Lets the calling thread work only when no other wants to, for good. */
  public static void standBack() {
    SystemCalls.setpriority(PRIO_PROCESS, THIS_THREAD, IDLE_NICE); // nobody is refused that
  }

  /**
   * Lets threads work only when no other wants to; anybody may do that to his own, but to undo it
   * takes what {@link #raise} takes.
   *
   * @param prefix what their names begin with, at most 15 bytes: the kernel knows no more
   * @throws IOException if {@code /proc} does not tell
   */
  public static Lowered lower(String prefix) throws IOException {
    Map<Integer, Integer> before = new HashMap<>();
    for (Path task : Tasks.all()) {
      if (Tasks.read(task, "comm").startsWith(prefix)) {
        int nice = nice(Tasks.read(task, "stat"));
        if (SystemCalls.setpriority(PRIO_PROCESS, Tasks.number(task), IDLE_NICE) == 0) {
          before.put(Tasks.number(task), nice);
        }
      }
    }
    return new Lowered(before);
  }

  /** The 19th field of proc(5)'s {@code stat}: the 17th behind the name. */
  private static int nice(String stat) {
    String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Integer.parseInt(behindName[16]);
  }

  /** Threads that were made to stand back. */
  public static final class Lowered {
    private final Map<Integer, Integer> before;

    private Lowered(Map<Integer, Integer> before) {
      this.before = before;
    }

    /** Returns how many there were. */
    public int count() {
      return before.size();
    }

    /** Gives those that still live the priority they had. */
    public void restore() {
      before.forEach((thread, nice) -> SystemCalls.setpriority(PRIO_PROCESS, thread, nice));
    }
  }
}
