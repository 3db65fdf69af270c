package dev.baton.linux.steer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real connections move from the contact node to one acceptor, to another, and back. */
class SteeringTest {

  private static final int PORT = 8080;
  private static final int BYTES = 2_000_000;
  private static final int MTU = 1500;

  private static Network network;

  @BeforeAll
  static void start() throws Exception {
    network = Network.start();
  }

  @AfterAll
  static void end() {
    network.close();
  }

  @ParameterizedTest(name = "contact address IPv6: {0}, between nodes IPv6: {1}")
  @CsvSource({"true,true", "false,false", "true,false", "false,true"})
  void everyByteArrivesOnceWhereverTheConnectionIs(boolean contactSix, boolean nodesSix)
      throws Exception {
    InetAddress contact = Network.contactAddress(contactSix);
    InetAddress own = network.contact.address(nodesSix);
    InetAddress firstAddress = network.first.address(nodesSix);
    InetAddress secondAddress = network.second.address(nodesSix);
    Map<Network.Host, String> before = network.states();

    TunnelEnd first = network.first.call(() -> TunnelEnd.open(firstAddress, List.of(contact)));
    TunnelEnd second = network.second.call(() -> TunnelEnd.open(secondAddress, List.of(contact)));
    ContactAddress address =
        network.contact.call(
            () -> ContactAddress.on(contact, ContactAddress.interfaceFor(contact, own)));
    SteeringTable table = network.contact.call(() -> SteeringTable.open(own, List.of("eth0")));

    int segment = MTU - (contactSix ? 60 : 40) - Steering.tunnelBytes(own);
    ServerSocketChannel listener = network.listen(contact, PORT, segment);
    MovingConnection moving = network.connect(listener);
    MovingConnection staying = network.connect(listener);
    moving.exchange(BYTES, () -> moving.move(network.first, table, firstAddress));
    assertThat(table.steered()).isEqualTo(Map.of(moving.flow(), firstAddress));
    staying.exchange(BYTES, null);
    long sentByContactNode = network.contact.sent("eth0");
    moving.exchange(BYTES, () -> moving.move(network.second, table, secondAddress));
    staying.exchange(10_000, null);
    moving.exchange(BYTES, null);
    assertThat(network.contact.sent("eth0") - sentByContactNode)
        .as("the client's packets go through here, the answers do not")
        .isBetween(2L * BYTES, 2L * BYTES * 12 / 10);
    moving.exchange(BYTES, () -> moving.move(network.contact, table, null));
    assertThat(table.steered()).isEmpty();
    assertThat(network.contact.fragments()).as("packets taken to pieces").isZero();

    moving.close();
    staying.close();
    listener.close();
    network.contact.close(table);
    network.contact.close(address);
    network.first.close(first);
    network.second.close(second);
    assertThat(network.states()).isEqualTo(before);
  }

  @ParameterizedTest(name = "IPv6: {0}")
  @ValueSource(booleans = {true, false})
  void aRouterThatFindsAPacketTooBigTellsTheAcceptor(boolean six) throws Exception {
    InetAddress contact = Network.contactAddress(six);
    InetAddress own = network.contact.address(six);
    InetAddress acceptor = network.first.address(six);
    TunnelEnd end = network.first.call(() -> TunnelEnd.open(acceptor, List.of(contact)));
    ContactAddress address = network.contact.call(() -> ContactAddress.on(contact, "eth0"));
    SteeringTable table = network.contact.call(() -> SteeringTable.open(own, List.of("eth0")));
    ServerSocketChannel listener = network.listen(contact, PORT, MTU - 150);
    MovingConnection moving = network.connect(listener);
    moving.exchange(300_000, () -> moving.move(network.first, table, acceptor));
    network.router.run("ip", "link", "set", "to1", "mtu", "1300");
    moving.exchange(BYTES, null);
    assertThat(moving.segment()).isLessThanOrEqualTo(1300 - (six ? 60 : 40));
    moving.close();
    listener.close();
    network.router.run("ip", "link", "set", "to1", "mtu", "1500");
    network.contact.close(table);
    network.contact.close(address);
    network.first.close(end);
  }

  @ParameterizedTest(name = "IPv6: {0}")
  @ValueSource(booleans = {true, false})
  void theSubnetOfAnAcceptorDoesNotLearnTheContactAddress(boolean six) throws Exception {
    InetAddress contact = Network.contactAddress(six);
    String text = Network.contactText(six);
    TunnelEnd end =
        network.first.call(() -> TunnelEnd.open(network.first.address(six), List.of(contact)));
    network.first.run("ip", "neigh", "flush", "all");
    network.router.run("ip", "neigh", "flush", "all");
    network.first.call(() -> send(contact, network.client.address(six)));
    await().until(() -> network.first.run("ip", "neigh", "show", "dev", "eth0").contains("REACH"));
    assertThat(network.router.run("ip", "neigh", "show", "dev", "to3"))
        .as("asked for the router's hardware address in no name")
        .doesNotContain(text);
    network.router.run("ip", "route", "add", text, "dev", "to3");
    network.router.call(() -> send(null, contact));
    await().until(() -> network.router.run("ip", "neigh", "show", "dev", "to3").contains("FAILED"));
    network.router.run("ip", "route", "del", text, "dev", "to3");
    network.first.close(end);
  }

