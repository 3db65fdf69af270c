package dev.baton.linux.steer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A contact address behind a fence, seen from its subnet. */
class FenceTest {
  private static final int PORT = 4712;
  private static final Duration AT_MOST = Duration.ofSeconds(3);

  private static Network network;

  @BeforeAll
  static void start() throws Exception {
    network = Network.start();
  }

  @AfterAll
  static void end() {
    network.close();
  }

  @ParameterizedTest(name = "IPv6: {0}")
  @ValueSource(booleans = {true, false})
  void itIsOpenAsLongAsAnAdmittedTimerRuns(boolean six) throws Exception {
    InetAddress contact = Network.contactAddress(six);
    String before = network.contact.state();
    Fence fence = network.contact.call(() -> Fence.open(List.of(contact), List.of("eth0")));
    ContactAddress address = network.contact.call(() -> ContactAddress.on(contact, "eth0"));
    forget();

    assertThat(passes(contact, 100)).as("at first").isFalse();
    fence.arm(1, 400);
    assertThat(passes(contact, 100)).as("armed only").isFalse();
    assertThat(knowsWhere(contact)).as("the subnet has been told").isFalse();

    fence.arm(2, 500);
    long armed = System.nanoTime();
    fence.admit(2);
    forget();
    assertThat(passes(contact, 300)).as("admitted").isTrue();
    assertThat(knowsWhere(contact)).isTrue();
    assertThat(network.contact.state()).as("can still be listed").contains("baton-fence");
    await().atMost(AT_MOST).until(() -> !passes(contact, 50));
    assertThat(Duration.ofNanos(System.nanoTime() - armed))
        .as("open for half a second; the last look takes a moment")
        .isBetween(Duration.ofMillis(450), Duration.ofMillis(800));

    fence.admit(1);
    assertThat(passes(contact, 100)).as("a timer that has run out").isFalse();

    fence.arm(3, 60_000);
    fence.admit(3);
    assertThat(passes(contact, 300)).as("again").isTrue();
    fence.shut();
    assertThat(passes(contact, 100)).as("shut").isFalse();
    fence.linger(4, 400);
    assertThat(passes(contact, 200)).as("the address has left a moment ago").isFalse();
    await().atMost(AT_MOST).until(() -> passes(contact, 50));

    network.contact.close(address);
    network.contact.close(fence);
    assertThat(network.contact.state()).isEqualTo(before);
  }

  @ParameterizedTest(name = "IPv6: {0}")
  @ValueSource(booleans = {true, false})
  void aFencedHostDoesNotTeachItsSubnetWhereTheAddressIs(boolean six) throws Exception {
    InetAddress contact = Network.contactAddress(six);
    Fence fence = network.contact.call(() -> Fence.open(List.of(contact), List.of("eth0")));
    ContactAddress address = network.contact.call(() -> ContactAddress.on(contact, "eth0"));
    forget();
    network.contact.call(
        () -> {
          try (DatagramChannel channel = datagrams(six)) {
            channel.bind(new InetSocketAddress(contact, 0));
            channel.send(
                ByteBuffer.allocate(1), new InetSocketAddress(network.client.address(six), 9));
          }
          return null;
        });
    await().during(Duration.ofMillis(200)).atMost(AT_MOST).until(() -> !knowsWhere(contact));
    network.contact.close(address);
    network.contact.close(fence);
  }

  private static void forget() throws Exception {
    network.router.run("ip", "neigh", "flush", "dev", "to2");
    network.contact.run("ip", "neigh", "flush", "dev", "eth0");
  }

  private static boolean knowsWhere(InetAddress contact) throws Exception {
    String known = network.router.run("ip", "neigh", "show", "dev", "to2");
    return known
        .lines()
        .anyMatch(
            line ->
                line.startsWith(contact.getHostAddress().replaceAll("(:0)+:", "::") + " ")
                    && line.contains("lladdr"));
  }

  /** Whether a datagram from the router, sent every now and then, gets to the contact node. */
  private static boolean passes(InetAddress contact, long millis) throws Exception {
    boolean six = contact.getAddress().length != 4;
    try (DatagramChannel receiver = network.contact.call(() -> datagrams(six));
        DatagramChannel sender = network.router.call(() -> datagrams(six))) {
      receiver.bind(new InetSocketAddress(contact, PORT));
      receiver.configureBlocking(false);
      long deadline = System.nanoTime() + millis * 1_000_000;
      while (System.nanoTime() < deadline) {
        sender.send(ByteBuffer.allocate(1), new InetSocketAddress(contact, PORT));
        Thread.sleep(10);
        if (receiver.receive(ByteBuffer.allocate(1)) != null) {
          return true;
        }
      }
      return false;
    }
  }

  private static DatagramChannel datagrams(boolean six) throws Exception {
    return DatagramChannel.open(six ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
  }
}
