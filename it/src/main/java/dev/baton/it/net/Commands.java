package dev.baton.it.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs to their end. */
final class Commands {

  private static final long PATIENCE_SECONDS = 60;

  private Commands() {}

  /**
   * Runs one.
   *
   * @param input its stdin
   * @return what it said, on stdout and stderr
   * @throws IOException if it hangs or its exit status is not 0; what it said is in the message
   */
  static String run(List<String> command, String input) throws IOException, InterruptedException {
    Path in = Files.createTempFile("baton-it", ".in");
    Path out = Files.createTempFile("baton-it", ".out");
    try {
      Files.writeString(in, input);
      Process process =
          new ProcessBuilder(command)
              .redirectInput(in.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly().waitFor();
      String said = Files.readString(out, StandardCharsets.UTF_8);
      if (!ended || process.exitValue() != 0) {
        throw new IOException(
            "%s %s: %s%n%s"
                .formatted(
                    String.join(" ", command),
                    input.strip(),
                    ended ? "status " + process.exitValue() : "hangs",
                    said));
      }
      return said;
    } finally {
      Files.delete(in);
      Files.delete(out);
    }
  }

  /** Runs lines of {@code ip}, all or none of the rest after the first that fails. */
  static void ip(String... lines) throws IOException, InterruptedException {
    run(List.of("ip", "-batch", "-"), String.join("\n", lines) + "\n");
  }
}
