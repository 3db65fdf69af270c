package dev.baton.linux;

import dev.baton.linux.steer.ContactAddress;
import dev.baton.linux.steer.Network;
import dev.baton.linux.steer.Steering;
import dev.baton.linux.steer.SteeringTable;
import dev.baton.linux.steer.TunnelEnd;
import java.net.InetAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A contact node, two acceptors and a client, each a host; what the packets of the contact
 * addresses need is installed, and everybody listens.
 */
final class OneAddress implements AutoCloseable {

  private static final Map<TcpImage.Family, Integer> PORTS =
      Map.of(
          TcpImage.Family.IPV4, 8080,
          TcpImage.Family.IPV6, 8081,
          TcpImage.Family.IPV4_MAPPED, 8082);
  private static final int MTU = 1500;
  private static final int IPV6_AND_TCP = 60;

  final Network network;
  final SteeringTable table;
  private final Map<Network.Host, Map<TcpImage.Family, ServerSocketChannel>> listeners =
      new HashMap<>();
  private final List<Runnable> closing = new ArrayList<>();

  private OneAddress(Network network) throws Exception {
    this.network = network;
    InetAddress own = network.contact.address(true);
    List<InetAddress> contacts =
        List.of(Network.contactAddress(true), Network.contactAddress(false));
    for (Network.Host host : List.of(network.first, network.second)) {
      opened(host, host.call(() -> TunnelEnd.open(host.address(true), contacts)));
    }
    for (InetAddress contact : contacts) {
      opened(network.contact, network.contact.call(() -> ContactAddress.on(contact, "eth0")));
    }
    table = network.contact.call(() -> SteeringTable.open(own, List.of("eth0")));
    opened(network.contact, table);
    for (Network.Host host : List.of(network.contact, network.first, network.second)) {
      Map<TcpImage.Family, ServerSocketChannel> its = new EnumMap<>(TcpImage.Family.class);
      for (TcpImage.Family family : TcpImage.Family.values()) {
        ServerSocketChannel listener = host.call(() -> Loopback.listen(family, port(family)));
        its.put(family, listener);
        opened(host, listener);
        RawSocket.set(
            Descriptors.of(listener),
            Option.TCP_MAXSEG,
            MTU - IPV6_AND_TCP - Steering.tunnelBytes(own));
      }
      listeners.put(host, its);
    }
  }

  static OneAddress start() throws Exception {
    return new OneAddress(Network.start());
  }

  /** Where all listen for connections of a kind. */
  static int port(TcpImage.Family family) {
    return PORTS.get(family);
  }

  ServerSocketChannel listener(Network.Host host, TcpImage.Family family) {
    return listeners.get(host).get(family);
  }

  private void opened(Network.Host host, AutoCloseable what) {
    closing.add(
        0,
        () -> {
          try {
            host.close(what);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Of three hosts one negotiates this, one would have negotiated everything, one nothing. */
  void negotiate(boolean sack, boolean timestamps, boolean scaling) throws Exception {
    offer(network.client, sack, timestamps, scaling);
    offer(network.contact, sack, timestamps, scaling);
    offer(network.first, true, true, true);
    offer(network.second, false, false, false);
  }

  private static void offer(Network.Host host, boolean sack, boolean timestamps, boolean scaling)
      throws Exception {
    host.call(
        () -> {
          PrivateNetwork.sysctl("tcp_sack", sack);
          PrivateNetwork.sysctl("tcp_timestamps", timestamps);
          PrivateNetwork.sysctl("tcp_window_scaling", scaling);
          return null;
        });
  }

  @Override
  public void close() {
    closing.forEach(Runnable::run);
    network.close();
  }
}
