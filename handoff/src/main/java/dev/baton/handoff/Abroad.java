package dev.baton.handoff;

import dev.baton.handoff.NodeConfig.Elsewhere;
import dev.baton.handoff.contact.ContactOffice;
import dev.baton.handoff.trust.Admission;
import dev.baton.handoff.trust.KeyFolder;
import dev.baton.handoff.wire.TlsTransport;
import dev.baton.linux.ThreadPriority;
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
  private final Admission admission;
  private final TlsTransport transport;
  private final Peers peers;

  private Abroad(String group, Elsewhere elsewhere, Admission admission, TlsTransport transport) {
    this.elsewhere = elsewhere;
    this.admission = admission;
    this.transport = transport;
    this.peers = new Peers(transport, elsewhere.peers(), group);
  }

  /**
   * Reads the keys and the security map.
   *
   * @throws IOException if they cannot be used, in words for the operator
   */
  static Abroad open(NodeConfig config, Elsewhere elsewhere, Log log) throws IOException {
    KeyFolder keys = new KeyFolder(elsewhere.keys(), config.node(), config.group());
    NodeConfig.Admission rule = elsewhere.admission();
    Admission admission = Admission.open(keys, rule.map(), rule.ticket(), log);
    try {
      return new Abroad(config.group(), elsewhere, admission, new TlsTransport(admission));
    } catch (IOException | RuntimeException e) {
      admission.close();
      throw e;
    }
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
   * The traffic switches of the node. If connections are to leave this host, it joins its group.
   *
   * @param self this node's name
   * @throws IOException if connections are to leave this host, and the kernel or the settings do
   *     not allow it
   */
  Switches switches(String self, LocalSwitch here, Group group, Executor executor, Log log)
      throws IOException {
    List<InetAddress> contacts = elsewhere.contact();
    if (contacts.isEmpty()) {
      return Switches.of(here, null, this);
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
    Tunnels tunnels = Tunnels.open(own, contacts);
    try {
      ContactOffice.Setup setup =
          new ContactOffice.Setup(
              group.name(),
              self,
              new InetSocketAddress(own, elsewhere.membership().port()),
              resolved(elsewhere.membership().peers()),
              elsewhere.membership().discovery(),
              group.electorate(self),
              tunnels.atHome(),
              elsewhere.membership().absence());
      ContactOffice office =
          ContactOffice.open(setup, admission, tunnels, executor, ThreadPriority::raise, log);
      SteerSwitch steer = new SteerSwitch(self, own, contacts, group, here, office, executor, log);
      return Switches.of(here, steer, this);
    } catch (IOException | RuntimeException e) {
      tunnels.close();
      throw e;
    }
  }

  /** Those that have an address now; a peer that has none is not there. */
  private static List<InetSocketAddress> resolved(List<InetSocketAddress> peers) {
    return peers.stream()
        .map(peer -> new InetSocketAddress(peer.getHostString(), peer.getPort()))
        .filter(peer -> !peer.isUnresolved())
        .toList();
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
    admission.close();
  }
}
