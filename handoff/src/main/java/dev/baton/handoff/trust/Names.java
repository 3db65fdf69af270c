package dev.baton.handoff.trust;

import java.io.IOException;
import java.util.regex.Pattern;

/** What groups and nodes may be called: they name files, sockets and certificates. */
public final class Names {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");

  private Names() {}

  /**
   * Returns a name that can be one.
   *
   * @param what is called so, in words: {@code group}, {@code node}
   * @throws IOException if it cannot
   */
  public static String check(String what, String name) throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new IOException(
          "'" + name + "' cannot be a " + what + " name (letters, digits and . _ @ -, at most 64)");
    }
    return name;
  }
}
