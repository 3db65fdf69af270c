package dev.baton.it.net;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The captures of all interfaces of one network, written by one thread. */
final class Captures implements Closeable {

  /** How often files are brought up to date; the kernel keeps much more than comes in that time. */
  private static final long ROUND_NANOS = 20_000_000;

  private final Path folder;
  private final String network;
  private final List<Capture> captures = new CopyOnWriteArrayList<>();
  private final Thread thread = new Thread(this::write, "captures");
  private volatile boolean closed;
  private volatile @Nullable IOException failure;

  /** None yet. Makes the folder. */
  Captures(Path folder, String network) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.network = network;
    thread.setDaemon(true);
    thread.start();
  }

  void add(Host host, String itsInterface, int linkType) throws IOException, InterruptedException {
    Path path = folder.resolve("%s-%s-%s.pcap".formatted(network, host, itsInterface));
    captures.add(host.call(() -> Capture.start(itsInterface, linkType, path)));
  }

  private void write() {
    Threads.goFirst();
    try {
      while (!closed) {
        for (Capture capture : captures) {
          capture.drain();
        }
        LockSupport.parkNanos(ROUND_NANOS);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  /**
   * Writes the rest and ends.
   *
   * @throws IOException the first reason why one could not be written
   */
  @Override
  public void close() throws IOException {
    closed = true;
    Threads.join(thread);
    List<IOException> failures = new ArrayList<>();
    if (failure != null) {
      failures.add(failure);
    }
    for (Capture capture : captures) {
      try {
        capture.close();
      } catch (IOException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }
}
