package dev.baton.it.bed;

import dev.baton.it.wire.ClientConnection;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
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
    ServerProcess a = bed.join(ServerSpec.of(app, first, "a"));
    ServerProcess b = bed.join(ServerSpec.of(app, second, "b").onPort(a.port()));
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

  /** Asks the two. */
  public Operator operator() {
    return bed().operator();
  }

  /** Who has this client's connection; nobody before a server has accepted it. */
  public Optional<ServerProcess> holder(ClientConnection client) throws IOException {
    return connection(client).map(connection -> connection.node().equals(a().node()) ? a() : b());
  }

  /** What the one who holds this client's connection says of it. */
  public Optional<Json.Connection> connection(ClientConnection client) throws IOException {
    String port = ":" + client.localAddress().getPort();
    List<Json.Connection> held =
        operator().connections().stream()
            .filter(connection -> connection.client().endsWith(port))
            .toList();
    if (held.size() > 1) {
      throw new IllegalStateException("client %s is held twice: %s".formatted(port, held));
    }
    return held.stream().findFirst();
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
