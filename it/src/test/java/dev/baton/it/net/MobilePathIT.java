package dev.baton.it.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.host.NodeHost;
import dev.baton.anycast.message.MobilityMessage.BindingRefreshRequest;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.node.NodeSetup;
import dev.baton.anycast.path.PacketPath;
import dev.baton.anycast.path.Reason;
import dev.baton.it.bed.FixedBinding;
import dev.baton.it.bed.MobilePacket;
import dev.baton.linux.steer.DuplicateAddress;
import dev.baton.linux.steer.ProxiedAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real TCP through the data path of Mobile IPv6. The contact address belongs to the segment of
 * {@code home-a}; the node that has it, {@code b}, is elsewhere.
 */
class MobilePathIT {

  private static final int BYTES = Integer.getInteger("baton.bytes", 10_000_000);
  private static final int IPV6 = 40;
  private static final int NEXT_HEADER = 6;
  private static final int TCP = 6;
  private static final int ROUTING = 43;
  private static final int DESTINATION_OPTIONS = 60;

  /** What another program on the client might send. */
  private static final String SEND_MOBILITY =
      """
      import socket, sys
      out = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135)
      out.sendto(bytes([59, 0, 0, 0, 0, 0, 0, 0]), (sys.argv[1], 0))
      """;

  @TempDir private Path captures;

  private Network network;
  private Host client;
  private Host node;
  private Host home;
  private InetAddress contact;

  @BeforeEach
  void start() throws Exception {
    System.setProperty(Network.CAPTURES, captures.toString());
    try {
      network = Topology.homes("mobile", "a", "b");
    } finally {
      System.clearProperty(Network.CAPTURES);
    }
    client = network.host("client");
    node = network.host("b");
    home = network.host("home-a");
    contact = network.lan("a").subnet().ipv6(0x99);
  }

  @AfterEach
  void end() throws Exception {
    network.close();
  }

  @Test
  void clientAndNodeTalkDirectlyAndNobodyElseNotices() throws Exception {
    FixedBinding binding = new FixedBinding(Ip6.of(contact), node, null);
    String before = state(client) + state(node);
    try (PacketPath atClient = binding.client(client, "wan0");
        PacketPath atNode = binding.node(node, "eth0")) {
      transfer(client, node, contact);
      Map<Reason, Long> clients = settled(atClient);
      Map<Reason, Long> nodes = settled(atNode);
      assertThat(clients).containsOnlyKeys(Reason.ROUTED, Reason.HOME_ADDRESS_REMOVED);
      assertThat(nodes).containsOnlyKeys(Reason.UNROUTED, Reason.HOME_ADDRESS_ADDED);

      transfer(client, node, node.ipv6());
      transfer(client, home, home.ipv6());
      assertThat(atClient.counters()).isEqualTo(clients);
      assertThat(atNode.counters()).isEqualTo(nodes);
    }
    node.ip("addr del " + contact.getHostAddress() + "/128 dev lo");
    assertThat(state(client) + state(node)).isEqualTo(before);
    network.close();
    network = Network.create("nothing"); // to be closed afterwards
    try (DirectoryStream<Path> files = Files.newDirectoryStream(captures, "*-client-wan0.pcap")) {
      lookAt(PcapFile.read(files.iterator().next()));
    }
  }

  @Test
  void aNodeThatCannotBeCompletedLeavesNothing() throws Exception {
    String before = state(node) + node.run("ip", "-o", "addr");
    NodeSetup setup = new NodeSetup(Ip6.of(contact), member -> false, Duration.ofSeconds(1), 1);
    assertThatThrownBy(
            () ->
                node.call(
                    () ->
                        NodeHost.open(
                            List.of(setup),
                            Ip6.of(node.ipv6()),
                            List.of("eth0", "nothing"),
                            address -> null,
                            line -> {})))
        .isInstanceOf(IOException.class);
    assertThat(state(node) + node.run("ip", "-o", "addr")).isEqualTo(before);
  }

  @Test
  void whatTheKernelServesDoesNotComeHere() throws Exception {
    assumeThat(FixedBinding.byKernel(client)).as("a kernel with Mobile IPv6").isTrue();
    FixedBinding binding = new FixedBinding(Ip6.of(contact), node, null);
    try (PacketPath atClient = binding.client(client, "wan0");
        PacketPath atNode = binding.node(node, "eth0")) {
      transfer(client, node, contact);
      assertThat(diverted(client)).isLessThan(10);
      assertThat(settled(atClient).get(Reason.ROUTED)).isGreaterThan(BYTES / 1500);
      assertThat(diverted(node)).isGreaterThan(10);
    }
    assertThat(client.run("sh", "-c", "ip xfrm state; ip xfrm policy")).isEmpty();
    try (PacketPath atClient = binding.client(client, "wan0", false);
        PacketPath atNode = binding.node(node, "eth0")) {
      assertThat(client.run("sh", "-c", "ip xfrm state; ip xfrm policy")).isEmpty();
      transfer(client, node, contact);
      assertThat(diverted(client)).isGreaterThan(10);
    }
  }

