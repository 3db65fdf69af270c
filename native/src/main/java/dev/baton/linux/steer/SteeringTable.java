package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections whose packets this contact node sends on to acceptors. A change is in force for
 * every packet that comes in after the call has returned; there is no moment between the old state
 * and the new one, and packets of other connections are not touched. What a packet and a change
 * cost does not depend on the number of connections.
 *
 * <p>The kernel goes on steering if this process dies, until the next {@linkplain Steering#sweep
 * sweep}, or anything of this package is opened, in the same network namespace. Several tables in
 * one namespace do not disturb each other.
 *
 * <p>Thread-safe; {@link #open} and {@link #close} must be called by a thread in the namespace that
 * is meant. Nothing waits for the network.
 */
public final class SteeringTable implements AutoCloseable {

  private final Installation installation;
  private final TunnelLink tunnel;
  private final FlowTable table;
  private final Map<Flow, InetAddress> steered = new HashMap<>();
  private final Set<InetAddress> connected = new HashSet<>();
  private boolean closed;

  private SteeringTable(Installation installation, TunnelLink tunnel, FlowTable table) {
    this.installation = installation;
    this.tunnel = tunnel;
    this.table = table;
  }

  /**
   * Makes a table in which nothing is steered yet.
   *
   * @param own the address of this node by which the others reach it
   * @param interfaces the names of those by which packets for the contact address come in
   * @throws IllegalArgumentException if there are no interfaces
   * @throws LinuxException if the address is not one of this host, an interface does not exist, the
   *     kernel lacks something, or CAP_NET_ADMIN is missing
   */
  public static SteeringTable open(InetAddress own, Collection<String> interfaces)
      throws IOException {
    if (interfaces.isEmpty()) {
      throw new IllegalArgumentException("no interface to steer from");
    }
    return Installation.of(
        into -> {
          for (String name : interfaces) {
            into.network().link(name); // a recent kernel would wait for one that does not exist
          }
          TunnelLink tunnel = TunnelLink.install(into, own);
          return new SteeringTable(into, tunnel, FlowTable.install(into, interfaces, tunnel));
        });
  }

  /**
   * Sends the packets of a connection to an acceptor from now on, whatever was before.
   *
   * @param flow whose client's address has no meaning beyond its bytes: scopes are ignored
   * @param acceptor the address with which the acceptor has opened its {@link TunnelEnd}
   * @throws IllegalArgumentException if the acceptor is this node, or its address is of the other
   *     version of IP than this node's own
   * @throws LinuxException if the kernel refuses; all is then as before
   */
  public synchronized void steer(Flow flow, InetAddress acceptor) throws LinuxException {
    TunnelPoint to = connect(Addresses.plain(acceptor));
    InetAddress before = steered.get(flow);
    if (to.address().equals(before)) {
      return;
    }
    List<NetlinkMessage> changes = new ArrayList<>();
    if (before != null) {
      changes.add(table.remove(flow));
    }
    changes.add(table.add(flow, to));
    installation
        .nfTables()
        .commit("steer " + flow + " to " + to.address().getHostAddress(), changes);
    steered.put(flow, to.address());
  }

  private TunnelPoint connect(InetAddress acceptor) throws LinuxException {
    requireOpen();
    InetAddress own = tunnel.point().address();
    if (acceptor.equals(own) || Addresses.isIpv4(acceptor) != Addresses.isIpv4(own)) {
      throw new IllegalArgumentException(
          "no tunnel from " + own.getHostAddress() + " to " + acceptor.getHostAddress());
    }
    TunnelPoint to = new TunnelPoint(acceptor);
    if (!connected.contains(acceptor)) {
      tunnel.connect(installation.network(), to);
      connected.add(acceptor);
    }
    return to;
  }

  /**
   * Lets the packets of a connection come to this host again.
   *
   * @return to which acceptor they went; null, and nothing is done, if it was not steered
   * @throws LinuxException if the kernel refuses; all is then as before
   */
  public synchronized @Nullable InetAddress unsteer(Flow flow) throws LinuxException {
    requireOpen();
    InetAddress before = steered.get(flow);
    if (before != null) {
      installation.nfTables().commit("unsteer " + flow, List.of(table.remove(flow)));
      steered.remove(flow);
    }
    return before;
  }

  /** Returns a copy of what is steered, with the acceptors. */
  public synchronized Map<Flow, InetAddress> steered() {
    return Map.copyOf(steered);
  }

  /**
   * Ends all steering and removes the table. Does nothing the second time. Connections that are
   * elsewhere are cut off.
   */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      steered.clear();
      installation.close();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the steering table is closed");
    }
  }
}
