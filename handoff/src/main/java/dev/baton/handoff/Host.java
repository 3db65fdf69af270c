package dev.baton.handoff;

import dev.baton.http.HttpTracker;
import dev.baton.linux.Listener;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The server this node lives in, as the handoff needs it. The agent implements it. */
public interface Host {

  /** The clients' connections. */
  Collection<? extends ServedConnection> connections();

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
   * @return completes when the host has accepted it; cancel it when the connection will not be made
   */
  CompletableFuture<ServedConnection> expect(InetSocketAddress from, InetSocketAddress client);

  /** How connections that come here are to be tracked. */
  HttpTracker.Policy policy();

  /** How many errors Baton's advice has swallowed. */
  long adviceErrors();
}
