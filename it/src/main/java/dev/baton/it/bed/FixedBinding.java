package dev.baton.it.bed;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.path.PacketPath;
import dev.baton.anycast.path.Role;
import dev.baton.it.net.Host;
import dev.baton.linux.steer.RouteOptimization;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One binding of one contact address to one node, which all roles know without any message having
 * been exchanged for it: to see and measure the data path by itself.
 */
public final class FixedBinding implements Role.Correspondent, Role.Node, Role.HomeAgent {

  private final Ip6 contact;
  private final Ip6 careOf;
  private final @Nullable Tunnel tunnel;
  private final AtomicInteger unverified = new AtomicInteger();
  private final Queue<ByteBuffer> messages = new ConcurrentLinkedQueue<>();
  private volatile boolean clientBound;
  private volatile Ip6 own = Ip6.UNSPECIFIED;

  /**
   * A binding that the client has as well.
   *
   * @param node has the contact address, or gets it with {@link #node}
   * @param homeAgent where unbound clients' packets go through; null if there is none
   */
  public FixedBinding(Ip6 contact, Host node, @Nullable Ip6 homeAgent) {
    this.contact = contact;
    this.careOf = Ip6.of(node.ipv6());
    this.tunnel = homeAgent == null ? null : new Tunnel(careOf, homeAgent);
    this.clientBound = true;
  }

  /** Makes a host the client; its kernel has the data path if it can. */
  public PacketPath client(Host client, String itsInterface)
      throws IOException, InterruptedException {
    return client(client, itsInterface, byKernel(client));
  }

  /** Whether a host's kernel can have a client's data path. */
  public static boolean byKernel(Host client) throws IOException, InterruptedException {
    return client.call(() -> RouteOptimization.missing() == null);
  }

  /** Makes a host the client, with the data path in its kernel or in this process. */
  public PacketPath client(Host client, String itsInterface, boolean byKernel)
      throws IOException, InterruptedException {
    own = Ip6.of(client.ipv6());
    PacketPath path =
        client.call(
            () ->
                PacketPath.correspondent(
                    this, List.of(itsInterface), byKernel, FixedBinding::fail));
    String command = byKernel ? "ip xfrm policy list nosock dir out" : "ip -6 route";
    bind(client, path, command, byKernel ? "route2" : " proto 183 ");
    return path;
  }

  /** The path's thread needs a moment. */
  private void bind(Host host, PacketPath path, String command, String sign)
      throws IOException, InterruptedException {
    path.changed(contact);
    while (!host.run(command.split(" ")).contains(sign)) {
      Thread.sleep(1);
    }
  }

  /** Makes a host the node, with the contact address on its loopback interface. */
  public PacketPath node(Host node, String itsInterface) throws IOException, InterruptedException {
    node.ip("addr replace " + contact + "/128 dev lo nodad");
    return node.call(
        () -> PacketPath.node(this, List.of(contact), List.of(itsInterface), FixedBinding::fail));
  }

  /** Makes a host the home agent. */
  public PacketPath homeAgent(Host router, String... interfaces)
      throws IOException, InterruptedException {
    Ip6 own = Ip6.of(router.ipv6());
    PacketPath path =
        router.call(() -> PacketPath.homeAgent(this, own, List.of(interfaces), FixedBinding::fail));
    bind(router, path, "ip -6 route", " proto 183 ");
    return path;
  }

  private static void fail(String message) {
    throw new IllegalStateException(message);
  }

  /** The client and the node have the binding from now on, or not; the home agent always has it. */
  public void bindClient(boolean bound) {
    clientBound = bound;
  }

  /** How many packets had a home address option that agreed with no binding. */
  public int unverified() {
    return unverified.get();
  }

  /** The mobility messages that came, in their order. */
  public List<ByteBuffer> messages() {
    return List.copyOf(messages);
  }

  @Override
  public @Nullable Ip6 careOf(long homeHigh, long homeLow) {
    return homeHigh == contact.high() && homeLow == contact.low() ? careOf : null;
  }

  @Override
  public @Nullable Ip6 careOf(long contactHigh, long contactLow, long clientHigh, long clientLow) {
    return clientBound ? careOf(contactHigh, contactLow) : null;
  }

  @Override
  public @Nullable Tunnel tunnel(long contactHigh, long contactLow) {
    return tunnel;
  }

  @Override
  public boolean relays(long contactHigh, long contactLow, Ip6 from) {
    return false;
  }

  @Override
  public boolean isMember(long contactHigh, long contactLow, Ip6 from) {
    return false;
  }

  @Override
  public @Nullable Tunnel elsewhere(
      long contactHigh, long contactLow, long clientHigh, long clientLow, int ports) {
    return null;
  }

  @Override
  public void tunnelled(Ip6 from, ByteBuffer inner) {
    messages.add(inner);
  }

  @Override
  public void notUnderstood(ByteBuffer quoted) {}

  @Override
  public List<Bound> bound(Ip6 home) {
    return home.equals(contact) ? List.of(new Bound(own, careOf)) : List.of();
  }

  @Override
  public void unverified(Ip6 source, Ip6 home, Ip6 own) {
    unverified.incrementAndGet();
  }

  @Override
  public void mobility(ByteBuffer packet) {
    messages.add(packet);
  }
}
