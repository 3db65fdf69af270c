package dev.baton.handoff;

import dev.baton.http.HttpTracker;
import dev.baton.linux.Listener;
import dev.baton.linux.OwnListener;
import dev.baton.linux.TcpConnection;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A little server of Baton's own, on which handoffs are practised: the host of the donor and of the
 * acceptor at once. What it serves is in {@link PracticeResponse}.
 */
final class PracticeHost implements Host, Closeable {
  private static final String ID = "practice:";
  private static final long ACCEPT_MILLIS = 50;

  private final OwnListener own;
  private final Executor executor;
  private final Map<InetSocketAddress, Rehearsal> expected = new ConcurrentHashMap<>();
  private final Queue<PracticeConnection> served = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final CompletableFuture<Void> accepting;
  private volatile boolean closed;

  /**
   * Begins to serve.
   *
   * @param executor runs a task for each connection and one for the listener; each ends soon after
   *     {@link #close}
   */
  PracticeHost(Executor executor) throws IOException {
    this.executor = executor;
    this.own = OwnListener.open();
    this.accepting = CompletableFuture.runAsync(this::accept, executor);
  }

  /** Whether a connection is of a practice. No other id contains a colon. */
  static boolean isPractice(String connection) {
    return connection.startsWith(ID);
  }

  /** For whoever knocks here. */
  Listener listener() {
    return own.listener();
  }

  /** An id for what is only practised with a connection of another host. */
  static String practiceId(String connection) {
    return ID + connection;
  }

  /** Where this server listens. */
  InetSocketAddress address() {
    return own.listener().local();
  }

  private void accept() {
    try {
      while (!closed) {
        TcpConnection tcp = own.accept(ACCEPT_MILLIS);
        if (tcp != null) {
          serve(tcp);
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void serve(TcpConnection tcp) {
    Rehearsal rehearsal = expected.remove(tcp.remote());
    PracticeConnection connection =
        rehearsal == null
            ? new PracticeConnection(
                tcp,
                tcp.remote(),
                practiceId(Integer.toString(count.incrementAndGet())),
                new HttpTracker(policy()))
            : new PracticeConnection(tcp, rehearsal.client, ID, null);
    served.add(connection);
    executor.execute(connection::serve);
    if (rehearsal != null) {
      rehearsal.accepted.complete(connection);
    }
  }

  @Override
  public Collection<? extends ServedConnection> connections() {
    return served.stream().filter(PracticeConnection::isToMove).toList();
  }

  @Override
  public List<Listener> listeners() {
    return List.of(own.listener());
  }

  @Override
  public @Nullable Listener listener(InetSocketAddress server) {
    return server.equals(address()) ? own.listener() : null;
  }

  @Override
  public Expected expect(InetSocketAddress from, InetSocketAddress client) {
    Rehearsal rehearsal = new Rehearsal(from, client);
    expected.put(from, rehearsal);
    return rehearsal;
  }

  /** A rehearsal connection to come. */
  private final class Rehearsal implements Expected {
    private final InetSocketAddress from;
    private final InetSocketAddress client;
    private final CompletableFuture<ServedConnection> accepted = new CompletableFuture<>();

    Rehearsal(InetSocketAddress from, InetSocketAddress client) {
      this.from = from;
      this.client = client;
    }

    @Override
    public ServedConnection await(long timeoutMillis)
        throws TimeoutException, InterruptedException {
      try {
        return accepted.get(timeoutMillis, TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        throw new IllegalStateException("never completed with an exception", e);
      }
    }

    @Override
    public void close() {
      expected.remove(from, this);
    }
  }

  @Override
  public void consult(@Nullable Usher usher) {
    if (usher != null) {
      throw new UnsupportedOperationException("what is practised with stays where it comes");
    }
  }

  @Override
  public HttpTracker.Policy policy() {
    return HttpTracker.Policy.DEFAULT;
  }

  @Override
  public long adviceErrors() {
    return 0;
  }

  /** Ends everything, and returns when no task of this host looks at its sockets any more. */
  @Override
  public void close() throws IOException {
    closed = true;
    try {
      accepting.join();
    } catch (java.util.concurrent.CompletionException e) {
      throw new IOException("practice connections were not accepted", e.getCause());
    } finally {
      own.close();
      served.forEach(PracticeConnection::end);
    }
  }
}
