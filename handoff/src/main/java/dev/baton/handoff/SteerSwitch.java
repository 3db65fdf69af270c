package dev.baton.handoff;

import dev.baton.handoff.contact.Contact;
import dev.baton.handoff.wire.Claim;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.linux.Listener;
import dev.baton.linux.steer.Steering;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The switch between hosts: all packets of clients come to the group's contact node, which tunnels
 * those of a connection to the node that has it; that node answers the client directly (paper
 * "versatile anycast", section 4.3, with a tunnel in place of route optimisation).
 */
final class SteerSwitch implements TrafficSwitch, Closeable {
  /** Packets that were on their way to the donor when the switch was made have arrived by then. */
  private static final long LATE_MILLIS = 2_000;

  /** How long a connection that is to leave waits for others. */
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** More flows than these are not guarded at one time. */
  private static final int MOST_GUARDED = 400;

  /** After its end a connection still gets packets for a while (RFC 9293, TIME-WAIT). */
  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** The same if both ends have said that it is over; more than the contact node asks for. */
  private static final long OVER_NANOS = TimeUnit.SECONDS.toNanos(6);

  /** In place of the id of a connection that has not been seen yet. */
  private static final String UNSEEN = "";

  /** Of IPv6 and TCP. */
  private static final int HEADERS = 60;

  private final String self;
  private final List<InetAddress> contactAddresses;
  private final Group group;
  private final LocalSwitch local;
  private final Executor late;
  private final Log log;
  private final Contact office;
  private final Settling settling;

  private volatile InetAddress address;

  /** Flows whose packets are still to be switched here: they must not leave before that. */
  private final Set<Flow> arriving = new HashSet<>();

  private final Map<Flow, Integer> guarded = new HashMap<>();

  /** Flows that were here, and since when they have had no connection. */
  private final Map<Flow, Long> gone = new ConcurrentHashMap<>();

  /** Flows that are or were here, with the ids of their connections. */
  private final Map<Flow, String> here = new ConcurrentHashMap<>();

  /**
   * @param address where this node takes the packets of its connections
   * @param contactAddresses the group's
   * @param here guards this node's listener
   * @param office knows the contact node, or is it; owned by this object
   * @param executor for what has to be done some time after a handoff
   * @param patience with the contact node
   */
  SteerSwitch(
      String self,
      InetAddress address,
      List<InetAddress> contactAddresses,
      Group group,
      LocalSwitch here,
      Contact office,
      Executor executor,
      Settling.Patience patience,
      Log log) {
    this.self = self;
    this.log = log;
    this.address = address;
    this.contactAddresses = contactAddresses;
    this.group = group;
    this.local = here;
    this.office = office;
    this.settling =
        new Settling(self, address, office, new Lines(group, self), executor, patience, log);
    this.late = CompletableFuture.delayedExecutor(LATE_MILLIS, TimeUnit.MILLISECONDS, executor);
  }

  /** From now on this node takes the packets of its connections at another address. */
  void moveTo(InetAddress other) {
    address = other;
    settling.moveTo(other);
  }

  /** Whether this is the contact node. */
  boolean isContact() {
    return office.isContact();
  }

  /** The contact node's name, as far as this node knows; null if there is none. */
  @Nullable String contactNode() {
    return office.contactNode();
  }

  /**
   * Leaves room for the tunnel in the packets of clients that connect from now on: one that does
   * not fit is lost, and its client is not told.
   */
  void fit(Listener listener) throws IOException {
    NetworkInterface network = NetworkInterface.getByInetAddress(address);
    if (network != null) {
      listener.limitSegments(network.getMTU() - HEADERS - Steering.tunnelBytes(address));
    }
  }

  @Override
  public boolean betweenHosts() {
    return true;
  }

  @Override
  public @Nullable String objection(Flow flow) {
    return contactAddresses.contains(flow.server().getAddress())
        ? null
        : "its address is this host's own, and no contact address of the group (baton.contact)";
  }

  /** The contact node will be asked while the client waits: the line is there then. */
  @Override
  public void approach() throws IOException {
    settling.approach();
  }

