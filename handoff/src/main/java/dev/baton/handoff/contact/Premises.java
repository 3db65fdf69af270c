package dev.baton.handoff.contact;

import dev.baton.handoff.Flow;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;

/**
 * What the contact node has in the kernel: the contact addresses, behind a fence, and the table by
 * which it sends packets on. Closed at first.
 */
public interface Premises extends Closeable {

  /**
   * Puts everything in place behind the shut fence; the packets of connections that are elsewhere
   * are sent on from the beginning.
   *
   * @param elsewhere where to
   * @throws IOException if the kernel refuses; nothing is left then
   */
  void open(Map<Flow, InetAddress> elsewhere) throws IOException;

  /** Starts a timer of the fence. */
  void arm(int timer, long millis) throws IOException;

  /** The fence is open as long as this timer runs, and not at all if it has run out. */
  void admit(int timer) throws IOException;

  /** Shuts the fence at once. */
  void shut() throws IOException;

  /** Tells the network that the addresses are here. */
  void announce() throws IOException;

  /** From now on the flow's packets go to a node. */
  void steer(Flow flow, InetAddress node) throws IOException;

  /** From now on the flow's packets stay here. Does nothing if they do already. */
  void keepHere(Flow flow) throws IOException;

  /** Takes everything away again. Does nothing if nothing is there. */
  void vacate() throws IOException;

  /** This node leaves, and nobody is there to take the addresses over. */
  default void abandon() {
    // The addresses go with the process.
  }

  /** The end of it all. */
  @Override
  void close() throws IOException;
}
