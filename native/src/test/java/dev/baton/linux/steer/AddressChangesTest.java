package dev.baton.linux.steer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.linux.steer.Interfaces.Ready;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which addresses a host can use, and that it is told when that changes. */
class AddressChangesTest {

  private static final int FOR_EVER = 60_000;

  private static Network network;
  private static Network.Host host;

  @BeforeAll
  static void start() throws Exception {
    network = Network.start();
    host = network.first;
  }

  @AfterAll
  static void end() {
    network.close();
  }

  private static Inet6Address ip(String address) throws Exception {
    return (Inet6Address) InetAddress.getByName(address);
  }

  private static List<Ready> global() throws Exception {
    return host.call(() -> Interfaces.ready("eth0")).stream()
        .filter(each -> !each.address().isLinkLocalAddress())
        .toList();
  }

  @Test
  void onlyWhatCanBeUsedIsReady() throws Exception {
    Ready own = new Ready(ip(host.address6()), false, false);
    assertThat(global()).containsExactly(own);
    host.run("ip", "addr", "add", "fd00:3::5/64", "dev", "eth0", "nodad", "preferred_lft", "0");
    host.run("ip", "addr", "add", "fd00:3::6/64", "dev", "lo");
    host.run("sysctl", "-q", "net.ipv6.conf.eth0.accept_dad=1");
    host.run("ip", "addr", "add", "fd00:3::7/64", "dev", "eth0"); // tentative for a second
    assertThat(global()).containsExactlyInAnyOrder(own, new Ready(ip("fd00:3::5"), true, false));
    assertThat(host.call(() -> Interfaces.ready("nothing"))).isEmpty();
  }

  @Test
  void aChangeIsToldAtOnce() throws Exception {
    AddressChanges changes = host.call(AddressChanges::open);
    try {
      change(changes, "add");
      change(changes, "del");
      CompletableFuture<Void> waits = CompletableFuture.runAsync(() -> changes.await(FOR_EVER));
      changes.wake();
      waits.get(5, TimeUnit.SECONDS);
    } finally {
      changes.close();
    }
  }

  private static void change(AddressChanges changes, String how) throws Exception {
    CompletableFuture<Void> told = CompletableFuture.runAsync(() -> changes.await(FOR_EVER));
    host.run("ip", "addr", how, "fd00:3::9/64", "dev", "eth0", "nodad");
    told.get(5, TimeUnit.SECONDS);
  }
}
