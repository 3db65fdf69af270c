package dev.baton.handoff;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.host.NodeHost;
import dev.baton.anycast.node.BindingListener;
import dev.baton.anycast.node.MobileNode;
import dev.baton.anycast.node.NodeSetup;
import dev.baton.anycast.node.NotBoundException;
import dev.baton.handoff.BoundClients.Client;
import dev.baton.handoff.contact.Premises;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node has of Mobile IPv6: always the contact addresses, where no network sees them, and the
 * data path; and while it is the contact node the registrations with the home agent.
 *
 * <p>There is no fence. Packets come to whom the home agent believes, which is one node at any
 * time; and what a node does not have itself it sends on to who has it.
 *
 * <p>Thread-safe. What the data path's thread calls does not wait.
 */
final class MobilePremises implements Premises {

  /** How long a client or the home agent may take, with all repetitions. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** More clients are not bound at one time. */
  private static final int MOST_CLIENTS = 1 << 14;

  /** Hears what becomes of bindings that were made. */
  interface Listener {

    /** A client's binding has ended by itself. */
    void ended(Ip6 contact, Ip6 client, NotBoundException why);
  }

  private final NodeConfig.Mobility mobility;
  private final List<Ip6> contacts;
  private final Log log;
  private final String outside;
  private final NodeHost running;

  private volatile Supplier<Map<String, InetAddress>> members = Map::of;
  private volatile Group group = Group.of(Map.of());
  private volatile Listener listener = (contact, client, why) -> {};

  /** Where this node takes packets; guarded by this, as are the others. */
  private Ip6 own;

  /** Whether this is the contact node. */
  private boolean active;

  /** The contact addresses that the home agent has, or is being told of. */
  private final Set<Ip6> registered = new HashSet<>();

  /** Where the contact node is, while this is not it. */
  private @Nullable Ip6 following;

  /** Where the members were last, also those that are away. */
  private final Map<String, InetAddress> lastSeen = new HashMap<>();

  /** Where connections are that are elsewhere. */
  private final Map<Client, Map<Flow, InetAddress>> elsewhere = new HashMap<>();

  private MobilePremises(
      NodeConfig.Mobility mobility, Inet6Address own, List<Ip6> contacts, Log log)
      throws IOException {
    this.mobility = mobility;
    this.own = Ip6.of(own);
    this.contacts = contacts;
    this.log = log;
    NetworkInterface its = NetworkInterface.getByInetAddress(own);
    if (its == null) {
      throw new IOException(own.getHostAddress() + " is no address of this host");
    }
    List<NodeSetup> setups =
        contacts.stream()
            .map(contact -> new NodeSetup(contact, this::isMember, PATIENCE, MOST_CLIENTS))
            .toList();
    this.outside = its.getName();
    this.running = NodeHost.open(setups, this.own, List.of(this.outside), Bindings::new, log::warn);
  }

  /**
   * Begins to be a node.
   *
   * @param own where this node takes packets
   * @throws IOException if an address is of the wrong kind, or the kernel refuses
   */
  static MobilePremises open(
      NodeConfig.Mobility mobility, InetAddress own, List<InetAddress> contacts, Log log)
      throws IOException {
    if (!(own instanceof Inet6Address address)
        || !contacts.stream().allMatch(Inet6Address.class::isInstance)) {
      throw new IOException(
          "baton.switch=mip6 needs IPv6 addresses in baton.listen and baton.contact");
    }
    return new MobilePremises(mobility, address, contacts.stream().map(Ip6::of).toList(), log);
  }

  /** The interface by which packets come here. */
  String outside() {
    return outside;
  }

  /** Where the members of the group are from now on, by their names. */
  void knows(Supplier<Map<String, InetAddress>> places) {
    members = places;
  }

  /** Who hears of bindings from now on. */
  void tells(Listener whom) {
    listener = whom;
  }

  /** Whether a node of the group is there now. */
  boolean hasMemberAt(InetAddress place) {
    return members.get().containsValue(place);
  }

  /** By the data path's thread, for each packet of some. */
  private boolean isMember(Ip6 other) {
    Map<String, InetAddress> now = members.get();
    Group known = group;
    if (known.places != now) {
      known = Group.of(now);
      group = known;
    }
    return known.addresses.contains(other);
  }

  /** The group at one time, as it was told and as packets are compared with it. */
  private record Group(Map<String, InetAddress> places, Set<Ip6> addresses) {
    static Group of(Map<String, InetAddress> places) {
      Set<Ip6> addresses = new HashSet<>();
      for (InetAddress place : places.values()) {
        if (place instanceof Inet6Address) {
          addresses.add(Ip6.of(place));
        }
      }
      return new Group(places, addresses);
    }
  }

  /**
   * This node's part in a contact address.
   *
   * @throws IllegalArgumentException if it is none of the group's
   */
  MobileNode at(Ip6 contact) {
    return running.at(contact);
  }

  /** Where the connections are of which packets come here, although they are elsewhere. */
  synchronized Map<Flow, InetAddress> places() {
    Map<Flow, InetAddress> all = new HashMap<>();
    elsewhere.values().forEach(all::putAll);
    return all;
  }

  /** The same for one client: few, however many clients there are. */
  synchronized Map<Flow, InetAddress> places(Client client) {
    return Map.copyOf(elsewhere.getOrDefault(client, Map.of()));
  }

