package dev.baton.handoff;

import dev.baton.handoff.NodeConfig.Elsewhere;
import dev.baton.handoff.trust.KeyFolder;
import dev.baton.handoff.wire.TlsTransport;
import dev.baton.linux.steer.Steering;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;

/** What a node has for talking to other hosts. */
final class Abroad implements Closeable {
  private final Elsewhere elsewhere;
  private final TlsTransport transport;
  private final Peers peers;

  private Abroad(String group, Elsewhere elsewhere, TlsTransport transport) {
    this.elsewhere = elsewhere;
    this.transport = transport;
    this.peers = new Peers(transport, elsewhere.peers(), group);
  }

  /**
   * Reads the keys.
   *
   * @throws IOException if they cannot be used, in words for the operator
   */
  static Abroad open(NodeConfig config, Elsewhere elsewhere) throws IOException {
    KeyFolder keys = new KeyFolder(elsewhere.keys(), config.node(), config.group());
    return new Abroad(config.group(), elsewhere, new TlsTransport(keys));
  }

  /** The nodes on other hosts. */
  Peers peers() {
    return peers;
  }

  /** Lets the nodes on other hosts come, if they may. */
  void listen(Reception reception) throws IOException {
    if (elsewhere.listen().isPresent()) {
      transport.listen(resolved(elsewhere.listen().get()), reception);
    }
  }

  /**
   * The traffic switches of the node. The first node of a group to start becomes its contact node.
   *
   * @param self this node's name
   * @throws IOException if connections are to leave this host, and the kernel or the settings do
   *     not allow it
   */
  Switches switches(String self, LocalSwitch here, Group group, Executor executor)
      throws IOException {
    List<InetAddress> contacts = elsewhere.contact();
    if (contacts.isEmpty()) {
      return Switches.of(here, null, transport);
    }
    InetAddress own =
        elsewhere.listen().isEmpty() ? null : resolved(elsewhere.listen().get()).getAddress();
    if (own == null || own.isAnyLocalAddress()) {
      throw new IOException(
          "baton.switch=steer needs baton.listen with this node's own address: the contact node"
              + " sends packets there");
    }
    String missing = Steering.missing();
    if (missing != null) {
      throw new IOException(missing);
    }
    boolean contact = group.nodes(self).stream().noneMatch(NodeInfo::contact);
    Tunnels tunnels = contact ? Tunnels.ofContact(own, contacts) : Tunnels.ofMember(own, contacts);
    ContactDesk desk = contact ? new ContactDesk(self, tunnels) : null;
    SteerSwitch steer = new SteerSwitch(self, own, contacts, group, here, tunnels, desk, executor);
    return Switches.of(here, steer, transport);
  }

  private static InetSocketAddress resolved(InetSocketAddress address) throws IOException {
    InetSocketAddress now = new InetSocketAddress(address.getHostString(), address.getPort());
    if (now.isUnresolved()) {
      throw new UnknownHostException("baton.listen: there is no host " + address.getHostString());
    }
    return now;
  }

  @Override
  public void close() {
    transport.close();
  }
}
