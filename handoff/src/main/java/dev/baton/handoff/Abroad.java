package dev.baton.handoff;

import dev.baton.handoff.NodeConfig.Elsewhere;
import dev.baton.handoff.contact.ContactOffice;
import dev.baton.handoff.contact.Premises;
import dev.baton.handoff.trust.Admission;
import dev.baton.handoff.trust.KeyFolder;
import dev.baton.handoff.wire.TlsTransport;
import dev.baton.linux.ThreadPriority;
import dev.baton.linux.steer.Diversion;
import dev.baton.linux.steer.Steering;
import java.io.Closeable;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

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
   * Practises talking, in the background, if connections are to leave this host; the node answers
   * already.
   */
  void practise(String self, Log log) {
    if (!elsewhere.contact().isEmpty()) {
      TalkPractice.begin(transport, peers.group(), self, log);
    }
  }

  /**
   * The traffic switches of the node. If connections are to leave this host, it joins its group.
   *
   * @param self this node's name
   * @param host whose connections are here
   * @throws IOException if connections are to leave this host, and the kernel or the settings do
   *     not allow it
   */
  Switches switches(
      String self, Host host, LocalSwitch here, Group group, Executor executor, Log log)
      throws IOException {
    List<InetAddress> contacts = elsewhere.contact();
    if (contacts.isEmpty()) {
      return Switches.local(here, this);
    }
    InetAddress own =
        elsewhere.listen().isEmpty() ? null : resolved(elsewhere.listen().get()).getAddress();
    if (own == null || own.isAnyLocalAddress()) {
      throw new IOException(
          "baton.switch=steer or mip6 needs baton.listen with this node's own address: other nodes"
              + " send packets there");
    }
    Joining joining = new Joining(self, own, here, group, executor, log);
    if (elsewhere.mobility().isPresent()) {
      return mobile(joining, elsewhere.mobility().get(), host);
    }
    require(Steering.missing());
    Tunnels tunnels = Tunnels.open(own, contacts);
    ContactOffice office = join(joining, tunnels, tunnels::atHome);
    return Switches.steering(here, steer(joining, office), this);
  }

  /** Who joins a group, and with what. */
  private record Joining(
      String self, InetAddress own, LocalSwitch here, Group group, Executor executor, Log log) {}

  private Switches mobile(Joining joining, NodeConfig.Mobility mobility, Host host)
      throws IOException {
    require(Diversion.missing());
    MobilePremises premises =
        MobilePremises.open(mobility, joining.own, elsewhere.contact(), joining.log);
    // The home agent's tunnel reaches a node wherever it is.
    ContactOffice office = join(joining, premises, () -> true);
    premises.knows(office::places);
    peers.knows(office::places);
    SteerSwitch steer = steer(joining, office);
    MobileSwitch mobile =
        new MobileSwitch(
            steer,
            premises,
            host,
            joining.own,
            mobility.activation(),
            joining.executor,
            joining.log);
    try {
      mobile.endsWith(
          Roaming.begin(
              (Inet6Address) joining.own,
              premises.outside(),
              address -> move(address, mobile, office, joining.log),
              joining.log));
    } catch (IOException | RuntimeException e) {
      try (steer) {
        throw e;
      }
    }
    return Switches.mobile(joining.here, steer, mobile, this);
  }

  /** First where others ask for this node, then whom it tells. */
  private void move(Inet6Address to, MobileSwitch mobile, ContactOffice office, Log log) {
    try {
      transport.moveTo(to);
    } catch (IOException e) {
      log.warn("other nodes cannot hand connections to this one, nor it to them", e);
    }
    office.moveTo(to);
    mobile.moveTo(to);
  }

  private static void require(@Nullable String missing) throws IOException {
    if (missing != null) {
      throw new IOException(missing);
    }
  }

  /** Whether a node is in the subnet of a contact address. */
  private interface AtHome {
    boolean isSo() throws IOException;
  }

  /**
   * @param premises owned by the result, closed if this fails
   */
  private ContactOffice join(Joining joining, Premises premises, AtHome atHome) throws IOException {
    try {
      ContactOffice.Setup setup =
          new ContactOffice.Setup(
              joining.group.name(),
              joining.self,
              new InetSocketAddress(joining.own, elsewhere.membership().port()),
              resolved(elsewhere.membership().peers()),
              elsewhere.membership().discovery(),
              joining.group.electorate(joining.self),
              atHome.isSo(),
              elsewhere.membership().absence());
      return ContactOffice.open(
          setup, admission, premises, joining.executor, ThreadPriority::raise, joining.log);
    } catch (IOException | RuntimeException e) {
      premises.close();
      throw e;
    }
  }

  private SteerSwitch steer(Joining joining, ContactOffice office) {
    return new SteerSwitch(
        joining.self,
        joining.own,
        elsewhere.contact(),
        joining.group,
        joining.here,
        office,
        joining.executor,
        Settling.Patience.USUAL,
        joining.log);
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