  /**
   * This node's address has changed: its clients are bound to the new one, and if it is the contact
   * node the home agent is told.
   */
  synchronized void moveTo(Inet6Address address) {
    own = Ip6.of(address);
    running.moveTo(own);
  }

  /** Packets of connections at nodes whose addresses have changed are sent there. */
  synchronized void followMembers() throws IOException {
    Map<String, InetAddress> now = members.get();
    Map<InetAddress, InetAddress> moved = new HashMap<>();
    now.forEach(
        (name, place) -> {
          InetAddress before = lastSeen.put(name, place);
          if (before != null && !before.equals(place) && !now.containsValue(before)) {
            moved.put(before, place);
          }
        });
    if (moved.isEmpty()) {
      return;
    }
    for (Map.Entry<Flow, InetAddress> each : places().entrySet()) {
      InetAddress place = moved.get(each.getValue());
      if (place != null) {
        steer(each.getKey(), place);
      }
    }
  }

  /**
   * Another node may have become the contact node: home tests go by it.
   *
   * @param contactNode its name; null if nobody knows
   */
  synchronized void follow(@Nullable String contactNode) {
    InetAddress place = contactNode == null ? null : members.get().get(contactNode);
    if (active || !(place instanceof Inet6Address)) {
      return;
    }
    Ip6 there = Ip6.of(place);
    if (!there.equals(own) && !there.equals(following)) {
      following = there;
      contacts.forEach(contact -> running.at(contact).passive(there));
    }
  }

  /** Registers what is not registered, if this is the contact node. */
  synchronized void register() {
    if (!active) {
      return;
    }
    for (Ip6 contact : contacts) {
      if (registered.add(contact)) {
        running
            .at(contact)
            .active(mobility.homeAgent(), own, mobility.association())
            .whenComplete((done, failure) -> answered(contact, failure));
      }
    }
  }

  private void answered(Ip6 contact, @Nullable Throwable failure) {
    if (failure == null) {
      log.info("the home agent sends packets for " + contact + " here");
    } else if (!(failure instanceof NotBoundException why)
        || why.reason() != NotBoundException.Reason.GIVEN_UP) {
      unregistered(contact, failure);
    }
  }

  /** Is tried again; see {@link #register}. */
  private void unregistered(Ip6 contact, Throwable why) {
    synchronized (this) {
      registered.remove(contact);
    }
    log.complaints()
        .once("new clients do not reach the group, and it is tried again: " + Log.words(why));
  }

  /** What happens to bindings by itself; called by the data path's thread. */
  private final class Bindings implements BindingListener {
    private final Ip6 contact;

    Bindings(Ip6 contact) {
      this.contact = contact;
    }

    /** Packets go by the contact node until it is bound again, which is under way. */
    @Override
    public void bindingError(Ip6 client) {
      // Each packet that was on its way to the client says so.
    }

    @Override
    public void bindingEnded(Ip6 client, NotBoundException why) {
      listener.ended(contact, client, why);
    }

    @Override
    public void registrationEnded(NotBoundException why) {
      unregistered(contact, why);
    }
  }

  // --- As the contact node -----------------------------------------------------------------------

  @Override
  public synchronized void open(Map<Flow, InetAddress> places) throws IOException {
    for (Map.Entry<Flow, InetAddress> each : places.entrySet()) {
      steer(each.getKey(), each.getValue());
    }
  }

  @Override
  public void arm(int timer, long millis) {
    // There is no fence.
  }

  /** More than half of the group agrees: the home agent may be told. */
  @Override
  public synchronized void admit(int timer) {
    if (!active) {
      active = true;
      following = null;
      register();
    }
  }

  @Override
  public void shut() {
    // There is no fence.
  }

  /** To the home agent, which does the rest; another node may have registered meanwhile. */
  @Override
  public synchronized void announce() {
    registered.forEach(contact -> running.at(contact).registerAgain());
  }

  @Override
  public synchronized void steer(Flow flow, InetAddress node) throws IOException {
    if (!(node instanceof Inet6Address) || Ip6.of(node).equals(own)) {
      keepHere(flow);
      return;
    }
    Client client = Client.of(flow);
    try {
      running.sendOn(
          client.contact(),
          client.address(),
          flow.client().getPort(),
          flow.server().getPort(),
          Ip6.of(node));
    } catch (IllegalStateException e) {
      throw new IOException("packets cannot be sent on for so many clients", e);
    }
    elsewhere.computeIfAbsent(client, same -> new HashMap<>()).put(flow, node);
  }

  @Override
  public synchronized void keepHere(Flow flow) {
    if (!(flow.client().getAddress() instanceof Inet6Address)) {
      return; // whoever says so: such a client cannot be sent on
    }
    Client client = Client.of(flow);
    Map<Flow, InetAddress> places = elsewhere.get(client);
    if (places != null && places.remove(flow) != null) {
      running.keepHere(
          client.contact(), client.address(), flow.client().getPort(), flow.server().getPort());
      if (places.isEmpty()) {
        elsewhere.remove(client);
      }
    }
  }

  /** The home agent is not told: the next contact node has registered, or will. */
  @Override
  public synchronized void vacate() {
    active = false;
    registered.clear();
  }

  /** The home agent forgets the group. */
  @Override
  public synchronized void abandon() {
    if (active) {
      contacts.forEach(contact -> running.at(contact).leave());
      vacate();
    }
  }

  @Override
  public void close() throws IOException {
    running.close();
  }
}