  @ParameterizedTest(name = "IPv6: {0}")
  @ValueSource(booleans = {true, false})
  void onlyAHostOfItsSubnetIsAtHomeWithTheContactAddress(boolean six) throws Exception {
    InetAddress contact = Network.contactAddress(six);
    InetAddress acceptor = network.first.address(six);
    TunnelEnd end = network.first.call(() -> TunnelEnd.open(acceptor, List.of(contact)));
    assertThat(network.contact.call(() -> ContactAddress.isAtHome(contact))).isTrue();
    assertThat(network.first.call(() -> ContactAddress.isAtHome(contact)))
        .as("though it has the address on the link of the tunnel")
        .isFalse();
    network.first.close(end);
  }

  private static Void send(@Nullable InetAddress from, InetAddress to) throws Exception {
    try (DatagramChannel channel =
        DatagramChannel.open(
            to.getAddress().length == 4
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6)) {
      channel.bind(from == null ? null : new InetSocketAddress(from, 0));
      channel.send(ByteBuffer.allocate(1), new InetSocketAddress(to, 9));
    }
    return null;
  }

  @ParameterizedTest(name = "IPv6: {0}")
  @ValueSource(booleans = {true, false})
  void theSubnetLearnsWhereAnAnnouncedAddressIs(boolean six) throws Exception {
    InetAddress contact = Network.contactAddress(six);
    String text = Network.contactText(six);
    String wrong = "02:00:00:00:00:99";
    network.router.run(
        "ip", "neigh", "replace", text, "lladdr", wrong, "dev", "to2", "nud", "stale");
    ContactAddress address = network.contact.call(() -> ContactAddress.on(contact, "eth0"));
    network.contact.call(
        () -> {
          address.announce();
          return null;
        });
    String link = network.contact.run("ip", "-br", "link", "show", "eth0");
    await()
        .until(
            () -> !network.router.run("ip", "neigh", "show", text, "dev", "to2").contains(wrong));
    assertThat(link)
        .contains(network.router.run("ip", "neigh", "show", text, "dev", "to2").split(" ", -1)[2]);
    network.contact.close(address);
  }

  @Test
  void nothingButPacketsForContactAddressesComesOutOfATunnel() throws Exception {
    InetAddress contact = Network.contactAddress(false);
    InetAddress acceptor = network.first.address(false);
    int port = 4711;
    TunnelEnd end = network.first.call(() -> TunnelEnd.open(acceptor, List.of(contact)));
    try (DatagramChannel receiver =
            network.first.call(
                () ->
                    DatagramChannel.open().bind(new InetSocketAddress((InetAddress) null, port)));
        DatagramChannel stranger = network.second.call(DatagramChannel::open)) {
      InetSocketAddress tunnel = new InetSocketAddress(acceptor, Steering.UDP_PORT);
      stranger.send(tunnelled(new TunnelPoint(acceptor), acceptor, port, (byte) 'x'), tunnel);
      stranger.send(tunnelled(new TunnelPoint(acceptor), contact, port, (byte) 'c'), tunnel);
      receiver.configureBlocking(false);
      ByteBuffer received = ByteBuffer.allocate(10);
      await().until(() -> receiver.receive(received) != null);
      assertThat(received.get(0)).isEqualTo((byte) 'c');
    }
    network.first.close(end);
  }

  /** A datagram of one byte in IPv4 in Ethernet in VXLAN. */
  private static ByteBuffer tunnelled(TunnelPoint to, InetAddress inner, int port, byte payload) {
    int ip = 8 + 14;
    ByteBuffer packet =
        ByteBuffer.allocate(ip + 20 + 8 + 1)
            .putInt(0x08000000)
            .putInt(to.vni() << 8)
            .put(to.mac())
            .put(new byte[] {2, 0, 0, 0, 0, 1})
            .putShort((short) 0x0800)
            .putInt(0x45000000 | 29)
            .putInt(0)
            .putInt(64 << 24 | 17 << 16)
            .put(new byte[] {10, 0, 1, 2})
            .put(inner.getAddress())
            .putShort((short) 9)
            .putShort((short) port)
            .putShort((short) 9)
            .putShort((short) 0)
            .put(payload);
    int sum = 0;
    for (int at = ip; at < ip + 20; at += 2) {
      sum += packet.getShort(at) & 0xffff;
    }
    return packet.putShort(ip + 10, (short) ~(sum % 0xffff)).flip();
  }
}
