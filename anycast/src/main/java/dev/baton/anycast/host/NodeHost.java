package dev.baton.anycast.host;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.node.BindingListener;
import dev.baton.anycast.node.MobileNode;
import dev.baton.anycast.node.NodeSetup;
import dev.baton.anycast.path.PacketPath;
import dev.baton.anycast.path.Reason;
import dev.baton.anycast.path.Role.Tunnel;
import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.ContactAddress;
import java.io.Closeable;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * This host as a node of a group: it has the contact addresses, on its loopback interface, and for
 * each of them a {@link MobileNode}, whose messages and whose clients' packets pass the data path.
 *
 * <p>What a {@link MobileNode} promises is fulfilled, and its listener told, mostly by the path's
 * thread: whoever has to wait for anything then does so in another one, or no packet passes.
 *
 * <p>A node that is not the contact node sends to clients that it has not bound through a tunnel to
 * the contact node, which sends that on through its tunnel to the home agent: only that one will be
 * believed there, and no router on the way sees the contact address where it does not belong. The
 * contact node takes home tests and other packets from the group's nodes alone.
 *
 * <p>Opened and closed by a thread in the network namespace that is meant. Needs CAP_NET_ADMIN and
 * CAP_NET_RAW.
 */
public final class NodeHost implements AutoCloseable {

  /** The contact addresses are where no network sees them: the home agent answers for them. */
  private static final String LOOPBACK = "lo";

  private final List<MobileNode> nodes;
  private final NodeRole role;
  private final PacketPath path;

  /** What has been opened, the last one first. */
  private final Deque<Closeable> opened;

  private NodeHost(
      List<MobileNode> nodes, NodeRole role, PacketPath path, Deque<Closeable> opened) {
    this.nodes = nodes;
    this.role = role;
    this.path = path;
    this.opened = opened;
  }

  /**
   * Begins to be a node, one that knows no contact node yet.
   *
   * @param setups one for each contact address; at least one
   * @param careOf this node's own address, which clients are told
   * @param interfaces where clients' packets come in
   * @param listeners is asked once for each contact address who is told of its bindings
   * @param log is told in one line what keeps packets from passing
   * @throws LinuxException if the kernel lacks something or does not permit it
   */
  public static NodeHost open(
      List<NodeSetup> setups,
      Ip6 careOf,
      List<String> interfaces,
      Function<Ip6, BindingListener> listeners,
      Consumer<String> log)
      throws IOException {
    NodeWays ways = new NodeWays();
    List<MobileNode> nodes = new ArrayList<>();
    for (NodeSetup setup : setups) {
      BindingListener listener = listeners.apply(setup.contactAddress());
      nodes.add(
          new MobileNode(setup, careOf, ways, listener, System::nanoTime, new SecureRandom()));
    }
    NodeRole role = new NodeRole(nodes);
    Deque<Closeable> opened = new ArrayDeque<>();
    try {
      for (MobileNode node : nodes) {
        ContactAddress address = ContactAddress.on(node.contact().toInetAddress(), LOOPBACK);
        opened.push(address::close);
      }
      List<Ip6> contacts = nodes.stream().map(MobileNode::contact).toList();
      PacketPath path = PacketPath.node(role, contacts, interfaces, log);
      opened.push(path::close);
      ways.goesTo(path);
      Ticker ticker = new Ticker("baton mobile node", role::tick);
      opened.push(ticker::close);
      ways.wakes(ticker);
      opened.push(BindingPractice.begin());
      return new NodeHost(List.copyOf(nodes), role, path, opened);
    } catch (IOException | RuntimeException | Error e) { // there may be no thread to be had
      try (Closeable all = () -> closeAll(opened)) {
        throw e;
      }
    }
  }

  /** Whatever cannot be closed, the others are. */
  private static void closeAll(Deque<Closeable> opened) throws IOException {
    Closeable last = opened.poll();
    if (last != null) {
      try (Closeable others = () -> closeAll(opened)) {
        last.close();
      }
    }
  }

  /**
   * This node's part in a contact address.
   *
   * @throws IllegalArgumentException if it is none of those of {@link #open}
   */
  public MobileNode at(Ip6 contact) {
    return nodes.stream()
        .filter(node -> node.contact().equals(contact))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(contact + " is no contact address here"));
  }

  /**
   * A TCP connection of a client is at another node: packets of it that come here go there, for
   * ever or until {@link #keepHere}.
   *
   * @param to that node's care-of address
   * @throws IllegalStateException if there are too many
   */
  public void sendOn(Ip6 contact, Ip6 client, int clientPort, int serverPort, Ip6 to) {
    moved(contact)
        .put(client, MovedFlows.flow(clientPort, serverPort), new Tunnel(at(contact).careOf(), to));
  }

  /** Takes {@link #sendOn} back; nothing happens if there is nothing to take back. */
  public void keepHere(Ip6 contact, Ip6 client, int clientPort, int serverPort) {
    moved(contact).remove(client, MovedFlows.flow(clientPort, serverPort));
  }

  private MovedFlows moved(Ip6 contact) {
    MovedFlows moved = role.moved(contact);
    if (moved == null) {
      throw new IllegalArgumentException(contact + " is no contact address here");
    }
    return moved;
  }

  /**
   * This node's own address has changed: its clients are bound to the new one, and if it is the
   * contact node the home agent is told. The new address must be on one of the same interfaces.
   */
  public void moveTo(Ip6 careOf) {
    for (MobileNode node : nodes) {
      node.moveTo(careOf);
      moved(node.contact()).beginAt(careOf);
    }
  }

  /** How many packets there were, by what became of them; any thread may ask. */
  public Map<Reason, Long> counters() {
    return path.counters();
  }

  /**
   * Is no node any more, without a word to anybody: clients and home agent believe in it until
   * their bindings end or another node has them. Who leaves in peace hands its clients over first.
   */
  @Override
  public void close() throws IOException {
    closeAll(opened);
  }
}
