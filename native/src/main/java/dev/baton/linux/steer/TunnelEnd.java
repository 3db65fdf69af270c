package dev.baton.linux.steer;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;

/**
 * What an acceptor has: the end of the tunnels from the contact node, and on it the contact
 * addresses, where the network does not get to know of them. Packets of connections that are
 * steered here arrive as if the client had sent them here, and the answers go directly to the
 * client. Open it before the first connection is steered here.
 *
 * <p>The firewall of this host must let in UDP port {@value Steering#UDP_PORT} from the contact
 * node, and must not object to TCP connections whose beginning it has not seen.
 *
 * <p>Thread-safe; all methods must be called by a thread in the network namespace that is meant.
 */
public final class TunnelEnd implements AutoCloseable {

  private final Installation installation;
  private boolean closed;

  private TunnelEnd(Installation installation) {
    this.installation = installation;
  }

  /**
   * Opens it.
   *
   * @param own the address of this node by which the others reach it, and the one under which the
   *     contact node steers connections here
   * @param contacts the contact addresses of the group
   * @throws dev.baton.linux.LinuxException if the address is not one of this host, the kernel lacks
   *     something, or CAP_NET_ADMIN is missing
   */
  public static TunnelEnd open(InetAddress own, Collection<InetAddress> contacts)
      throws IOException {
    return Installation.of(
        into -> {
          TunnelLink tunnel = TunnelLink.install(into, own);
          for (InetAddress contact : contacts) {
            ContactAddress.install(into, contact, tunnel);
          }
          return new TunnelEnd(into);
        });
  }

  /** Removes it all: connections that are still here are cut off. Does nothing the second time. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      installation.close();
    }
  }
}
