package dev.baton.it.bed;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.host.NodeHost;
import dev.baton.anycast.node.Activation;
import dev.baton.anycast.node.BindingListener;
import dev.baton.anycast.node.MobileNode;
import dev.baton.anycast.node.NodeSetup;
import dev.baton.anycast.node.NotBoundException;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Everybody who takes part in versatile anycast, in this process but each in the network of its own
 * host: a client that is a correspondent node, the home agent of the contact address, and nodes
 * {@code a} and {@code b}, of which the first is the contact node.
 */
public final class MobileGroup implements AutoCloseable {

  private static final int CONTACT = 0x99;
  private static final int PATIENCE_SECONDS = 10;

  private final MobileRoles roles;
  private final Ip6 contact;
  private final Ip6 client;
  private final Member a;
  private final Member b;

  /**
   * A node.
   *
   * @param host where it is
   * @param running what runs there
   * @param mobile its part in the contact address
   */
  public record Member(Host host, NodeHost running, MobileNode mobile) {}

  /**
   * Starts all roles; the contact address is in the network of {@code a}.
   *
   * @param network as {@link dev.baton.it.net.Topology#evaluation} makes it; stays the caller's
   */
  public static MobileGroup start(Network network) throws IOException, InterruptedException {
    return new MobileGroup(network);
  }

  private MobileGroup(Network network) throws IOException, InterruptedException {
    contact = Ip6.of(network.lan("a").subnet().ipv6(CONTACT));
    client = Ip6.of(network.host("client").ipv6());
    roles = new MobileRoles(network, contact);
    try {
      a = join(network.host("a"), network);
      b = join(network.host("b"), network);
      b.mobile.passive(a.mobile.careOf());
      activate(a);
    } catch (IOException | InterruptedException | RuntimeException e) {
      try (roles) {
        throw e;
      }
    }
  }

  private Member join(Host host, Network network) throws IOException, InterruptedException {
    Ip6 careOf = Ip6.of(host.ipv6());
    Set<Ip6> members = Set.of(Ip6.of(network.host("a").ipv6()), Ip6.of(network.host("b").ipv6()));
    NodeSetup setup = new NodeSetup(contact, members::contains, Duration.ofSeconds(30), 100);
    NodeHost running =
        roles.open(
            host,
            () ->
                NodeHost.open(
                    List.of(setup),
                    careOf,
                    List.of("eth0"),
                    address -> new Complaining(host),
                    roles::complain));
    return new Member(host, running, running.at(contact));
  }

  /** A member is no node any more, and tells nobody. */
  public void kill(Member member) throws IOException, InterruptedException {
    roles.close(member.running);
  }

  /** A member becomes the contact node, by the key that all share; waits until it is. */
  public void activate(Member member) throws IOException, InterruptedException {
    await(member.mobile.active(roles.homeAgent(), member.mobile.careOf(), roles.association()));
  }

  /** The contact node binds the client to itself; waits until it has. */
  public void bindClient() throws IOException, InterruptedException {
    await(a.mobile.bind(client, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
  }

  /** Whatever happens to a binding by itself is told. */
  private final class Complaining implements BindingListener {

    private final Host host;

    Complaining(Host host) {
      this.host = host;
    }

    @Override
    public void bindingError(Ip6 bound) {
      roles.complain(host + ": binding error from " + bound);
    }

    @Override
    public void bindingEnded(Ip6 bound, NotBoundException why) {
      roles.complain(host + ": " + why.getMessage());
    }

    @Override
    public void registrationEnded(NotBoundException why) {
      roles.complain(host + ": " + why.getMessage());
    }
  }

  /** Waits for what a node has promised. */
  public static void await(CompletionStage<Void> promise) throws IOException, InterruptedException {
    try {
      promise.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(e);
    }
  }

  /** The contact node at the beginning. */
  public Member a() {
    return a;
  }

  /** The other node. */
  public Member b() {
    return b;
  }

  /** The contact address. */
  public Ip6 contact() {
    return contact;
  }

  /** The address of the client that is a correspondent node. */
  public Ip6 client() {
    return client;
  }

  /** What has gone wrong by itself, in words. */
  public List<String> complaints() {
    return roles.complaints();
  }

  /**
   * Ends all roles.
   *
   * @throws IOException if something went wrong with them meanwhile
   */
  @Override
  public void close() throws IOException, InterruptedException {
    roles.close();
  }
}
