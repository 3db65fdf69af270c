package dev.baton.agent.observe;

import dev.baton.handoff.Host;
import dev.baton.handoff.Log;
import dev.baton.handoff.ServedConnection;
import dev.baton.handoff.Usher;
import dev.baton.http.HttpTracker;
import dev.baton.linux.Listener;
import dev.baton.linux.TcpConnection;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The server in this JVM: its connections, its listeners, and the rehearsals that are to come. */
public final class ServerSide implements Host {
  /**
   * What a rehearsing server can run ahead, in bytes; the kernel doubles it for its own overhead.
   */
  private static final int REHEARSAL_SEND_BUFFER = 32 << 10;

  private final String node;
  private final ManagedPorts ports;
  private final HttpTracker.Policy policy;
  private final LongSupplier adviceErrors;
  private final Log log;
  private final Listeners listeners;
  private final ConnectionTable table = new ConnectionTable();
  private final ConcurrentHashMap<InetSocketAddress, Rehearsal> expected =
      new ConcurrentHashMap<>();
  private final AtomicLong count = new AtomicLong();
  private volatile @Nullable Entrance entrance;

  /** A rehearsal connection to come, and the one place where its waiter finds it. */
  private final class Rehearsal implements Expected {
    private final InetSocketAddress from;
    private final InetSocketAddress client;
    private final BlockingQueue<ServedConnection> accepted = new ArrayBlockingQueue<>(1);

    Rehearsal(InetSocketAddress from, InetSocketAddress client) {
      this.from = from;
      this.client = client;
    }

    @Override
    public ServedConnection await(long timeoutMillis)
        throws TimeoutException, InterruptedException {
      ServedConnection connection = accepted.poll(timeoutMillis, TimeUnit.MILLISECONDS);
      if (connection == null) {
        throw new TimeoutException();
      }
      return connection;
    }

    @Override
    public void close() {
      expected.remove(from, this);
    }
  }

  /**
   * @param node this node's name
   * @param ports the server ports to manage
   * @param policy how connections are tracked
   * @param listeners the listeners of this JVM
   * @param adviceErrors how many errors the advice has swallowed
   */
  public ServerSide(
      String node,
      ManagedPorts ports,
      HttpTracker.Policy policy,
      Listeners listeners,
      LongSupplier adviceErrors,
      Log log) {
    this.node = node;
    this.ports = ports;
    this.policy = policy;
    this.listeners = listeners;
    this.adviceErrors = adviceErrors;
    this.log = log;
  }

  /**
   * A connection came out of accept.
   *
   * @return the peer that the server is shown: for a rehearsal, the client
   */
  InetSocketAddress accepted(FileDescriptor fd, InetSocketAddress peer) {
    Rehearsal rehearsal = expected.isEmpty() ? null : expected.remove(peer);
    if (rehearsal != null) {
      Connection connection = new Connection(fd, rehearsal.client, table, node, "rehearsal", null);
      connection.mayArriveFromElsewhere(entrance);
      try (TcpConnection tcp = TcpConnection.of(connection.number())) {
        tcp.limitSendBuffer(REHEARSAL_SEND_BUFFER);
      } catch (IOException e) {
        log.warn("a rehearsal's server may run further ahead than it should", e);
      }
      table.add(connection);
      rehearsal.accepted.add(connection);
      return rehearsal.client;
    }
    if (manages(fd)) {
      dropFilter(fd);
      Connection connection =
          new Connection(
              fd, peer, table, node, node + "-" + count.incrementAndGet(), new HttpTracker(policy));
      Entrance asked = entrance;
      if (asked != null) {
        connection.arrives(asked);
      }
      table.add(connection);
    }
    return peer;
  }

  /** Before the connection is known: from then on its filter may be a handoff's. */
  private void dropFilter(FileDescriptor fd) {
    try {
      TcpConnection.dropInheritedFilter(Internals.number(fd));
    } catch (IOException e) {
      log.warn("a new connection keeps its listener's filter, which costs it a little", e);
    }
  }

  private boolean manages(FileDescriptor fd) {
    if (ports.all()) {
      return true;
    }
    try {
      return ports.contain(TcpConnection.localPort(Internals.number(fd)));
    } catch (IOException e) {
      log.warn("a new connection is left alone, because its port cannot be told", e);
      return false;
    }
  }

  ConnectionTable table() {
    return table;
  }

  Listeners listenerTable() {
    return listeners;
  }

  @Override
  public Collection<? extends ServedConnection> connections() {
    return table.all().stream().filter(connection -> !connection.rehearsing()).toList();
  }

  @Override
  public List<Listener> listeners() {
    return listeners.all();
  }

  @Override
  public @Nullable Listener listener(InetSocketAddress server) {
    return listeners.forAddress(server);
  }

  @Override
  public Expected expect(InetSocketAddress from, InetSocketAddress client) {
    Rehearsal rehearsal = new Rehearsal(from, client);
    expected.put(from, rehearsal);
    return rehearsal;
  }

  @Override
  public void consult(@Nullable Usher usher) {
    entrance = usher == null ? null : new Entrance(usher);
  }

  @Override
  public HttpTracker.Policy policy() {
    return policy;
  }

  @Override
  public long adviceErrors() {
    return adviceErrors.getAsLong();
  }
}
