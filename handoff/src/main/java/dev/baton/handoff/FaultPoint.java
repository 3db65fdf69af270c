package dev.baton.handoff;

/**
 * Where tests kill a node: with {@code -Ddev.baton.fault=acceptor:become} the process ends at once,
 * as by {@code kill -9}, when its acceptor comes to that step for the first time. Without the
 * property, which no product setting is, this does nothing.
 */
final class FaultPoint {
  private static final String FATAL = System.getProperty("dev.baton.fault", "");

  private FaultPoint() {}

  static void reached(String step) {
    if (FATAL.equals(step)) {
      Runtime.getRuntime().halt(137);
    }
  }
}
