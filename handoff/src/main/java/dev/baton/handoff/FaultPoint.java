package dev.baton.handoff;

/**
 * Where tests kill a node: with {@code -Ddev.baton.fault=acceptor:become} the process ends at once,
 * as by {@code kill -9}, when its acceptor comes to that step for the first time with a client's
 * connection. Without the property, which no product setting is, this does nothing.
 */
final class FaultPoint {
  private static final String FATAL = System.getProperty("dev.baton.fault", "");

  private FaultPoint() {}

  /** Whether this process is to be killed at some step; it need not practise for that. */
  static boolean armed() {
    return !FATAL.isEmpty();
  }

  /**
   * @param connection the id of the connection that is handed off
   */
  static void reached(String step, String connection) {
    if (FATAL.equals(step) && !PracticeHost.isPractice(connection)) {
      Runtime.getRuntime().halt(137);
    }
  }
}