  /**
   * A donor's socket is gone after the handoff, and packets may still be on their way to it: its
   * listener must not answer them.
   */
  @Override
  public void prepare(Flow flow) throws IOException {
    synchronized (guarded) {
      awaitRoom(flow);
      if (guarded.merge(flow, 1, Integer::sum) == 1) {
        local.prepare(flow);
      }
    }
  }

  /** A listener's filter has room for some hundred flows; and who has not come cannot leave. */
  private void awaitRoom(Flow flow) throws IOException {
    long deadline = System.nanoTime() + WAIT_NANOS;
    try {
      while (guarded.size() >= MOST_GUARDED || arriving.contains(flow)) {
        if (System.nanoTime() - deadline > 0) {
          throw new IOException(
              arriving.contains(flow)
                  ? "the contact node has not said yet that the connection's packets come here"
                  : "too many connections leave this host at once");
        }
        guarded.wait(LATE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted before a connection could leave", e);
    }
  }

  @Override
  public void release(Flow flow, boolean left) {
    if (left) {
      late.execute(() -> unguard(flow));
    } else {
      unguard(flow);
    }
  }

  private void unguard(Flow flow) {
    synchronized (guarded) {
      if (guarded.computeIfPresent(flow, (same, count) -> count == 1 ? null : count - 1) == null) {
        local.release(flow, false);
        guarded.notifyAll();
      }
    }
  }

  @Override
  public void switchTo(Flow flow, @Nullable String handoff) throws IOException {
    if (handoff == null) {
      throw new IllegalArgumentException("a handoff between hosts has a name");
    }
    String owner = settling.take(flow, handoff, false);
    if (!owner.equals(self)) {
      throw new RefusedException("the connection is " + owner + "'s: the donor has kept it");
    }
    here.put(flow, UNSEEN);
  }

  /**
   * A connection has come here by itself, without the contact node's having sent it: tells that,
   * unless it is about to leave again.
   *
   * @param stillHere whether the connection has not left meanwhile; asked when it no longer can
   * @return whether the contact node knows
   * @throws IOException if it does not answer
   */
  boolean claim(Flow flow, BooleanSupplier stillHere) throws IOException {
    synchronized (guarded) {
      if (guarded.containsKey(flow) || !arriving.add(flow)) {
        return false;
      }
    }
    try {
      String name = UUID.randomUUID().toString();
      return stillHere.getAsBoolean() && settling.ask(Claim.TAKE, flow, name, false).equals(self);
    } finally {
      synchronized (guarded) {
        arriving.remove(flow);
        guarded.notifyAll();
      }
    }
  }

  @Override
  public @Nullable Reservation reserve(Flow flow, String handoff) {
    Reservation reserved = settling.reserve(flow, handoff);
    if (reserved == null) {
      return null;
    }
    return new Arriving(flow, reserved);
  }

  /** A connection that has begun to be used is not to leave before its packets come here. */
  private final class Arriving implements Reservation {
    private final Flow flow;
    private final Reservation reserved;

    Arriving(Flow flow, Reservation reserved) {
      this.flow = flow;
      this.reserved = reserved;
    }

    @Override
    public boolean use(String handoff) {
      synchronized (guarded) {
        return reserved.use(handoff) && arriving.add(flow);
      }
    }

    @Override
    public void close() {
      reserved.close();
      synchronized (guarded) {
        arriving.remove(flow);
        guarded.notifyAll();
      }
    }
  }

  @Override
  public void switchReserved(Flow flow, String handoff) throws IOException {
    String owner = settling.take(flow, handoff, true);
    if (!owner.equals(self)) {
      throw new RefusedException("what was reserved is " + owner + "'s");
    }
    here.put(flow, UNSEEN);
  }

  @Override
  public boolean keep(Flow flow, String handoff, boolean unused) throws IOException {
    Claim claim = unused ? Claim.TAKE_BACK : Claim.TAKE;
    return settling.ask(claim, flow, handoff, true).equals(self);
  }

  /**
   * As {@link Message.Settle} says.
   *
   * @param from where the question came from; null if from this host
   * @return null if it cannot be decided here now
   */
  @Nullable String settle(Message.Settle settle, String asker, @Nullable InetAddress from)
      throws IOException {
    Flow flow = new Flow(settle.client().toSocketAddress(), settle.server().toSocketAddress());
    String objection = objection(flow);
    if (objection != null) {
      throw new RefusedException(objection);
    }
    InetAddress at = InetAddress.getByAddress(settle.at());
    if (from != null && !from.equals(at)) {
      throw new RefusedException(
          "it asks from "
              + from.getHostAddress()
              + " for packets to be sent to "
              + at.getHostAddress()
              + "; baton.listen and baton.peers must be addresses by which nodes reach each other");
    }
    try {
      return office.settle(settle.claim(), settle.handoff(), flow, asker, at);
    } catch (IOException e) {
      log.warn("the handoff of a connection to " + asker + " cannot be decided here now", e);
      return null;
    }
  }

  /**
   * Tells the contact node which of the flows that came here are over. To be called every now and
   * then.
   *
   * @param host whose connections are here
   */
  void tidy(Host host) {
    tidy(host, System.nanoTime());
  }

  /** As {@link #tidy(Host)}, at a time in nanoseconds. */
  void tidy(Host host, long now) {
    Set<InetSocketAddress> clients = see(host);
    for (Map.Entry<Flow, String> one : Map.copyOf(here).entrySet()) {
      Flow flow = one.getKey();
      if (clients.contains(flow.client())) {
        gone.remove(flow);
      } else if (now - gone.computeIfAbsent(flow, same -> now) > END_NANOS) {
        try {
          if (!nextDoor(one.getValue())) {
            settling.tellEnded(flow);
          }
        } catch (IOException e) {
          return; // the contact node is away; it is told when it is back
        }
        here.remove(flow);
        gone.remove(flow);
      }
    }
  }

  /** A connection is over for both ends: its packets need not come here much longer. */
  void over(Flow flow) {
    if (here.containsKey(flow)) {
      gone.put(flow, System.nanoTime() - END_NANOS + OVER_NANOS);
    }
  }

  /** Learns which connections are here, also those that came from a node of this host. */
  private Set<InetSocketAddress> see(Host host) {
    Set<InetSocketAddress> clients = new HashSet<>(host.clients());
    Set<String> seen = Set.copyOf(here.values());
    for (ServedConnection connection : host.connections()) {
      if (!seen.contains(connection.id())) {
        try {
          Flow flow = new Flow(connection.client(), connection.server());
          if (objection(flow) == null) {
            here.put(flow, connection.id());
          }
        } catch (IOException e) {
          clients.remove(connection.client()); // closed meanwhile
        }
      }
    }
    return clients;
  }

  /**
   * Whether a connection that is no longer here has gone on to another node of this host, which
   * tells its end then. Of one that nobody saw while it was here that is taken for granted if there
   * is such a node: to steer a flow in vain harms nobody, to end one that lives does.
   */
  private boolean nextDoor(String id) throws IOException {
    for (String name : group.names()) {
      if (!name.equals(self) && isAt(name, id)) {
        return true;
      }
    }
    return false;
  }

  private boolean isAt(String neighbour, String id) throws IOException {
    try (NodeClient node = group.open(neighbour, self)) {
      return id.equals(UNSEEN) || node.connections().stream().anyMatch(its -> its.id().equals(id));
    } catch (NoSuchNodeException e) {
      return false; // its socket has outlived it
    }
  }

  /**
   * As {@link Message.Ended} says.
   *
   * @param from where it was said; null if on this host
   */
  void ended(Message.Ended ended, @Nullable InetAddress from) throws IOException {
    Flow flow = new Flow(ended.client().toSocketAddress(), ended.server().toSocketAddress());
    try {
      office.ended(flow, from == null ? address : from);
    } catch (IOException e) {
      throw new RefusedException(Log.words(e));
    }
  }

  @Override
  public void close() throws IOException {
    settling.close();
  }
}
