package dev.baton.agent.cli;

import dev.baton.handoff.ConnectionInfo;
import dev.baton.handoff.Host;
import dev.baton.handoff.Log;
import dev.baton.handoff.Node;
import dev.baton.handoff.NodeConfig;
import dev.baton.handoff.ServedConnection;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real node of a server that only shows its connections. None can be moved, so that whatever a
 * handoff would need of them is never asked.
 */
final class TestNode implements Closeable {
  static final String GROUP = "shop";
  private static final Duration DRAIN_TIMEOUT = Duration.ofMillis(600);

  private final String name;
  private final List<ServedConnection> connections = new CopyOnWriteArrayList<>();
  private final Node node;

  private TestNode(String name, Path dir) throws IOException {
    this.name = name;
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    this.node =
        Node.start(
            new NodeConfig(name, GROUP, dir, DRAIN_TIMEOUT, Optional.empty()),
            host(),
            new Log(nowhere, name));
  }

  static TestNode start(String name, Path dir) throws IOException {
    return new TestNode(name, dir);
  }

  /** Adds a connection in the middle of a response. */
  TestNode with(String id, String uri, String reason) {
    return with(id, uri, reason, Integer.MAX_VALUE);
  }

  /**
   * As {@link #with(String, String, String)}, but its response ends at some time.
   *
   * @param looks how often it can be looked at before
   */
  TestNode with(String id, String uri, String reason, int looks) {
    ConnectionInfo info =
        new ConnectionInfo(
            name, id, "[fd00::1]:40112", "response", "GET", uri, 7340032, false, reason);
    AtomicInteger left = new AtomicInteger(looks);
    connections.add(
        proxy(
            ServedConnection.class,
            method ->
                switch (method) {
                  case "id" -> id;
                  case "client" -> new InetSocketAddress("fd00::1", 40112);
                  case "info" -> info;
                  case "unmovable" -> {
                    if (left.decrementAndGet() == 0) {
                      connections.removeIf(connection -> connection.id().equals(id));
                    }
                    yield reason;
                  }
                  case "claim" -> true;
                  case "unclaim" -> null;
                  default -> throw new AssertionError(method + " of " + id);
                }));
    return this;
  }

  private Host host() {
    return proxy(
        Host.class,
        method ->
            switch (method) {
              case "connections" -> connections;
              case "connectionCount" -> connections.size();
              case "listeners" -> List.of();
              case "adviceErrors" -> 0L;
              case "consult" -> null;
              default -> throw new AssertionError(method);
            });
  }

  private interface Answers {
    Object to(String method);
  }

  private static <T> T proxy(Class<T> type, Answers answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answers.to(method.getName())));
  }

  @Override
  public void close() throws IOException {
    node.close();
  }
}
