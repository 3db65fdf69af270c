package dev.baton.handoff;

import dev.baton.http.RequestHead;

/** Is asked where a connection that has just come is to be served. */
public interface Usher {

  /**
   * A new connection has brought its first request, of which the server has not read anything. Does
   * not wait; called on a thread of the server.
   *
   * @param settled runs once, on another thread, when the server may go on with the connection: it
   *     has been handed off and is over here, or it stays
   * @return false if the connection is served here; {@code settled} does not run then
   */
  boolean place(ServedConnection connection, RequestHead request, Runnable settled);

  /** Whether it is to be asked also about new connections that another node has placed here. */
  boolean placesOn();
}
