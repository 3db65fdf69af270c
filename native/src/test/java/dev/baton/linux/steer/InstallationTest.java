package dev.baton.linux.steer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.linux.Descriptors;
import dev.baton.linux.LinuxException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is put into the kernel, and that nothing of it stays. */
class InstallationTest {

  private static Network network;
  private static Network.Host host;
  private static InetAddress own;
  private static InetAddress acceptor;
  private static InetAddress contact;

  @BeforeAll
  static void start() throws Exception {
    network = Network.start();
    host = network.contact;
    own = host.address(true);
    acceptor = network.first.address(true);
    contact = Network.contactAddress(true);
  }

  @AfterAll
  static void end() {
    network.close();
  }

  private static Flow flow(int clientPort) throws Exception {
    return new Flow(
        new InetSocketAddress(network.client.address(true), clientPort),
        new InetSocketAddress(contact, 80));
  }

  @Test
  void whatAKilledProcessLeavesIsSweptAndWhatALiveOneHasStays() throws Exception {
    String before = host.state();
    Process process =
        host.java(
            LeftBehind.class,
            own.getHostAddress(),
            contact.getHostAddress(),
            Network.contactAddress(false).getHostAddress(),
            acceptor.getHostAddress());
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("ready");
      String installed = host.state();
      assertThat(installed).isNotEqualTo(before).contains("4711");
      host.sweep();
      assertThat(host.state()).isEqualTo(installed);
      process.destroyForcibly().waitFor();
      assertThat(host.state()).as("connections go on without the process").isEqualTo(installed);
      host.sweep();
      assertThat(host.state()).isEqualTo(before);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void twoNodesInOneNamespaceDoNotDisturbEachOther() throws Exception {
    String before = host.state();
    ContactAddress one = host.call(() -> ContactAddress.on(contact, "eth0"));
    SteeringTable first = host.call(() -> SteeringTable.open(own, List.of("eth0")));
    TunnelEnd end = host.call(() -> TunnelEnd.open(own, List.of(Network.contactAddress(false))));
    first.steer(flow(1001), acceptor);
    String alone = host.state();
    ContactAddress two = host.call(() -> ContactAddress.on(contact, "eth0"));
    SteeringTable second = host.call(() -> SteeringTable.open(own, List.of("eth0")));
    TunnelEnd same = host.call(() -> TunnelEnd.open(own, List.of(Network.contactAddress(false))));
    second.steer(flow(1002), acceptor);
    assertThat(host.state()).contains("1001", "1002");
    host.close(second);
    host.close(two);
    host.close(same);
    assertThat(host.state()).isEqualTo(alone);
    host.close(first);
    host.close(one);
    host.close(end);
    assertThat(host.state()).isEqualTo(before);
  }

  @Test
  void repeatingChangesNothing() throws Exception {
    SteeringTable table = host.call(() -> SteeringTable.open(own, List.of("eth0", "lo")));
    String empty = host.state();
    table.steer(flow(1), acceptor);
    String steered = host.state();
    table.steer(flow(1), acceptor);
    assertThat(host.state()).isEqualTo(steered);
    table.steer(flow(1), network.second.address(true));
    assertThat(table.steered()).isEqualTo(Map.of(flow(1), network.second.address(true)));
    assertThat(host.state()).contains("fd00:4::2").isNotEqualTo(steered);
    assertThat(table.unsteer(flow(1))).isEqualTo(network.second.address(true));
    assertThat(table.unsteer(flow(1))).isNull();
    assertThat(host.state()).isEqualTo(empty);
    host.close(table);
    host.close(table);
    assertThatThrownBy(() -> table.steer(flow(1), acceptor))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anAddressThatWasThereBeforeStays() throws Exception {
    host.run("ip", "addr", "add", "fd00:2::d/64", "dev", "eth0", "nodad");
    await().until(() -> host.run("ip", "-6", "route", "show", "table", "local").contains("::d "));
    String before = host.state();
    ContactAddress address =
        host.call(() -> ContactAddress.on(InetAddress.getByName("fd00:2::d"), "eth0"));
    host.close(address);
    assertThat(host.state()).isEqualTo(before);
    host.run("ip", "addr", "del", "fd00:2::d/64", "dev", "eth0");
  }

  @Test
  void failuresSayWhatWasDoneAndLeaveNothing() throws Exception {
    String before = host.state();
    assertThatThrownBy(() -> host.call(() -> SteeringTable.open(acceptor, List.of("eth0"))))
        .isInstanceOf(LinuxException.class)
        .hasMessageStartingWith("tunnels from fd00:3:0:0:0:0:0:2: EADDRNOTAVAIL (99)");
    assertThatThrownBy(() -> host.call(() -> SteeringTable.open(own, List.of("eth0", "none"))))
        .isInstanceOf(LinuxException.class)
        .hasMessageStartingWith("find the link none: ENODEV (19)");
    assertThatThrownBy(() -> host.call(() -> ContactAddress.on(contact, "none")))
        .isInstanceOf(LinuxException.class)
        .hasMessageStartingWith("find the link none: ENODEV (19)");
    assertThat(host.state()).isEqualTo(before);
    SteeringTable table = host.call(() -> SteeringTable.open(own, List.of("eth0")));
    assertThatThrownBy(() -> table.steer(flow(1), own))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> table.steer(flow(1), network.first.address(false)))
        .isInstanceOf(IllegalArgumentException.class);
    host.close(table);
  }

  @Test
  void findsTheInterface() throws Exception {
    InetAddress elsewhere = InetAddress.getByName("fd00:c::1");
    assertThat(host.call(() -> ContactAddress.interfaceFor(contact, own))).isEqualTo("eth0");
    assertThat(host.call(() -> ContactAddress.interfaceFor(elsewhere, own))).isEqualTo("eth0");
    assertThatThrownBy(() -> host.call(() -> ContactAddress.interfaceFor(elsewhere, acceptor)))
        .hasMessageContaining("EADDRNOTAVAIL");
  }

  @Test
  void nothingIsMissingAndTryingLeavesNothing() throws Exception {
    String before = host.state();
    assertThat(host.call(Steering::missing)).isNull();
    assertThat(host.state()).isEqualTo(before);
  }

  @Test
  void descriptorsAreClosed() throws Exception {
    long before = host.call(InstallationTest::openClose);
    for (int i = 0; i < 20; i++) {
      host.call(InstallationTest::openClose);
    }
    assertThat(host.call(InstallationTest::openClose)).isEqualTo(before);
  }

  /** Gives the number of descriptors afterwards. */
  private static long openClose() throws Exception {
    TunnelEnd.open(own, List.of(contact)).close();
    ContactAddress.on(contact, "eth0").close();
    SteeringTable.open(own, List.of("eth0")).close();
    assertThatThrownBy(() -> SteeringTable.open(own, List.of("none")))
        .isInstanceOf(LinuxException.class);
    return Descriptors.open();
  }
}
