package dev.baton.anycast.host;

import dev.baton.anycast.AddressTable;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.path.Role.Tunnel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the TCP connections to one contact address are that packets come here of although they are
 * at other nodes. Looking up takes neither lock nor memory.
 */
final class MovedFlows {

  /** How many clients at most; who comes then is not sent on. */
  private static final int MOST_CLIENTS = 1 << 14;

  private static final int PORT_BITS = 16;

  /** Of one client; never changed. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Places(int[] ports, Tunnel[] tunnels) {

    @Nullable Tunnel of(int flow) {
      for (int i = 0; i < ports.length; i++) {
        if (ports[i] == flow) {
          return tunnels[i];
        }
      }
      return null;
    }

    Places from(Ip6 careOf) {
      Tunnel[] others = new Tunnel[tunnels.length];
      Arrays.setAll(others, i -> new Tunnel(careOf, tunnels[i].homeAgent()));
      return new Places(ports, others);
    }

    Places without(int flow) {
      int kept = 0;
      int[] otherPorts = new int[ports.length];
      Tunnel[] others = new Tunnel[ports.length];
      for (int i = 0; i < ports.length; i++) {
        if (ports[i] != flow) {
          otherPorts[kept] = ports[i];
          others[kept++] = tunnels[i];
        }
      }
      return new Places(Arrays.copyOf(otherPorts, kept), Arrays.copyOf(others, kept));
    }

    Places with(int flow, Tunnel tunnel) {
      Places rest = without(flow);
      int at = rest.ports.length;
      int[] all = Arrays.copyOf(rest.ports, at + 1);
      Tunnel[] ways = Arrays.copyOf(rest.tunnels, at + 1);
      all[at] = flow;
      ways[at] = tunnel;
      return new Places(all, ways);
    }
  }

  private static final Places NOWHERE = new Places(new int[0], new Tunnel[0]);

  private final AddressTable<Places> clients = new AddressTable<>(MOST_CLIENTS);

  /** Both ports as they stand at the beginning of what the client sends. */
  static int flow(int clientPort, int serverPort) {
    return clientPort << PORT_BITS | serverPort;
  }

  /**
   * The way to the node that has a connection.
   *
   * @param flow both {@linkplain #flow ports}
   * @return the same object as long as it is the same way; null if the connection is here
   */
  @Nullable Tunnel of(long clientHigh, long clientLow, int flow) {
    Places places = clients.get(clientHigh, clientLow);
    return places == null ? null : places.of(flow);
  }

  /**
   * From now on a connection is at the end of a tunnel.
   *
   * @throws IllegalStateException if there are too many clients
   */
  synchronized void put(Ip6 client, int flow, Tunnel tunnel) {
    Places known = clients.get(client);
    clients.put(client, (known == null ? NOWHERE : known).with(flow, tunnel));
  }

  /** All tunnels begin at another address of this host from now on. */
  synchronized void beginAt(Ip6 careOf) {
    clients.replaceAll(places -> places.from(careOf));
  }

  /** From now on a connection is here, or nowhere. */
  synchronized void remove(Ip6 client, int flow) {
    Places known = clients.get(client);
    if (known == null) {
      return;
    }
    Places rest = known.without(flow);
    if (rest.ports.length == 0) {
      clients.remove(client);
    } else {
      clients.put(client, rest);
    }
  }
}
