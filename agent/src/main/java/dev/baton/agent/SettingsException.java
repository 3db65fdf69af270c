package dev.baton.agent;

/** A setting is unknown or has a bad value; the message is one line for the operator. */
public final class SettingsException extends Exception {
  private static final long serialVersionUID = 1L;

  SettingsException(String message) {
    super(message);
  }
}
