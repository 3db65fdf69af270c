package dev.baton.http;

/** Bytes that are not an {@link ApplicationState} of a version this node speaks. */
public final class MalformedStateException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  MalformedStateException(String message) {
    super(message);
  }

  MalformedStateException(String message, Throwable cause) {
    super(message, cause);
  }
}
