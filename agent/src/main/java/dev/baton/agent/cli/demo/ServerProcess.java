package dev.baton.agent.cli.demo;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One server in a JVM of its own, and the node in it. */
final class ServerProcess implements Closeable {
  private static final long START_SECONDS = 60;
  private static final long END_SECONDS = 2;
  private static final String READY = "ready ";

  private final String node;
  private final Process process;
  private final Path errors;
  private final CompletableFuture<Integer> port = new CompletableFuture<>();

  private ServerProcess(String node, Process process, Path errors) {
    this.node = node;
    this.process = process;
    this.errors = errors;
  }

  /**
   * Starts it.
   *
   * @param node the node's name
   * @param command the whole command line
   * @param errors the file for what it prints on standard error
   */
  static ServerProcess start(String node, List<String> command, Path errors) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    // Settings for the servers of this shell are not for the demo's.
    builder.environment().keySet().removeIf(name -> name.startsWith("BATON_"));
    ServerProcess server = new ServerProcess(node, builder.start(), errors);
    Thread reader = new Thread(server::listen, "demo-output-" + node);
    reader.setDaemon(true);
    reader.start();
    return server;
  }

  /** The node's name. */
  String node() {
    return node;
  }

  /** The process id. */
  long pid() {
    return process.pid();
  }

  /** Whether it has not ended. */
  boolean running() {
    return process.isAlive();
  }

  /**
   * Waits until it serves.
   *
   * @return the port
   * @throws DemoException if it does not come up
   */
  int awaitPort() throws DemoException, InterruptedException {
    try {
      return port.get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new DemoException("server " + node + " ended before it served: " + lastWords());
    } catch (TimeoutException e) {
      throw new DemoException("server " + node + " does not serve after " + START_SECONDS + " s");
    }
  }

  /** Sends SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /**
   * Waits until it has ended.
   *
   * @return whether it did in time
   */
  boolean awaitEnd(long timeoutMillis) throws InterruptedException {
    return process.waitFor(timeoutMillis, TimeUnit.MILLISECONDS);
  }

  /** The exit status of a process that has ended. */
  int exitStatus() {
    return process.exitValue();
  }

  /** Ends it, gently if it is quick about it, and does not return before it is gone. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** What it had to say about its end: the last line of Baton's, or of anybody's. */
  String lastWords() {
    try {
      List<String> lines = Files.readAllLines(errors, Charset.defaultCharset());
      return lines.stream()
          .filter(line -> line.startsWith("baton"))
          .reduce((first, second) -> second)
          .orElse(lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1));
    } catch (IOException | UncheckedIOException e) {
      return "what it said cannot be read (" + e.getMessage() + ")";
    }
  }

  private void listen() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), Charset.defaultCharset()))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(READY)) {
          port.complete(Integer.valueOf(line.substring(READY.length()).trim()));
        }
      }
      port.completeExceptionally(new IOException("its output ended"));
    } catch (IOException | NumberFormatException e) {
      port.completeExceptionally(e);
    }
  }
}
