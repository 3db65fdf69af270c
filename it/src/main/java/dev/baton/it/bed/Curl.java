package dev.baton.it.bed;

import dev.baton.it.net.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client nobody can suspect of being in league with the server. */
public final class Curl implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 180;

  private final Path folder;
  private final Process process;
  private final int downloads;

  private Curl(Path folder, Process process, int downloads) {
    this.folder = folder;
    this.process = process;
    this.downloads = downloads;
  }

  /**
   * Starts to download, one URL after the other.
   *
   * @param bytesPerSecond of {@code --limit-rate}
   */
  public static Curl start(long bytesPerSecond, String... urls) throws IOException {
    return start(List.of(), bytesPerSecond, urls);
  }

  /** The same on another host than this machine. */
  public static Curl start(Host host, long bytesPerSecond, String... urls) throws IOException {
    return start(host.enter(), bytesPerSecond, urls);
  }

  private static Curl start(List<String> enter, long bytesPerSecond, String... urls)
      throws IOException {
    Path folder = Files.createTempDirectory("baton-curl");
    List<String> command = new ArrayList<>(enter);
    command.addAll(List.of("curl", "-sS", "--fail", "--limit-rate", "" + bytesPerSecond));
    command.addAll(List.of("-w", "%{num_connects} %{local_port}\n"));
    for (int i = 0; i < urls.length; i++) {
      command.addAll(List.of("-o", folder.resolve("" + i).toString(), urls[i]));
    }
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();
    return new Curl(folder, process, urls.length);
  }

  /** How much of a download has been written so far, in bytes. */
  public long written(int download) throws IOException {
    Path file = folder.resolve("" + download);
    return Files.exists(file) ? Files.size(file) : 0;
  }

  /**
   * Waits for the end.
   *
   * @return for each download, how many connections it opened
   * @throws IOException if curl is not content
   */
  public List<Integer> finish() throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("curl hangs at " + written(downloads - 1));
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          "curl: status %d: %s"
              .formatted(process.exitValue(), Files.readString(folder.resolve("err"))));
    }
    return Files.readAllLines(folder.resolve("out")).stream()
        .map(line -> Integer.parseInt(line.split(" ", -1)[0]))
        .toList();
  }

  /** What was downloaded. */
  public Path file(int download) {
    return folder.resolve("" + download);
  }

  /** Ends it if it still runs and removes what it downloaded. */
  @Override
  public void close() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    for (int i = 0; i < downloads; i++) {
      Files.deleteIfExists(file(i));
    }
    Files.deleteIfExists(folder.resolve("out"));
    Files.deleteIfExists(folder.resolve("err"));
    Files.delete(folder);
  }
}
