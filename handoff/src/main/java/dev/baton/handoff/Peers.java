package dev.baton.handoff;

import dev.baton.handoff.trust.NotAdmittedException;
import dev.baton.handoff.wire.TlsTransport;
import io.netty.util.NetUtil;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The nodes of a group that may be on other hosts: where they are, and what they are called. */
final class Peers {
  private static final int CONNECT_MILLIS = 3_000;

  private final TlsTransport transport;
  private final List<InetSocketAddress> addresses;
  private final String group;

  /** Who was met where, last. */
  private final Map<InetSocketAddress, String> names = new ConcurrentHashMap<>();

  private volatile Supplier<Map<String, InetAddress>> members = Map::of;

  /**
   * @param transport stays the caller's
   * @param addresses where other nodes may listen; one of them may be this node's own
   */
  Peers(TlsTransport transport, List<InetSocketAddress> addresses, String group) {
    this.transport = transport;
    this.addresses = addresses;
    this.group = group;
  }

  /** The group they belong to. */
  String group() {
    return group;
  }

  /**
   * Where the members of the group are from now on, by their names: more than the settings know.
   */
  void knows(Supplier<Map<String, InetAddress>> places) {
    members = places;
  }

  /** Where a member of the group is; null if that is not known. */
  @Nullable InetAddress place(String node) {
    return members.get().get(node);
  }

  /**
   * Where nodes may be: where the settings say, except for nodes that have moved, and where these
   * are, on the ports of the settings. A host name is taken for right, whoever is behind it.
   *
   * @param settings some of which may be host names
   * @param names who was met where
   * @param members where the members of the group are
   * @param self who need not be looked for
   */
  static List<InetSocketAddress> addresses(
      List<InetSocketAddress> settings,
      Map<InetSocketAddress, String> names,
      Map<String, InetAddress> members,
      String self) {
    Set<InetSocketAddress> all = new LinkedHashSet<>();
    for (InetSocketAddress each : settings) {
      String name = names.get(each);
      InetAddress place = name == null ? null : members.get(name);
      if (place == null || mayBeAt(each, place)) {
        all.add(each);
      }
    }
    members.forEach(
        (name, place) -> {
          if (!name.equals(self) && settings.stream().noneMatch(each -> mayBeAt(each, place))) {
            settings.forEach(each -> all.add(new InetSocketAddress(place, each.getPort())));
          }
        });
    return List.copyOf(all);
  }

  private static boolean mayBeAt(InetSocketAddress setting, InetAddress place) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(setting.getHostString());
    return address == null || Arrays.equals(address, place.getAddress());
  }

  private List<InetSocketAddress> addresses(String self) {
    return addresses(addresses, names, members.get(), self);
  }

  /**
   * Opens a conversation with a node.
   *
   * @return null if none of the peers that answer has this name
   */
  @Nullable NodeClient open(String node, String self) throws IOException {
    List<InetSocketAddress> known = new ArrayList<>();
    List<InetSocketAddress> unknown = new ArrayList<>();
    for (InetSocketAddress address : addresses(self)) {
      String name = names.get(address);
      if (name == null) {
        unknown.add(address);
      } else if (name.equals(node)) {
        known.add(address);
      }
    }
    known.addAll(unknown);
    for (InetSocketAddress address : known) {
      NodeClient client = openIfThere(address, self);
      if (client != null) {
        if (client.node().name().equals(node)) {
          return client;
        }
        client.close();
      } else {
        names.remove(address, node);
      }
    }
    return null;
  }

  /** The nodes that answer, except the caller. */
  List<NodeInfo> nodes(String self) throws IOException {
    List<NodeInfo> nodes = new ArrayList<>();
    for (InetSocketAddress address : addresses(self)) {
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
      names.put(address, client.node().name());
      return client;
    } catch (ConnectException | SocketTimeoutException | EOFException e) {
      return null; // it is not running, or just leaving
    } catch (NotAdmittedException e) {
      return null; // the log has it, and the others are there all the same
    }
  }
}
