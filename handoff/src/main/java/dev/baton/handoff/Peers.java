package dev.baton.handoff;

import dev.baton.handoff.trust.NotAdmittedException;
import dev.baton.handoff.wire.TlsTransport;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The nodes of a group that may be on other hosts: where they are, and what they are called. */
final class Peers {
  private static final int CONNECT_MILLIS = 3_000;

  private final TlsTransport transport;
  private final List<InetSocketAddress> addresses;
  private final String group;
  private final Map<String, InetSocketAddress> byName = new ConcurrentHashMap<>();

  /**
   * @param transport stays the caller's
   * @param addresses where other nodes may listen; one of them may be this node's own
   */
  Peers(TlsTransport transport, List<InetSocketAddress> addresses, String group) {
    this.transport = transport;
    this.addresses = addresses;
    this.group = group;
  }

  /**
   * Opens a conversation with a node.
   *
   * @return null if none of the peers that answer has this name
   */
  @Nullable NodeClient open(String node, String self) throws IOException {
    InetSocketAddress last = byName.get(node);
    if (last != null) {
      NodeClient client = openIfThere(last, self);
      if (client != null && client.node().name().equals(node)) {
        return client;
      }
      if (client != null) {
        client.close();
      }
      byName.remove(node, last);
    }
    for (InetSocketAddress address : addresses) {
      NodeClient client = byName.containsValue(address) ? null : openIfThere(address, self);
      if (client != null) {
        if (client.node().name().equals(node)) {
          return client;
        }
        client.close();
      }
    }
    return null;
  }

  /** The nodes that answer, except the caller. */
  List<NodeInfo> nodes(String self) throws IOException {
    List<NodeInfo> nodes = new ArrayList<>();
    for (InetSocketAddress address : addresses) {
      NodeClient client = openIfThere(address, self);
      if (client != null) {
        client.close();
        if (!client.node().name().equals(self)) {
          nodes.add(client.node());
        }
      }
    }
    return nodes;
  }

  private @Nullable NodeClient openIfThere(InetSocketAddress address, String self)
      throws IOException {
    try {
      NodeClient client = NodeClient.open(transport.connect(address, CONNECT_MILLIS), group, self);
      byName.put(client.node().name(), address);
      return client;
    } catch (ConnectException | SocketTimeoutException | EOFException e) {
      return null; // it is not running, or just leaving
    } catch (NotAdmittedException e) {
      return null; // the log has it, and the others are there all the same
    }
  }
}
