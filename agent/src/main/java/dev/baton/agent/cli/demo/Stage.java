package dev.baton.agent.cli.demo;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * Everything a demo starts and writes: a temporary folder of the user's own, processes, a client.
 * All of it is gone after {@link #close}, last started first, also when the JVM is told to stop
 * before.
 */
final class Stage implements Closeable {
  private final Path folder;
  private final Deque<Closeable> started = new ArrayDeque<>();
  private final Thread hook = new Thread(this::clear, "demo-end");
  private boolean cleared;

  private Stage(Path folder) {
    this.folder = folder;
  }

  /** Makes the folder. */
  static Stage open() throws IOException {
    Stage stage = new Stage(Files.createTempDirectory("baton-demo-"));
    Runtime.getRuntime().addShutdownHook(stage.hook);
    return stage;
  }

  /** A folder in the folder. */
  Path folder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  /** Starts a server, as {@link ServerProcess#start}. */
  synchronized ServerProcess start(String node, List<String> command) throws IOException {
    if (cleared) {
      throw new IOException("the demo has been stopped");
    }
    ServerProcess server = ServerProcess.start(node, command, folder.resolve(node + ".err"));
    started.push(server);
    return server;
  }

  /** Takes over what has to be closed before the servers end. */
  synchronized <C extends Closeable> C add(C resource) {
    started.push(resource);
    return resource;
  }

  /** Whether it is over. */
  synchronized boolean isClosed() {
    return cleared;
  }

  @Override
  public void close() {
    clear();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the JVM stops already, and the hook finds nothing to do
    }
  }

  private synchronized void clear() {
    if (cleared) {
      return;
    }
    cleared = true;
    for (Closeable resource : started) {
      try {
        resource.close();
      } catch (IOException e) { // the others are to be closed all the same
      }
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      return; // the system clears its temporary folder itself
    }
  }
}
