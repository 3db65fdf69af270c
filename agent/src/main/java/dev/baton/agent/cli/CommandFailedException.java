package dev.baton.agent.cli;

/** A command ends here. The message is the one line people get to see. */
final class CommandFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param status the exit status
   * @param message what happened, what it means, what to do
   */
  CommandFailedException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The exit status. */
  int status() {
    return status;
  }
}
