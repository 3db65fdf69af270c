package dev.baton.handoff;

import dev.baton.linux.ClientSocket;
import dev.baton.linux.Knock;
import dev.baton.linux.ThreadPriority;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Practises: a node of its own group drains a {@link PracticeHost} into itself, again and again. A
 * JVM that has just started is the one that is about to take everything over, and one that drains
 * has never done so before; with this both meet code that is loaded and compiled. A kernel that
 * cannot do it is found out before a client's connection is at stake.
 */
public final class WarmUp {
  private static final String GROUP = "baton-practice";
  private static final int ROUNDS = 3;
  private static final int CONNECTIONS = 15;
  private static final Duration DRAIN = Duration.ofSeconds(20);
  private static final long CLIENT_MILLIS = 5_000;
  private static final int READ = 64 << 10;

  private final PracticeHost host;
  private final Node node;

  private WarmUp(PracticeHost host, Node node) {
    this.host = host;
    this.node = node;
  }

  /**
   * Practises; takes a second or two.
   *
   * @param dir where nodes find each other
   * @throws IOException if moving a connection does not work here
   */
  public static void run(Path dir) throws IOException {
    if (FaultPoint.armed()) {
      return;
    }
    String name = Long.toString(ProcessHandle.current().pid());
    ExecutorService executor =
        Executors.newCachedThreadPool(
            task -> {
              Runnable behind =
                  () -> {
                    ThreadPriority.standBack();
                    task.run();
                  };
              Thread thread = new Thread(null, behind, "baton-practice", 0, false);
              thread.setDaemon(true);
              return thread;
            });
    // What goes wrong is told once, by the exception.
    Log quiet = new Log(new PrintStream(OutputStream.nullOutputStream()), name);
    try (PracticeHost host = new PracticeHost(executor);
        Node node =
            Node.practise(new NodeConfig(name, GROUP, dir, DRAIN, Optional.empty()), host, quiet)) {
      WarmUp practice = new WarmUp(host, node);
      for (int i = 0; i < ROUNDS; i++) {
        practice.round();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while practising", e);
    } finally {
      executor.shutdown();
    }
  }

  private void round() throws IOException, InterruptedException {
    List<Client> clients = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        clients.add(client(i));
      }
      HandoffReport report = node.drainIntoItself();
      for (HandoffReport.Row row : report.connections()) {
        if (row.reason() != null) {
          throw new IOException(row.reason());
        }
      }
      for (Client client : clients) {
        client.readOn(client.expected.limit());
      }
    } finally {
      clients.forEach(Client::close);
    }
  }

  /** Of every three clients one is slow and two are quick, of which one listens to a stream. */
  private Client client(int number) throws IOException {
    boolean slow = number % 3 == 0;
    Client client = new Client(number % 3 == 2 ? PracticeResponse.STREAM : PracticeResponse.FILE);
    try {
      client.ask();
      client.readOn(slow ? 1 : PracticeResponse.FIRST_PART);
      return client;
    } catch (IOException | RuntimeException e) {
      client.close();
      throw e;
    }
  }

  /** A client that knows what it is to get. */
  private final class Client implements Closeable {
    private final ClientSocket socket;
    private final PracticeResponse response;
    private final ByteBuffer expected;

    Client(PracticeResponse response) throws IOException {
      this.response = response;
      this.expected = ByteBuffer.wrap(response.whole());
      try (Knock knock = Knock.open(host.listener(), host.address(), host.address())) {
        this.socket = knock.connect(CLIENT_MILLIS);
      }
    }

    void ask() throws IOException {
      socket.write(ByteBuffer.wrap(response.request()), CLIENT_MILLIS);
    }

    /** Reads and compares until it has got so many bytes of the response. */
    void readOn(int until) throws IOException {
      ByteBuffer room = ByteBuffer.allocateDirect(READ);
      while (expected.position() < until) {
        room.clear().limit(Math.min(READ, until - expected.position()));
        if (socket.read(room, CLIENT_MILLIS) <= 0) {
          throw new IOException("a response ended after " + expected.position() + " bytes");
        }
        room.flip();
        ByteBuffer wanted = expected.slice(expected.position(), room.remaining());
        if (!wanted.equals(room)) {
          throw new IOException("other bytes came after " + expected.position());
        }
        expected.position(expected.position() + room.remaining());
      }
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
