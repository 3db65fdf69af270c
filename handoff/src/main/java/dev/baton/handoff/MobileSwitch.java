package dev.baton.handoff;

import dev.baton.anycast.node.Activation;
import dev.baton.handoff.BoundClients.Client;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.ProtocolException;
import java.io.Closeable;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The switch between hosts with Mobile IPv6 (papers "versatile anycast", section 4.2, and 004,
 * section 3): a client is told another care-of address of the contact address, and sends its
 * packets to the acceptor directly.
 *
 * <p>Whose a connection is, is decided as without it, by the contact node; and whoever has given a
 * connection away sends its packets on. So a client need not be told, or not yet, or may have
 * forgotten: then its packets go a longer way. A binding is for all connections of a client to one
 * contact address, and so it moves with the last of those that a node gives away.
 */
final class MobileSwitch implements TrafficSwitch, Closeable {

  /** As long as a client can believe in a binding that nobody renews; and a little more. */
  private static final long FORGOTTEN_NANOS = TimeUnit.MINUTES.toNanos(8);

  /**
   * A client whose node has been away for so long is sent back to the contact node: it could not
   * reach the group otherwise as long as it believes in that node.
   */
  private static final long ORPHANED_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long CLEARED = Long.MAX_VALUE;

  /**
   * A connection that is on its way out.
   *
   * @param to where the acceptor takes packets
   * @param withClient whether the client itself goes along
   */
  private record Offer(InetAddress to, boolean withClient) {}

  private final SteerSwitch steer;
  private final MobilePremises premises;
  private final Host host;
  private final BoundClients clients;
  private final Executor executor;
  private final Log log;

  /** Where this node takes packets. */
  private volatile InetAddress own;

  private volatile @Nullable Roaming roaming;

  /** What is on its way out; guarded by itself. */
  private final Map<Flow, Offer> offers = new HashMap<>();

  /** Where packets are sent on to by this node as one that had the connection, and since when. */
  private final Map<Flow, Long> sentOn = new ConcurrentHashMap<>();

  /** The clients of connections here of which the contact node knows. */
  private final Set<InetSocketAddress> told = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean telling = new AtomicBoolean();

  /** Clients of nodes that are away, and since when; only {@link #tidy} looks. */
  private final Map<Client, Long> orphans = new HashMap<>();

  /**
   * @param steer decides whose connections are; stays the caller's
   * @param premises stays the steer switch's
   * @param host whose connections are here
   * @param own where this node takes packets
   * @param executor for what nobody waits for
   */
  MobileSwitch(
      SteerSwitch steer,
      MobilePremises premises,
      Host host,
      InetAddress own,
      Activation activation,
      Executor executor,
      Log log) {
    this.steer = steer;
    this.premises = premises;
    this.host = host;
    this.own = own;
    this.clients = new BoundClients(premises, activation, log);
    this.executor = executor;
    this.log = log;
  }

  /** What became of the clients of connections that came here. */
  NodeInfo.Mobility counters() {
    return clients.counters();
  }

  /**
   * This node's address has changed: its clients and the home agent are told, and the contact node
   * that its connections are there. A contact node binds all its clients: while it joins its group
   * anew another node may get the contact address, and would know none of them.
   */
  void moveTo(Inet6Address address) {
    own = address;
    steer.moveTo(address);
    premises.moveTo(address);
    if (steer.isContact()) {
      hold();
    }
    told.clear();
    tellSoon();
  }

  private void hold() {
    for (ServedConnection connection : host.connections()) {
      Flow flow = flow(connection);
      if (flow != null && isMobile(flow)) {
        clients.hold(Client.of(flow));
      }
    }
  }

  /**
   * Ends with this switch, and before it.
   *
   * @param watch calls {@link #moveTo}; owned by this object from now on
   */
  void endsWith(Roaming watch) {
    roaming = watch;
  }

  @Override
  public boolean betweenHosts() {
    return true;
  }

  @Override
  public @Nullable String objection(Flow flow) {
    return steer.objection(flow);
  }

  @Override
  public void approach() throws IOException {
    premises.follow(steer.contactNode());
    steer.approach();
  }

