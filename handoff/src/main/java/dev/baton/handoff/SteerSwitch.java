package dev.baton.handoff;

import dev.baton.handoff.contact.ContactOffice;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.linux.Listener;
import dev.baton.linux.steer.Steering;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The switch between hosts: all packets of clients come to the group's contact node, which tunnels
 * those of a connection to the node that has it; that node answers the client directly (paper
 * "versatile anycast", section 4.3, with a tunnel in place of route optimisation).
 */
final class SteerSwitch implements TrafficSwitch, Closeable {
  /** How long a donor asks a contact node that does not answer. */
  private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** How long an acceptor does; the client waits meanwhile, and the donor decides afterwards. */
  private static final long SWITCH_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** A contact node that has not answered by then may be dead, and another one in its place. */
  private static final long SETTLE_MILLIS = 2_500;

  /** Packets that were on their way to the donor when the switch was made have arrived by then. */
  private static final long LATE_MILLIS = 5_000;

  /** A line to the contact node that nobody has used for so long may be dead. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** After its end a connection still gets packets for a while (RFC 9293, TIME-WAIT). */
  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Of IPv6 and TCP. */
  private static final int HEADERS = 60;

  private record Line(NodeClient contact, long usedNanos) {}

  private final String self;
  private final InetAddress address;
  private final List<InetAddress> contactAddresses;
  private final Group group;
  private final LocalSwitch here;
  private final Executor late;
  private final Log log;
  private final ContactOffice office;
  private final Deque<Line> lines = new ArrayDeque<>();
  private final Map<Flow, Integer> guarded = new HashMap<>();

  /** Flows that were switched to this node, and since when they have had no connection. */
  private final Map<Flow, Long> gone = new ConcurrentHashMap<>();

  private final Set<Flow> taken = ConcurrentHashMap.newKeySet();

  /**
   * @param address where this node takes the packets of its connections
   * @param contactAddresses the group's
   * @param here guards this node's listener
   * @param office knows the contact node, or is it; owned by this object
   * @param executor for what has to be done some time after a handoff
   */
  SteerSwitch(
      String self,
      InetAddress address,
      List<InetAddress> contactAddresses,
      Group group,
      LocalSwitch here,
      ContactOffice office,
      Executor executor,
      Log log) {
    this.self = self;
    this.log = log;
    this.address = address;
    this.contactAddresses = contactAddresses;
    this.group = group;
    this.here = here;
    this.office = office;
    this.late =
        java.util.concurrent.CompletableFuture.delayedExecutor(
            LATE_MILLIS, TimeUnit.MILLISECONDS, executor);
  }

