package dev.baton.it.bed;

import dev.baton.it.wire.ClientConnection;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two servers of one kind that share a port and hand connections to and fro. Started once and used
 * by many tests, as a pair of warm servers is what Baton meets in life.
 */
public final class ServerPair implements AutoCloseable {

  private final App app;
  private final Jdk first;
  private final Jdk second;

  private @Nullable Running running;

  private record Running(TestBed bed, ServerProcess a, ServerProcess b) {}

  /** Names a pair; nothing runs yet. */
  public ServerPair(App app, Jdk first, Jdk second) {
    this.app = app;
    this.first = first;
    this.second = second;
  }

  /** Starts both, {@code a} first. */
  public void start() throws IOException, InterruptedException {
    TestBed bed = TestBed.create("pair-%s-%d-%d".formatted(app, first.feature(), second.feature()));
    ServerProcess a = bed.start(ServerSpec.of(app, first, "a"));
    ServerProcess b = bed.start(ServerSpec.of(app, second, "b").onPort(a.port()));
    running = new Running(bed, a, b);
  }

  private Running running() {
    Running now = running;
    if (now == null) {
      throw new IllegalStateException(this + " has not been started");
    }
    return now;
  }

  /** Which server it is. */
  public App app() {
    return app;
  }

  /** The group. */
  public TestBed bed() {
    return running().bed();
  }

  /** The one started first. */
  public ServerProcess a() {
    return running().a();
  }

  /** The one started second. */
  public ServerProcess b() {
    return running().b();
  }

  /** The command line. */
  public BatonCli baton() {
    return bed().baton();
  }

  /** Who has this client's connection. */
  public ServerProcess holder(ClientConnection client) {
    String port = ":" + client.localAddress().getPort();
    List<Json.Connection> connections = baton().connections();
    List<ServerProcess> holders =
        connections.stream()
            .filter(connection -> connection.client().endsWith(port))
            .map(connection -> connection.node().equals(a().node()) ? a() : b())
            .toList();
    if (holders.size() != 1) {
      throw new IllegalStateException(
          "client %s is held by %s: %s".formatted(port, holders, connections));
    }
    return holders.get(0);
  }

  /** The other one of the two. */
  public ServerProcess other(ServerProcess one) {
    return one == a() ? b() : a();
  }

  /** Stops both and looks through what they said. */
  @Override
  public void close() throws IOException, InterruptedException {
    Running last = running;
    running = null;
    if (last != null) {
      last.bed().close();
    }
  }

  @Override
  public String toString() {
    return first.equals(second)
        ? "%s on %s".formatted(app, first)
        : "%s on %s and %s".formatted(app, first, second);
  }
}
