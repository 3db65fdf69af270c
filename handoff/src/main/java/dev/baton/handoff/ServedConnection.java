package dev.baton.handoff;

import dev.baton.http.ApplicationState;
import dev.baton.http.HttpTracker;
import dev.baton.linux.TcpConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the host's server, with its gates. The agent implements it.
 *
 * <p>A gate, while closed, keeps the host's threads out of the kernel for this connection: a
 * blocking call waits, a non-blocking one returns "nothing now". Whoever closes a gate has to open
 * it again: every path ends in {@link #resume}, {@link #continueAs} or {@link #leave}.
 */
public interface ServedConnection {

  /** The connection's id in its group; it keeps it when it moves. */
  String id();

  /** The client's end, as the server sees it. */
  InetSocketAddress client();

  /** The server's end. */
  InetSocketAddress server() throws IOException;

  /** A view for people. */
  ConnectionInfo info();

  /** Why the connection cannot be handed off at this moment; null if it can. */
  @Nullable String unmovable();

  /**
   * Reserves the connection for one handoff.
   *
   * @return false if another one has it, or if the connection is gone
   */
  boolean claim();

  /** Ends the reservation. */
  void unclaim();

  /**
   * Closes the write gate and brings writers out of the kernel. When this returns, {@link #state}
   * tells the server's last byte.
   *
   * @throws IOException if a writer could not be brought out in time; the gate is open again
   */
  void holdWrites(long timeoutMillis) throws IOException;

  /**
   * Closes all gates: reads, writes, shutdown and close.
   *
   * @return false if the host has closed the connection; the gates are open then
   * @throws IOException if a thread could not be brought out of the kernel in time; all gates are
   *     open again
   */
  boolean holdAll(long timeoutMillis) throws IOException;

  /** Opens all gates; the connection goes on as if nothing had been. */
  void resume();

  /** What must travel. Exact when writes are held. */
  ApplicationState state();

  /**
   * By how many nodes, one after the other, it was given on as a new connection; 0 if it was not,
   * or as soon as a server has read any of it.
   */
  int placed();

  /** Sets what {@link #placed()} says, and with it {@link #state}: it travels. */
  void placed(int nodes);

  /** Bytes of the client that the server has read so far; grows with each read. */
  long bytesRead();

  /**
   * A handle on the kernel's connection.
   *
   * @return owned by the caller, who closes it; the connection is not affected by that
   */
  TcpConnection tcp() throws IOException;

  /**
   * What {@link TcpConnection#sentPosition} must be while writes are held, if no byte passed
   * unseen.
   */
  long expectedSentPosition();

  /**
   * The donor took the connection back: its socket has been re-created in place.
   *
   * @param preload bytes that were put into the new socket's send queue
   */
  void recovered(long preload);

  /** The connection is served elsewhere now. Opens all gates; the host finds it aborted. */
  void leave();

  /** Whether the host has closed it. */
  boolean closed();

  /**
   * A rehearsal connection has become the client's connection. Opens all gates; but a connection
   * that was {@link #placed} meets its server only after the {@link Usher}, if that places on.
   *
   * @param id the connection's id
   * @param tracker what the connection has received and sent so far
   * @param preload bytes that were put into the socket's send queue
   */
  void continueAs(String id, HttpTracker tracker, long preload);
}
