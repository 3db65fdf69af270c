package dev.baton.handoff;

import dev.baton.http.HttpTracker;
import dev.baton.linux.Listener;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The server this node lives in, as the handoff needs it. The agent implements it. */
public interface Host {

  /** The clients' connections. */
  Collection<? extends ServedConnection> connections();

  /** How many connections there are. */
  default int connectionCount() {
    return connections().size();
  }

  /** The clients at the other ends. */
  default Set<InetSocketAddress> clients() {
    return connections().stream().map(ServedConnection::client).collect(Collectors.toSet());
  }

  /** The listeners Baton manages. */
  List<Listener> listeners();

  /**
   * The listener that takes connections to an address.
   *
   * @param server an address and port of this host
   * @return null if there is none; otherwise it stays the host's
   */
  @Nullable Listener listener(InetSocketAddress server);

  /**
   * Announces a rehearsal connection. Must be called before it is made.
   *
   * @param from the address and port it will come from
   * @param client the client whose address the server is to be shown
   * @return to be closed when the connection is there or will not be made
   */
  Expected expect(InetSocketAddress from, InetSocketAddress client);

  /** A rehearsal connection that the host is to accept. */
  interface Expected extends AutoCloseable {

    /**
     * Waits until the host has accepted it.
     *
     * @throws TimeoutException if it does not within the time
     */
    ServedConnection await(long timeoutMillis) throws TimeoutException, InterruptedException;

    @Override
    void close();
  }

  /**
   * Asks about every connection that comes from now on, before the server reads its first request.
   *
   * @param usher null to serve all of them here, which costs nothing
   */
  void consult(@Nullable Usher usher);

  /** How connections that come here are to be tracked. */
  HttpTracker.Policy policy();

  /** How many errors Baton's advice has swallowed. */
  long adviceErrors();
}