  @Override
  public void prepare(Flow flow) throws IOException {
    steer.prepare(flow);
  }

  @Override
  public boolean keep(Flow flow, String handoff, boolean unused) throws IOException {
    return steer.keep(flow, handoff, unused);
  }

  // --- The acceptor ------------------------------------------------------------------------------

  @Override
  public void expect(Flow flow) {
    if (isMobile(flow)) {
      clients.expect(Client.of(flow));
    }
  }

  /** A peer may say anything. */
  private boolean isMobile(Flow flow) {
    return objection(flow) == null && flow.client().getAddress() instanceof Inet6Address;
  }

  /** The donor waits with its handoff until it is known whether the client can follow. */
  @Override
  public @Nullable Reservation reserve(Flow flow, String handoff) {
    if (isMobile(flow)) {
      clients.awaitTest(Client.of(flow));
    }
    return steer.reserve(flow, handoff);
  }

  @Override
  public void switchTo(Flow flow, @Nullable String handoff) throws IOException {
    steer.switchTo(flow, handoff);
  }

  @Override
  public void switchReserved(Flow flow, String handoff) throws IOException {
    steer.switchReserved(flow, handoff);
  }

  /** Only now is it certain that the donor does not keep the connection, and need the client. */
  @Override
  public void take(Flow flow, Message.@Nullable Mobility offered) {
    sentOn.remove(flow);
    premises.keepHere(flow);
    told.add(flow.client());
    if (offered == null) {
      return; // the client is another node's; or it is this one's already
    }
    try {
      sendOnOthers(offered, flow);
      clients.take(Client.of(flow), offered.sequence());
    } catch (IOException e) {
      log.complaints().once("a client's packets go by the contact node: " + Log.words(e));
    }
  }

  /** The client's packets will all come here, those of its other connections too. */
  private void sendOnOthers(Message.Mobility offered, Flow except) throws IOException {
    Client client = Client.of(except);
    Set<InetSocketAddress> here = offered.elsewhere().isEmpty() ? Set.of() : host.clients();
    for (Message.Place place : offered.elsewhere()) {
      Flow flow = new Flow(place.client().toSocketAddress(), place.server().toSocketAddress());
      if (!flow.equals(except) && Client.of(flow).equals(client) && !here.contains(flow.client())) {
        sendOn(flow, address(place.at()));
      }
    }
  }