  /** How many packets, joined or not, have come to the process that rewrites them. */
  private static long diverted(Host host) throws Exception {
    return host.run("cat", "/proc/net/dev")
        .lines()
        .filter(line -> line.strip().startsWith("baton-path"))
        .mapToLong(line -> Long.parseLong(line.strip().split("[: ]+", -1)[10]))
        .sum();
  }

  @Test
  void mobilityMessagesAreNotRoutedByABinding() throws Exception {
    FixedBinding binding = new FixedBinding(Ip6.of(contact), node, null);
    byte[] ours =
        new MobilityPacket(Ip6.of(client.ipv6()), Ip6.of(contact), new BindingRefreshRequest())
            .encode();
    try (PacketPath atClient = binding.client(client, "wan0")) {
      client.run("python3", "-c", SEND_MOBILITY, contact.getHostAddress());
      atClient.send(ours);
      await().until(() -> mobilityMessages().size() >= 2);
    }
    assertThat(mobilityMessages())
        .allMatch(packet -> packet.destination().equals(Ip6.of(contact)))
        .allMatch(packet -> packet.routedTo() == null);
  }

  private List<MobilePacket> mobilityMessages() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(captures, "*-client-wan0.pcap")) {
      return MobilePacket.all(PcapFile.read(files.iterator().next())).stream()
          .filter(packet -> packet.mobilityType() >= 0)
          .toList();
    }
  }

  /** The last acknowledgments come after the last bytes; what a kernel does is counted later. */
  private Map<Reason, Long> settled(PacketPath path) throws Exception {
    Duration still = Duration.ofMillis(FixedBinding.byKernel(client) ? 1500 : 200);
    AtomicReference<Map<Reason, Long>> seen = new AtomicReference<>(Map.of());
    await()
        .pollInterval(still)
        .until(() -> seen.getAndSet(path.counters()).equals(path.counters()));
    return seen.get();
  }

  /** Everything the kernel was told to do with packets. */
  private static String state(Host host) throws Exception {
    return host.run(
        "sh", "-ec", "ip -6 rule; ip -6 route; ip -6 neigh show proxy; tc qdisc; ip -o link");
  }

  private void lookAt(PcapFile capture) {
    Ip6 from = Ip6.of(client.ipv6());
    Ip6 careOf = Ip6.of(node.ipv6());
    Ip6 contactAddress = Ip6.of(contact);
    int there = 0;
    int back = 0;
    for (PcapFile.Packet packet : capture.with(contact.getAddress())) {
      ByteBuffer bytes = packet.bytes();
      Ip6 source = Ip6.read(bytes, 8);
      Ip6 destination = Ip6.read(bytes, 24);
      int next = bytes.get(NEXT_HEADER);
      if (source.equals(from)) {
        there++;
        assertThat(destination).isEqualTo(careOf);
        assertThat(next).isEqualTo(ROUTING);
      } else {
        back++;
        assertThat(source).isEqualTo(careOf);
        assertThat(next).isEqualTo(DESTINATION_OPTIONS);
      }
      assertThat(bytes.get(IPV6)).isEqualTo((byte) TCP);
      assertThat(Ip6.read(bytes, IPV6 + 8)).isEqualTo(contactAddress);
      assertThat(bytes.limit()).isLessThanOrEqualTo(Quality.ETHERNET_MTU);
    }
    assertThat(there).isGreaterThan(BYTES / Quality.ETHERNET_MTU);
    assertThat(back).isGreaterThan(BYTES / Quality.ETHERNET_MTU);
  }

  @ParameterizedTest
  @ValueSource(ints = {1400, 1280})
  void routersThatTakeOnlyShorterPacketsAreObeyed(int mtu) throws Exception {
    network.wideArea().uplink(client).become(Quality.perfect().upTo(mtu));
    FixedBinding binding = new FixedBinding(Ip6.of(contact), node, null);
    try (PacketPath atClient = binding.client(client, "wan0");
        PacketPath atNode = binding.node(node, "eth0")) {
      transfer(client, node, contact);
      assertThat(atClient.counters()).containsKey(Reason.TRANSLATED_TOO_BIG);
      assertThat(atNode.counters()).containsKey(Reason.TRANSLATED_TOO_BIG);
    }
  }

  @Test
  void whoeverKnowsNoMobileIpv6ReachesTheNodeThroughItsHomeAgent() throws Exception {
    FixedBinding binding = new FixedBinding(Ip6.of(contact), node, Ip6.of(home.ipv6()));
    binding.bindClient(false);
    Host neighbour = network.host("a");
    try (PacketPath atNode = binding.node(node, "eth0");
        PacketPath atHome = binding.homeAgent(home, "wan0", "eth0")) {
      assertThat(probe(contact)).isFalse();
      assertThat(probe(neighbour.ipv6())).isTrue();
      ProxiedAddress proxied = home.call(() -> ProxiedAddress.on(contact, "eth0"));
      transfer(client, node, contact);
      transfer(neighbour, node, contact);
      assertThat(atHome.counters())
          .containsKeys(Reason.TUNNELLED, Reason.UNTUNNELLED)
          .doesNotContainKeys(Reason.UNBOUND, Reason.WRONG_TUNNEL, Reason.UNTOUCHED);
      assertThat(atNode.counters()).containsOnlyKeys(Reason.TUNNELLED, Reason.UNTUNNELLED);
      assertThat(state(home)).containsPattern("::99 dev eth0 proxy");
      home.call(
          () -> {
            proxied.close();
            return null;
          });
      assertThat(state(home)).doesNotContain("proxy");
    }
  }

  private boolean probe(InetAddress address) throws Exception {
    return home.call(() -> DuplicateAddress.probe(address, "eth0")).get(5, TimeUnit.SECONDS);
  }

  @Test
  void packetsThatClaimAnUnknownHomeAddressAreReportedAndDropped() throws Exception {
    FixedBinding binding = new FixedBinding(Ip6.of(contact), node, null);
    FixedBinding none = new FixedBinding(Ip6.of("2001:db8:99::1"), node, null);
    try (PacketPath atClient = none.client(client, "wan0");
        PacketPath atNode = binding.node(node, "eth0")) {
      byte[] datagram = "from home".getBytes(StandardCharsets.US_ASCII);
      node.call(
          () -> {
            try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(contact, 0))) {
              socket.send(
                  new DatagramPacket(
                      datagram, datagram.length, new InetSocketAddress(client.ipv6(), 4711)));
            }
            return null;
          });
      await().until(() -> none.unverified() == 1);
      assertThat(atClient.counters()).containsEntry(Reason.UNVERIFIED_HOME_ADDRESS, 1L);
    }
  }

  /** Sends random bytes both ways at the same time over one connection. */
  private static void transfer(Host from, Host to, InetAddress address) throws Exception {
    long seed = Long.getLong("baton.seed", System.nanoTime());
    byte[] content = new byte[BYTES];
    new Random(seed).nextBytes(content);
    try (ServerSocketChannel listener = to.call(ServerSocketChannel::open)) {
      listener.bind(new InetSocketAddress(address, 0));
      InetSocketAddress server = (InetSocketAddress) listener.getLocalAddress();
      try (SocketChannel one = from.call(() -> SocketChannel.open(server));
          SocketChannel other = listener.accept()) {
        Thread there = sender(one, content);
        Thread back = sender(other, content);
        Thread reader = new Thread(() -> assertReads(other, content), "reader");
        AtomicReference<Throwable> failure = new AtomicReference<>();
        reader.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
        reader.start();
        assertReads(one, content);
        for (Thread each : new Thread[] {there, back, reader}) {
          each.join();
        }
        assertThat(failure.get()).as("-Dbaton.seed=%d", seed).isNull();
      }
    }
  }

  private static Thread sender(SocketChannel to, byte[] content) {
    Thread sender =
        new Thread(
            () -> {
              try {
                ByteBuffer left = ByteBuffer.wrap(content);
                while (left.hasRemaining()) {
                  to.write(left);
                }
                to.shutdownOutput();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            },
            "sender");
    sender.start();
    return sender;
  }

  private static void assertReads(SocketChannel from, byte[] content) {
    ByteBuffer read = ByteBuffer.allocate(content.length + 1);
    try {
      while (from.read(read) >= 0) {
        assertThat(read.hasRemaining()).isTrue();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    assertThat(Arrays.equals(read.array(), 0, read.position(), content, 0, BYTES)).isTrue();
  }
}
