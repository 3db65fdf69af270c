package dev.baton.it.bench;

import dev.baton.it.bed.Repository;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The floor of a handoff: run as the module that does the kernel work measures itself. */
final class FloorBench {

  private static final int ROUNDS = 2000;

  private FloorBench() {}

  @SuppressWarnings("SystemOut")
  static void run(Bench.Options options) throws IOException, InterruptedException {
    String classes = Repository.root().resolve("native/target/classes").toString();
    String tests = Repository.root().resolve("native/target/test-classes").toString();
    String libraries = Repository.root().resolve("it/target/lib/*").toString();
    Process process =
        new ProcessBuilder(
                options.jdk().java(),
                "--add-opens",
                "java.base/sun.nio.ch=ALL-UNNAMED",
                "-cp",
                String.join(File.pathSeparator, classes, tests, libraries),
                "dev.baton.linux.FloorBenchmark",
                "" + options.rounds(ROUNDS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    System.out.println(
        "\nThe floor, one process, one idle connection over loopback, " + options.jdk());
    List<String> lines = new ArrayList<>();
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        System.out.println("  " + line);
        lines.add(line);
      }
    }
    if (process.waitFor() != 0) {
      throw new IOException("the floor benchmark ended with status " + process.exitValue());
    }
    Results results = new Results("floor", options);
    results.put("lines", lines);
    results.write();
  }
}
