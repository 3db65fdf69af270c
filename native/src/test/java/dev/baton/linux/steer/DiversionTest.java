package dev.baton.linux.steer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.Descriptors;
import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is diverted, that everything else is not, and that nothing of it stays. */
class DiversionTest {

  private static final int UDP = 17;

  private static Network network;
  private static Network.Host host;
  private static InetAddress own;
  private static InetAddress contact;

  @BeforeAll
  static void start() throws Exception {
    network = Network.start();
    host = network.contact;
    own = host.address(true);
    contact = Network.contactAddress(true);
  }

  @AfterAll
  static void end() {
    network.close();
  }

  private static Diversion open(List<InetAddress> destinations, List<InetAddress> sources)
      throws IOException {
    return Diversion.open(
        new Diversion.Plan(List.of("eth0"), List.of(60, UDP), destinations, sources, 1400));
  }

  /** Makes what a killed process leaves. Takes the address to divert from. */
  static final class Killed {

    private Killed() {}

    public static void main(String[] arguments) throws Exception {
      open(List.of(), List.of(InetAddress.getByName(arguments[0])));
      ProxiedAddress.on(InetAddress.getByName(arguments[0]), "eth0");
      System.out.println("ready");
      Thread.sleep(60_000);
    }
  }

  @Test
  void whatAKilledProcessLeavesIsSweptAndWhatALiveOneHasStays() throws Exception {
    host.run("sysctl", "-q", "net.ipv6.conf.eth0.forwarding=1", "net.ipv6.conf.eth0.proxy_ndp=1");
    host.run("tc", "qdisc", "add", "dev", "lo", "clsact");
    String before = host.state();
    Process process = host.java(Killed.class, contact.getHostAddress());
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("ready");
      String installed = host.state();
      assertThat(installed).contains("baton-path1", "mirred", "clsact ffff: dev eth0");
      host.sweep();
      assertThat(host.state()).isEqualTo(installed);
      process.destroyForcibly().waitFor();
      host.sweep();
      assertThat(host.state()).isEqualTo(before).contains("clsact ffff: dev lo");
    } finally {
      process.destroyForcibly();
      host.run("tc", "qdisc", "del", "dev", "lo", "clsact");
    }
  }

  @Test
  void otherPeoplesFiltersStay() throws Exception {
    host.run("tc", "qdisc", "add", "dev", "eth0", "clsact");
    host.run(
        "tc",
        "filter",
        "add",
        "dev",
        "eth0",
        "ingress",
        "protocol",
        "ipv6",
        "pref",
        "198",
        "bpf",
        "bytecode",
        "1,6 0 0 0");
    String before = host.state();
    Diversion one = host.call(() -> open(List.of(own), List.of()));
    Diversion two = host.call(() -> open(List.of(contact), List.of()));
    assertThat(two).hasToString("baton-path2");
    host.close(one);
    assertThat(host.state()).contains("baton-path2").doesNotContain("baton-path1");
    host.close(two);
    assertThat(host.state()).isEqualTo(before);
    host.run("tc", "qdisc", "del", "dev", "eth0", "clsact");
  }

  @Test
  void whatComesInIsDivertedByHeaderAndDestination() throws Exception {
    String before = host.state();
    Diversion diversion = host.call(() -> open(List.of(own), List.of()));
    try (DatagramSocket bypassed =
        host.call(() -> new DatagramSocket(new InetSocketAddress(contactOnEth0(), 4711)))) {
      send(network.client, own);
      send(network.client, bypassed.getLocalSocketAddress());
      DatagramPacket received = new DatagramPacket(new byte[10], 10);
      bypassed.setSoTimeout(5_000);
      bypassed.receive(received);
      assertThat(received.getLength()).isEqualTo(5);
      assertThat(read(diversion)).isEqualTo(40 + 8 + 5);
      assertThat(read(diversion)).isZero();
    }
    host.close(diversion);
    host.run("ip", "addr", "del", contact.getHostAddress() + "/128", "dev", "eth0");
    assertThat(host.state()).isEqualTo(before);
  }

  @Test
  void whatTheKernelServesIsLeftToIt() throws Exception {
    InetAddress careOf = network.client.address(true);
    InetAddress elsewhere = network.first.address(true);
    Diversion diversion = host.call(() -> open(List.of(), List.of()));
    diversion.leave(
        List.of(
            new RouteOptimization.Binding(own, elsewhere, elsewhere),
            new RouteOptimization.Binding(own, contact, careOf)));
    for (int served : new int[] {6, UDP, 58}) {
      sendFromHome(careOf, contact, served, 0);
      assertThat(read(diversion)).as("protocol %d", served).isZero();
    }
    sendFromHome(careOf, contact, 135, 0);
    assertThat(read(diversion)).as("mobility messages").isEqualTo(72);
    sendFromHome(careOf, contact, 44, 0);
    assertThat(read(diversion)).as("fragments").isEqualTo(72);
    sendFromHome(careOf, contact, UDP, 1);
    assertThat(read(diversion)).as("other options").isEqualTo(72);
    sendFromHome(careOf, elsewhere, UDP, 0);
    assertThat(read(diversion)).as("another home address").isEqualTo(72);
    diversion.leave(List.of(new RouteOptimization.Binding(own, contact, elsewhere)));
    sendFromHome(careOf, contact, UDP, 0);
    assertThat(read(diversion)).as("another care-of address").isEqualTo(72);
    host.close(diversion);
  }

  /** Sends 8 bytes of that protocol to {@link #own}, with a home address option in front. */
  private static void sendFromHome(InetAddress careOf, InetAddress home, int protocol, int padding)
      throws Exception {
    byte[] packet =
        ByteBuffer.allocate(72)
            .putInt(6 << 28)
            .putShort((short) 32)
            .put((byte) 60)
            .put((byte) 64)
            .put(careOf.getAddress())
            .put(own.getAddress())
            .put((byte) protocol)
            .put((byte) 2)
            .put((byte) 1)
            .put((byte) 2)
            .put((byte) padding) // zero, as a rule
            .put((byte) 0)
            .put((byte) 201)
            .put((byte) 16)
            .put(home.getAddress())
            .array();
    ByteBuffer to = ByteBuffer.wrap(own.getAddress());
    network.client.call(
        () -> {
          try (RawPackets packets = RawPackets.open(new int[0]);
              Memory memory = new Memory(packet.length)) {
            memory.write(0, packet, 0, packet.length);
            long at = Pointer.nativeValue(memory);
            packets.set(0, to.getLong(0), to.getLong(8), at, packet.length, at, 0);
            assertThat(packets.send(0, 1)).isEqualTo(1);
          }
          return null;
        });
  }

  private static InetAddress contactOnEth0() throws Exception {
    new ProcessBuilder(
            "ip", "addr", "add", contact.getHostAddress() + "/128", "dev", "eth0", "nodad")
        .start()
        .waitFor();
    return contact;
  }

  @Test
  void whatIsSentIsDivertedByRoute() throws Exception {
    InetAddress far = network.client.address(true);
    Diversion diversion = host.call(() -> open(List.of(own), List.of()));
    diversion.route(far);
    diversion.route(far);
    send(host, far);
    assertThat(read(diversion)).isEqualTo(40 + 8 + 5);
    diversion.unroute(far);
    send(host, far);
    assertThat(read(diversion)).isZero();
    assertThatThrownBy(() -> diversion.unroute(far)).isInstanceOf(LinuxException.class);
    host.close(diversion);
  }

  private static void send(Network.Host from, InetAddress to) throws Exception {
    from.call(
        () -> {
          try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(new byte[5], 5, new InetSocketAddress(to, 4711)));
          }
          return null;
        });
  }

  private static void send(Network.Host from, SocketAddress to) throws Exception {
    send(from, ((InetSocketAddress) to).getAddress());
  }

  /** The length of the next packet without what is in front of it; 0 if none comes. */
  private static int read(Diversion diversion) {
    try (Memory memory = new Memory(2048)) {
      diversion.await(300);
      int length = diversion.device().read(Pointer.nativeValue(memory), 2048);
      return length == TunDevice.EMPTY ? 0 : length - TunDevice.HEADER;
    }
  }

  @Test
  void awakenedByAnybody() throws Exception {
    Diversion diversion = host.call(() -> open(List.of(own), List.of()));
    diversion.wake();
    long start = System.nanoTime();
    diversion.await(60_000);
    assertThat(System.nanoTime() - start).isLessThan(30_000_000_000L);
    host.close(diversion);
  }

  @Test
  void failuresSayWhatWasDoneAndLeaveNothing() throws Exception {
    String before = host.state();
    long descriptors = Descriptors.open();
    assertThatThrownBy(
            () ->
                host.call(
                    () ->
                        Diversion.open(
                            new Diversion.Plan(
                                List.of("eth0", "none"),
                                List.of(60),
                                List.of(),
                                List.of(contact),
                                1400))))
        .isInstanceOf(LinuxException.class)
        .hasMessageStartingWith("find the link none: ENODEV (19)");
    assertThat(host.state()).isEqualTo(before);
    await().until(() -> Descriptors.open() <= descriptors);
    assertThatThrownBy(() -> network.first.call(() -> ProxiedAddress.on(contact, "eth0")))
        .hasMessageContaining("which forwards no IPv6");
  }
}
