package dev.baton.handoff;

import java.io.IOException;
import java.nio.file.Path;

/** There is no such node on this host, or it does not run. */
public final class NoSuchNodeException extends IOException {
  private static final long serialVersionUID = 1L;

  NoSuchNodeException(String node, String group, Path folder, IOException cause) {
    super(
        "no node '" + node + "' of group '" + group + "' runs here (looked in " + folder + ")",
        cause);
  }
}
