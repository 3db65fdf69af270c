package dev.baton.anycast.node;

import dev.baton.anycast.AddressTable;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.anycast.message.MobilityPacket;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A node's part in one contact address: the low-level interface of versatile anycast (paper 004
 * §3). To home agent and clients all nodes of the group together are one mobile node, whose home
 * address is the contact address.
 *
 * <p>Threads may share it. Futures are completed and the listener is called without locks, by the
 * thread that came with the reason. {@link #careOf} is for the data path: no lock, no memory.
 * Somebody must call {@link #tick} when it says so, and after each call that begins something.
 */
public final class MobileNode {

  /** How far away "nothing to do" is. */
  static final long IDLE_NANOS = TimeUnit.HOURS.toNanos(1);

  private final Turns turns = new Turns();
  private final Ip6 contact;
  private final NodeOutlet outlet;
  private final BindingListener listener;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final long patienceNanos;
  private final Incoming incoming;
  private final AddressTable<ClientBinding> clients;

  private volatile Ip6 careOf;
  private @Nullable Ip6 contactNode;
  private @Nullable HomeRegistration registration;
  private volatile @Nullable NodeTunnel tunnel;

  /**
   * @param careOf this node's address for clients handed to it; see {@link #moveTo}
   * @param random for cookies; must be a secure one
   */
  public MobileNode(
      NodeSetup setup,
      Ip6 careOf,
      NodeOutlet outlet,
      BindingListener listener,
      LongSupplier nanoTime,
      RandomGenerator random) {
    this.contact = setup.contactAddress();
    this.incoming = new Incoming(this, setup.members());
    this.patienceNanos = setup.patience().toNanos();
    this.clients = new AddressTable<>(setup.capacity());
    this.careOf = careOf;
    this.outlet = outlet;
    this.listener = listener;
    this.nanoTime = nanoTime;
    this.random = random;
  }

  // --- Addresses (paper 004 §3.1) ----------------------------------------------------------------

  /**
   * {@code mip6_addr_passive}: another node is the contact node, and home tests go by it. Called
   * again when that changes; a node that was the contact node is that no longer.
   *
   * @param contactNode that node's care-of address for handoffs
   */
  public void passive(Ip6 contactNode) {
    turns.take(
        () -> {
          this.contactNode = contactNode;
          // The home agent is not told: the next contact node registers, or has done so.
          endRegistration();
        });
  }

  /**
   * {@code mip6_addr_active}: this node becomes the contact node and registers itself with the home
   * agent, and again and again before the registration ends.
   *
   * @param careOfAsContactNode where the home agent's tunnel ends; may be the same as for handoffs
   * @return when the home agent has accepted; fails with {@link NotBoundException}
   */
  public CompletionStage<Void> active(
      Ip6 homeAgent, Ip6 careOfAsContactNode, HomeAssociation association) {
    return turns.take(
        () -> {
          endRegistration();
          HomeRegistration begun =
              new HomeRegistration(this, homeAgent, careOfAsContactNode, association);
          registration = begun;
          findTunnel();
          return begun.done();
        });
  }

  /**
   * Tells the home agent once more that this is the contact node, if it is: another node may have
   * said so of itself meanwhile.
   */
  public void registerAgain() {
    turns.take(
        () -> {
          if (registration != null) {
            registration.again();
          }
        });
  }

  /** The contact node leaves and nobody takes its place: the home agent forgets it. */
  public void leave() {
    turns.take(
        () -> {
          if (registration != null) {
            registration.leave();
          }
          endRegistration();
        });
  }

  private void endRegistration() {
    if (registration != null) {
      registration.giveUp();
      registration = null;
    }
    findTunnel();
  }

  /** This node's address has changed: its clients, and the home agent, are told the new one. */
  public void moveTo(Ip6 newCareOf) {
    turns.take(
        () -> {
          Ip6 old = careOf;
          careOf = newCareOf;
          if (registration != null && registration.careOf().equals(old)) {
            registration.moved(newCareOf);
          }
          findTunnel();
          clients.values().forEach(ClientBinding::moved);
        });
  }

  // --- Handoffs (paper 004 §3.2) -----------------------------------------------------------------

  /** The sequence number that the acceptor of a client continues, for the donor to send along. */
  public OptionalInt sequence(Ip6 client) {
    return turns.take(() -> lastSequence(clients.get(client)));
  }

  private static OptionalInt lastSequence(@Nullable ClientBinding binding) {
    return binding == null || binding.sequence() < 0
        ? OptionalInt.empty()
        : OptionalInt.of(binding.sequence());
  }

  /**
   * The donor's last word before it sends {@code Init}: from now on it sends the client no binding
   * update, which could meet the acceptor's. What follows is {@link #release} or {@link #keep}.
   *
   * @return as {@link #sequence}
   */
  public OptionalInt offer(Ip6 client) {
    return turns.take(
        () -> {
          ClientBinding binding = clients.get(client);
          if (binding != null) {
            binding.offer();
          }
          return lastSequence(binding);
        });
  }

  /** The acceptor has not taken the client and sent it nothing: it stays as it was. */
  public void keep(Ip6 client) {
    ifKnown(client, ClientBinding::keep);
  }

  private void ifKnown(Ip6 client, Consumer<ClientBinding> action) {
    turns.take(
        () -> {
          ClientBinding binding = clients.get(client);
          if (binding != null) {
            action.accept(binding);
          }
        });
  }

  /**
   * Return routability in advance, while the donor still has the client.
   *
   * @return when a binding update can follow at once; fails with {@link NotBoundException}
   * @throws IllegalStateException if there are as many clients already as there is room for
   */
  public CompletionStage<Void> prepare(Ip6 client) {
    return turns.take(() -> binding(client).prepare());
  }

  /**
   * Takes a client over: sends the binding update, after return routability unless that was done in
   * advance and not too long ago. The binding is renewed until {@link #release} or {@link #clear}.
   *
   * @param sequence the donor's, or empty if the donor has none
   * @throws IllegalStateException if there are as many clients already as there is room for
   */
  public Move bind(Ip6 client, OptionalInt sequence, Activation activation) {
    return turns.take(() -> binding(client).bind(sequence.orElse(-1), activation));
  }

  /**
   * {@code handoff_clear}: the client forgets the binding; what it sends next goes to the contact
   * node.
   */
  public CompletionStage<Void> clear(Ip6 client) {
    return turns.take(() -> binding(client).clear().acknowledged());
  }

  /** Another node has the client now: nothing more is done about it here. */
  public void release(Ip6 client) {
    ifKnown(
        client,
        binding -> {
          binding.giveUp("another node has " + client);
          clients.remove(client);
        });
  }

  private ClientBinding binding(Ip6 client) {
    ClientBinding known = clients.get(client);
    if (known == null) {
      known = new ClientBinding(this, client);
      clients.put(client, known);
    }
    return known;
  }

  // --- For the data path -------------------------------------------------------------------------

  /**
   * The source of packets that go to a client directly, which is this node's care-of address, or
   * null if the client has no binding. The same object as long as it is the same address.
   */
  public @Nullable Ip6 careOf(long clientHigh, long clientLow) {
    ClientBinding binding = clients.get(clientHigh, clientLow);
    return binding != null && binding.isDirect() ? careOf : null;
  }

  /**
   * The tunnel for everything else, or null if there is no way to the home agent. The same object
   * as long as it is the same tunnel.
   */
  public @Nullable NodeTunnel tunnel() {
    return tunnel;
  }

  /** Whether this is the contact node, and another node of its group. */
  public boolean relays(Ip6 other) {
    NodeTunnel now = tunnel;
    return now != null && now.toHomeAgent() && incoming.isMember(other);
  }

  /** Whether that is the care-of address of a node of the group. */
  public boolean isMember(Ip6 other) {
    return incoming.isMember(other);
  }

  private void findTunnel() {
    NodeTunnel now = null;
    if (registration != null) {
      now = new NodeTunnel(registration.careOf(), registration.homeAgent(), true);
    } else if (contactNode != null) {
      now = new NodeTunnel(careOf, contactNode, false);
    }
    if (!Objects.equals(now, tunnel)) {
      tunnel = now;
    }
  }

  /** The contact address. */
  public Ip6 contact() {
    return contact;
  }

  /** This node's care-of address. */
  public Ip6 careOf() {
    return careOf;
  }

  /** How many mobility messages meant nothing here: malformed, forged, late, for somebody else. */
  public long ignored() {
    return incoming.ignored();
  }

  /**
   * A mobility message that came by itself, whatever it may contain.
   *
   * @return whether nobody else here need look at it
   */
  public boolean mobility(ByteBuffer packet) {
    return incoming.direct(packet);
  }

  /**
   * A mobility message that came in a tunnel: from the home agent or the contact node for this
   * node, or from an acceptor to be sent on by the contact node.
   *
   * @param from the outer packet's source
   */
  public void tunnelled(Ip6 from, ByteBuffer inner) {
    incoming.tunnelled(from, inner);
  }

  /**
   * Somebody says by ICMP that he does not know a header of a packet. If it is one with which a
   * client has just been asked, the client does not know Mobile IPv6.
   *
   * @param quoted the packet as it is quoted, whatever it may contain
   */
  public void notUnderstood(ByteBuffer quoted) {
    incoming.notUnderstood(quoted);
  }

  /**
   * Does what the time has come for.
   *
   * @return when there is something to do next, by the clock given
   */
  public long tick() {
    return turns.take(
        () -> {
          long now = now();
          long earliest = now + IDLE_NANOS;
          for (ClientBinding client : clients.values()) {
            long due = client.tick(now);
            earliest = due - earliest < 0 ? due : earliest;
          }
          if (registration != null) {
            long due = registration.tick(now);
            earliest = due - earliest < 0 ? due : earliest;
          }
          return earliest;
        });
  }

  // --- For its parts, under lock -----------------------------------------------------------------

  RandomGenerator random() {
    return random;
  }

  BindingListener listener() {
    return listener;
  }

  long now() {
    return nanoTime.getAsLong();
  }

  long patienceEndsNanos() {
    return now() + patienceNanos;
  }

  Turns turns() {
    return turns;
  }

  @Nullable ClientBinding known(Ip6 client) {
    return clients.get(client);
  }

  @Nullable HomeRegistration registration() {
    return registration;
  }

  @Nullable Ip6 contactNode() {
    return contactNode;
  }

  void forget(Ip6 client) {
    clients.remove(client);
  }

  void registrationEnded() {
    registration = null;
    findTunnel();
  }

  NodeOutlet outlet() {
    return outlet;
  }

  void send(MobilityPacket packet) {
    outlet.send(packet);
  }

  void tunnelTo(Ip6 acceptor, MobilityPacket packet) {
    outlet.tunnel(careOf, acceptor, packet);
  }

  /** By the home agent's tunnel, or by the contact node, which has it. */
  void sendByHome(MobilityPacket packet) {
    NodeTunnel way = tunnel;
    if (way != null) {
      outlet.tunnel(way.from(), way.to(), packet);
    }
  }
}