  private static InetAddress address(byte[] bytes) throws ProtocolException {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new ProtocolException("an address of " + bytes.length + " bytes");
    }
  }

  // --- The donor ---------------------------------------------------------------------------------

  @Override
  public Message.@Nullable Mobility offer(Flow flow, InetAddress to) {
    if (!(to instanceof Inet6Address)) {
      return null;
    }
    Client client = Client.of(flow);
    synchronized (offers) {
      Message.Mobility mobility = mayLeave(client) ? mobility(client, flow, to) : null;
      offers.put(flow, new Offer(to, mobility != null));
      return mobility;
    }
  }

  /** Only who gets all of a client's packets knows of all its connections. */
  private boolean mayLeave(Client client) {
    return clients.includes(client) || steer.isContact();
  }

  /** Null if a connection of the client stays here for now: then the client does, too. */
  private Message.@Nullable Mobility mobility(Client client, Flow leaving, InetAddress to) {
    List<Message.Place> others = new ArrayList<>();
    InetAddress address = leaving.client().getAddress();
    for (InetSocketAddress end : host.clients()) {
      if (end.getAddress().equals(address) && !end.equals(leaving.client())) {
        Flow flow = new Flow(end, leaving.server());
        Offer offer = offers.get(flow);
        if (offer == null || offer.withClient || !offer.to.equals(to)) {
          return null;
        }
        others.add(place(flow, own)); // until it has come there
      }
    }
    premises
        .places(client)
        .forEach(
            (flow, at) -> {
              if (!at.equals(to)) {
                others.add(place(flow, at));
              }
            });
    return new Message.Mobility(clients.node(client).offer(client.address()).orElse(-1), others);
  }

  private static Message.Place place(Flow flow, InetAddress at) {
    return new Message.Place(
        Endpoint.of(flow.client()), Endpoint.of(flow.server()), at.getAddress());
  }

  /** Null if it is closed. */
  private static @Nullable Flow flow(ServedConnection connection) {
    try {
      return new Flow(connection.client(), connection.server());
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  public void release(Flow flow, boolean left) {
    Offer offer;
    synchronized (offers) {
      offer = offers.remove(flow);
    }
    if (offer != null) {
      settle(flow, offer, left);
    }
    steer.release(flow, left);
  }

  private void settle(Flow flow, Offer offer, boolean left) {
    if (left && !steer.isContact()) { // which has sent packets on since it was decided
      try {
        sendOn(flow, offer.to);
      } catch (IOException e) {
        log.complaints().once("late packets of a connection are lost: " + Log.words(e));
      }
    }
    if (offer.withClient) {
      Client client = Client.of(flow);
      if (left) {
        clients.release(client);
      } else {
        clients.node(client).keep(client.address());
      }
    }
  }

  // --- Time --------------------------------------------------------------------------------------

  private void sendOn(Flow flow, InetAddress to) throws IOException {
    premises.steer(flow, to);
    sentOn.put(flow, System.nanoTime());
  }

  /** Does what the time has come for. To be called every now and then. */
  void tidy() {
    followMembers();
    premises.follow(steer.contactNode());
    premises.register();
    long now = System.nanoTime();
    Map.copyOf(sentOn).forEach((flow, since) -> forgetOld(flow, since, now));
    Set<InetSocketAddress> here = host.clients();
    Set<InetAddress> busy = new HashSet<>();
    here.forEach(client -> busy.add(client.getAddress()));
    clients.tidy(busy);
    told.retainAll(here);
    if (steer.isContact()) {
      sendOrphansHome(now);
    } else if (!told.containsAll(here)) {
      tellSoon();
    }
  }

  private void followMembers() {
    try {
      premises.followMembers();
    } catch (IOException e) {
      log.complaints()
          .once("packets do not reach a node whose address has changed: " + Log.words(e));
    }
  }

  private void tellSoon() {
    if (!steer.isContact() && telling.compareAndSet(false, true)) {
      executor.execute(this::tell);
    }
  }

  /** A client that is bound to this node goes on sending all its packets here. */
  private void forgetOld(Flow flow, Long since, long now) {
    if (clients.includes(Client.of(flow))) {
      sentOn.replace(flow, since, now);
    } else if (now - since > FORGOTTEN_NANOS
        && sentOn.remove(flow, since)
        && !steer.isContact()) { // which knows itself what has ended
      premises.keepHere(flow);
    }
  }

  /**
   * Bound clients open connections here by themselves. The contact node must know where these are
   * if a client forgets its binding, or is told to.
   */
  private void tell() {
    InetAddress here = own;
    try {
      for (ServedConnection connection : host.connections()) {
        Flow flow = told.contains(connection.client()) ? null : flow(connection);
        if (flow != null
            && (objection(flow) != null
                || steer.claim(flow, () -> host.connections().contains(connection)))) {
          told.add(flow.client());
          if (!here.equals(own)) {
            told.clear(); // it has been told of where they were
          }
        }
      }
    } catch (IOException e) {
      return; // the contact node is away; it is told when there is one
    } finally {
      telling.set(false);
    }
  }

  private void sendOrphansHome(long now) {
    Set<Client> orphaned = new HashSet<>();
    premises
        .places()
        .forEach(
            (flow, at) -> {
              if (!premises.hasMemberAt(at)) {
                orphaned.add(Client.of(flow));
              }
            });
    orphans.keySet().retainAll(orphaned);
    for (Client client : orphaned) {
      long since = orphans.computeIfAbsent(client, same -> now);
      if (since != CLEARED && now - since > ORPHANED_NANOS) {
        orphans.put(client, CLEARED);
        clients.sendHome(client);
      }
    }
  }

  @Override
  public void close() {
    Roaming watch = roaming;
    if (watch != null) {
      watch.close();
    }
    clients.leave();
  }
}
