package dev.baton.it.bed;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.Ip6Prefix;
import dev.baton.anycast.home.HomeAgentSetup;
import dev.baton.anycast.host.CorrespondentHost;
import dev.baton.anycast.host.HomeAgentHost;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Those who take part in Mobile IPv6 and are no nodes, in this process but each in the network of
 * its own host: a {@code client} that is a correspondent node, and the home agent of the contact
 * address, which is the gateway of node {@code a}. Others may join them.
 */
final class MobileRoles implements AutoCloseable {

  private static final int SPI = 500;
  private static final String KEY = "5ca1ab1e".repeat(5);
  private static final HomeAssociation ASSOCIATION =
      new HomeAssociation(SPI, HexFormat.of().parseHex(KEY));

  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final Deque<Running> running = new ArrayDeque<>();
  private final Host home;
  private final Host client;
  private CorrespondentHost correspondent;

  /** What is closed where it was opened. */
  private record Running(Host host, AutoCloseable role) {
    void close() throws IOException, InterruptedException {
      AutoCloseable unused =
          host.call(
              () -> {
                role.close();
                return role;
              });
    }
  }

  /**
   * Starts both.
   *
   * @param network as {@link dev.baton.it.net.Topology#evaluation} makes it; stays the caller's
   * @param contact in the network of {@code a}
   */
  MobileRoles(Network network, Ip6 contact) throws IOException, InterruptedException {
    this.home = network.host("home-a");
    this.client = network.host("client");
    Ip6Prefix prefix = Ip6Prefix.of(network.lan("a").subnet().ipv6());
    HomeAgentSetup setup =
        new HomeAgentSetup(
            homeAgent(),
            List.of(prefix),
            (address, spi) -> address.equals(contact) && spi == SPI ? ASSOCIATION : null,
            3600,
            10);
    HomeAgentHost unused =
        open(
            home,
            () ->
                HomeAgentHost.open(
                    setup,
                    Map.of(prefix, "eth0"),
                    List.of("wan0", "eth0"),
                    change -> {},
                    this::complain));
    correspondent = openCorrespondent();
  }

  private CorrespondentHost openCorrespondent() throws IOException, InterruptedException {
    return open(
        client, () -> CorrespondentHost.open(List.of("wan0"), change -> {}, this::complain));
  }

  /** Starts somebody else on a host; is closed with the others, before those that were there. */
  <T extends AutoCloseable> T open(Host host, Host.Action<T> opening)
      throws IOException, InterruptedException {
    T role = host.call(opening);
    running.addFirst(new Running(host, role));
    return role;
  }

  /** Ends one of them before the others. */
  void close(AutoCloseable role) throws IOException, InterruptedException {
    for (Running each : running) {
      if (each.role == role) {
        running.remove(each);
        each.close();
        return;
      }
    }
  }

  /** The client forgets all bindings. */
  void forget() throws IOException, InterruptedException {
    close(correspondent);
    correspondent = openCorrespondent();
  }

  /** The home agent's address. */
  Ip6 homeAgent() {
    return Ip6.of(home.ipv6());
  }

  /** What nodes share with the home agent. */
  HomeAssociation association() {
    return ASSOCIATION;
  }

  /**
   * What a server's node has to be told.
   *
   * @param folder where the key goes that it shares with the home agent
   */
  List<String> options(Path folder) throws IOException {
    Path key =
        Files.createFile(
            folder.resolve("home-key"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(key, KEY);
    return List.of(
        "switch=mip6", "homeAgent=" + home.ipv6().getHostAddress(), "homeKey=" + SPI + ":" + key);
  }

  /** Something has gone wrong with one of them. */
  void complain(String words) {
    complaints.add(words);
  }

  /** What has gone wrong by itself, in words. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /**
   * Ends all.
   *
   * @throws IOException if something went wrong with them meanwhile
   */
  @Override
  public void close() throws IOException, InterruptedException {
    while (!running.isEmpty()) {
      running.removeFirst().close();
    }
    if (!complaints.isEmpty()) {
      throw new IOException("trouble with Mobile IPv6: " + String.join("; ", complaints));
    }
  }
}
