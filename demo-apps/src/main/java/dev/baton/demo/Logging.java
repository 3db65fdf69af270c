package dev.baton.demo;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Warnings and errors on stderr, nothing else. */
final class Logging {

  private Logging() {}

  /** To be called first in {@code main}. */
  static void quiet() {
    Logger.getLogger("").setLevel(Level.WARNING);
  }
}
