package dev.baton.linux.steer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Sysctls that only concern one link, and go with it. */
final class LinkSettings {

  private LinkSettings() {}

  /** Sets one; does nothing if the kernel does without the protocol. */
  static void set(String protocol, String link, String name, String value) throws IOException {
    Path file = Path.of("/proc/sys/net", protocol, "conf", link, name);
    try {
      Files.writeString(file, value);
    } catch (NoSuchFileException e) {
      if (Files.exists(file.getParent())) {
        throw e;
      }
    }
  }
}
