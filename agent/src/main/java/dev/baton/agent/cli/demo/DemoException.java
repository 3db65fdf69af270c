package dev.baton.agent.cli.demo;

/** The demo cannot go on. The message says why, in one line. */
public final class DemoException extends Exception {
  private static final long serialVersionUID = 1L;

  DemoException(String message) {
    super(message);
  }
}