  /** Whether this is the contact node. */
  boolean isContact() {
    return office.isContact();
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

  /**
   * A donor's socket is gone after the handoff, and packets may still be on their way to it: its
   * listener must not answer them.
   */
  @Override
  public void prepare(Flow flow) throws IOException {
    synchronized (guarded) {
      if (guarded.merge(flow, 1, Integer::sum) == 1) {
        here.prepare(flow);
      }
    }
    if (!office.isContact()) {
      giveBack(take()); // so that it is there when the client waits for it
    }
  }

  @Override
  public void release(Flow flow) {
    late.execute(
        () -> {
          synchronized (guarded) {
            if (guarded.computeIfPresent(flow, (same, count) -> count == 1 ? null : count - 1)
                == null) {
              here.release(flow);
            }
          }
        });
  }

  @Override
  public void switchTo(Flow flow, @Nullable String handoff) throws IOException {
    if (handoff == null) {
      throw new IllegalArgumentException("a handoff between hosts has a name");
    }
    String owner = askUntilAnswered(flow, handoff, SWITCH_NANOS);
    if (!owner.equals(self)) {
      throw new RefusedException("the connection is " + owner + "'s: the donor has kept it");
    }
    taken.add(flow);
  }

  @Override
  public boolean keep(Flow flow, String handoff) throws IOException {
    return askUntilAnswered(flow, handoff, KEEP_NANOS).equals(self);
  }

  /** The contact node may die, and another one take its place: what one has said, the next says. */
  private String askUntilAnswered(Flow flow, String handoff, long nanos) throws IOException {
    long deadline = System.nanoTime() + nanos;
    while (true) {
      try {
        return ask(flow, handoff);
      } catch (RefusedException e) {
        throw e;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  private String ask(Flow flow, String handoff) throws IOException {
    if (office.isContact()) {
      return office.settle(handoff, flow, self, address);
    }
    NodeClient contact = take();
    try {
      String owner =
          contact
              .channel()
              .ask(
                  new Message.Settle(
                      handoff,
                      Endpoint.of(flow.client()),
                      Endpoint.of(flow.server()),
                      address.getAddress()),
                  Message.Settled.class,
                  SETTLE_MILLIS)
              .owner();
      if (owner == null) {
        throw new IOException(contact.node().name() + " is not the group's contact node any more");
      }
      giveBack(contact);
      return owner;
    } catch (IOException | RuntimeException e) {
      contact.close();
      throw e;
    }
  }

  /** As {@link Message.Settle} says. */
  @Nullable String settle(Message.Settle settle, String asker) throws IOException {
    Flow flow = new Flow(settle.client().toSocketAddress(), settle.server().toSocketAddress());
    String objection = objection(flow);
    if (objection != null) {
      throw new RefusedException(objection);
    }
    try {
      return office.settle(settle.handoff(), flow, asker, InetAddress.getByAddress(settle.at()));
    } catch (IOException e) {
      log.warn("the handoff of a connection to " + asker + " cannot be decided here now", e);
      return null;
    }
  }

  /** A line to the contact node, for one question. */
  private NodeClient take() throws IOException {
    while (true) {
      Line line;
      synchronized (lines) {
        line = lines.pollFirst();
      }
      if (line == null) {
        break;
      }
      if (System.nanoTime() - line.usedNanos() < FRESH_NANOS
          && line.contact().node().name().equals(office.contactNode())
          && !line.contact().channel().ended()) {
        return line.contact();
      }
      line.contact().close();
    }
    String contact = office.contactNode();
    if (contact == null || contact.equals(self)) {
      throw new IOException("the group has no contact node at the moment");
    }
    return group.open(contact, self);
  }

  private void giveBack(NodeClient contact) {
    synchronized (lines) {
      lines.addFirst(new Line(contact, System.nanoTime()));
    }
  }

  /**
   * Tells the contact node which of the flows that came here are over. To be called every now and
   * then.
   *
   * @param served this node's connections
   */
  void tidy(Collection<? extends ServedConnection> served) {
    if (taken.isEmpty()) {
      return;
    }
    Set<InetSocketAddress> clients = new HashSet<>();
    served.forEach(connection -> clients.add(connection.client()));
    long now = System.nanoTime();
    for (Flow flow : List.copyOf(taken)) {
      if (clients.contains(flow.client())) {
        gone.remove(flow);
      } else if (now - gone.computeIfAbsent(flow, same -> now) > END_NANOS) {
        try {
          tellEnded(flow);
        } catch (IOException e) {
          return; // the contact node is away; it is told when it is back
        }
        taken.remove(flow);
        gone.remove(flow);
      }
    }
  }

  private void tellEnded(Flow flow) throws IOException {
    if (office.isContact()) {
      office.ended(flow, self);
      return;
    }
    NodeClient contact = take();
    try {
      contact
          .channel()
          .ask(
              new Message.Ended(Endpoint.of(flow.client()), Endpoint.of(flow.server())),
              Message.Ready.class,
              NodeClient.ANSWER_MILLIS);
      giveBack(contact);
    } catch (IOException | RuntimeException e) {
      contact.close();
      throw e;
    }
  }

  /** As {@link Message.Ended} says. */
  void ended(Message.Ended ended, String owner) throws IOException {
    Flow flow = new Flow(ended.client().toSocketAddress(), ended.server().toSocketAddress());
    try {
      office.ended(flow, owner);
    } catch (IOException e) {
      throw new RefusedException(Log.words(e));
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (lines) {
      lines.forEach(line -> line.contact().close());
      lines.clear();
    }
    office.close();
  }
}
