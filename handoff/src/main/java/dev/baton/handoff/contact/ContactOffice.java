package dev.baton.handoff.contact;

import dev.baton.handoff.Flow;
import dev.baton.handoff.Log;
import dev.baton.handoff.trust.Admission;
import dev.baton.handoff.wire.Claim;
import dev.baton.handoff.wire.ProtocolException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A node's part in the contact address of its group: it is a member, it votes on who has the
 * address, keeps a copy of the contact node's record, and has the address itself when its turn
 * comes.
 *
 * <p>One thread does all that the rules of the {@link Lease} demand, in the order in which it
 * comes; only questions to the {@link ContactDesk} are answered on the threads of who asks.
 */
public final class ContactOffice implements Contact {
  private static final long BUSY_MILLIS = 20;
  private static final long IDLE_MILLIS = 100;

  /** How long a node that leaves waits until another has the address. */
  private static final long LEAVE_MILLIS = 1_500;

  /** Nobody acknowledges an announcement, so it is made again, at these distances. */
  private static final List<Long> ANNOUNCE_AGAIN_MILLIS = List.of(150L, 350L, 1_000L, 2_500L);

  /** A member that has disappeared may be back within this time, with its connections. */
  private static final long RETURN_NANOS = TimeUnit.MINUTES.toNanos(1);

  /**
   * What an office must know.
   *
   * @param group the group's name
   * @param node this node's name
   * @param at where other members reach this node
   * @param peers where other members may be
   * @param discovery how they are found
   * @param memory a file of this node's, which outlives its process
   * @param atHome whether this node is in the subnet of a contact address: one that is not votes,
   *     and has the address only as long as it is alone
   * @param absence how long a member that has disappeared keeps its vote
   */
  public record Setup(
      String group,
      String node,
      InetSocketAddress at,
      List<InetSocketAddress> peers,
      Discovery discovery,
      Path memory,
      boolean atHome,
      Duration absence) {

    private Setup movedTo(InetAddress address) {
      InetSocketAddress there = new InetSocketAddress(address, at.getPort());
      return new Setup(group, node, there, peers, discovery, memory, atHome, absence);
    }
  }

  /** With what the group is joined. */
  private record Entrance(Admission admission, Executor executor, Runnable priority) {}

  private final Setup setup;
  private final Entrance entrance;
  private final Premises premises;
  private final Log log;
  private final ContactDesk desk;
  private final Lease lease;
  private final ElectorateFile memory;
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final CountDownLatch succeeded = new CountDownLatch(1);
  private final Map<String, Long> absentSince = new HashMap<>();
  private final Thread thread;
  private volatile @Nullable Membership membership;

  /** Hears of the group at this node's present address. */
  private volatile @Nullable Ears ears;

  private volatile List<String> view = List.of();
  private volatile Electorate electorate = Electorate.NONE;
  private volatile @Nullable String contactNode;
  private volatile boolean leaving;
  private volatile boolean closed;
  private long announceNanos;

  /** How many announcements are still to be made. */
  private int announcements;

  private ContactOffice(Setup setup, Entrance entrance, Premises premises, Log log)
      throws IOException {
    this.setup = setup;
    this.entrance = entrance;
    this.premises = premises;
    this.log = log;
    this.memory = new ElectorateFile(setup.memory());
    Outside outside = new Outside();
    this.desk = new ContactDesk(setup.node(), premises, outside);
    this.lease =
        new Lease(
            setup.node(),
            setup.atHome(),
            memory.read(),
            Lease.Times.usual(setup.absence().toNanos()),
            outside,
            System.nanoTime());
    this.thread = new Thread(null, this::work, "baton-contact", 0, false);
    thread.setDaemon(true);
  }

  /**
   * Joins the group, but does not wait for it: a node that has not heard of the others yet is of
   * use to those on its host.
   *
   * @param admission this node's keys, and whom it talks to; stays the caller's
   * @param premises owned by the result
   * @param executor one thread for each stranger at the door
   * @param priority what each thread does first
   * @throws IOException if what the node knew before it was last started cannot be read
   */
  public static ContactOffice open(
      Setup setup,
      Admission admission,
      Premises premises,
      Executor executor,
      Runnable priority,
      Log log)
      throws IOException {
    ContactOffice office =
        new ContactOffice(setup, new Entrance(admission, executor, priority), premises, log);
    office.events.add(
        () -> {
          priority.run();
          office.join(setup);
        });
    office.thread.start();
    return office;
  }

  /**
   * Others reach this node at another address of its host from now on: it joins its group anew,
   * there, as a node that was away. What it has promised and knows it still has.
   */
  public void moveTo(InetAddress address) {
    events.add(
        () -> {
          Membership before = membership;
          ears = null;
          membership = null;
          if (before != null) {
            // It says good-bye from where it is not any more, and waits for an answer.
            entrance.executor().execute(before::close);
          }
          join(setup.movedTo(address));
        });
  }

  private void join(Setup here) {
    Ears fresh = new Ears();
    ears = fresh;
    try {
      membership =
          Membership.join(
              here,
              entrance.admission(),
              entrance.executor(),
              entrance.priority(),
              (who, why) ->
                  log.complaints()
                      .once(
                          who
                              + " was turned away from the group: "
                              + Log.words(why)
                              + "; it has learnt nothing"),
              fresh);
    } catch (IOException e) {
      log.warn(
          "this node is not in its group: it will not have the contact address, and connections do"
              + " not move between it and other hosts",
          e);
    }
  }

  /** Deaf as soon as there are others. */
  private final class Ears implements Membership.Listener {

    @Override
    public void view(List<String> members) {
      if (ears == this) {
        view = members;
        events.add(() -> changed(members));
      }
    }

    @Override
    public void received(String from, byte[] bytes) {
      if (ears == this) {
        events.add(() -> receive(from, bytes));
      }
    }
  }

  @Override
  public boolean isContact() {
    return setup.node().equals(contactNode);
  }

  @Override
  public @Nullable String contactNode() {
    return contactNode;
  }

  /** Where the members take their packets, by their names, as far as this node knows. */
  public Map<String, InetAddress> places() {
    Membership group = membership;
    return group == null ? Map.of() : group.places();
  }

  @Override
  public String settle(Claim claim, String handoff, Flow flow, String asker, InetAddress at)
      throws IOException {
    return desk.settle(claim, handoff, flow, asker, at);
  }

  @Override
  public void ended(Flow flow, InetAddress at) throws IOException {
    desk.ended(flow, at);
  }

  private void work() {
    while (!closed) {
      try {
        Runnable event =
            events.poll(lease.isBusy() ? BUSY_MILLIS : IDLE_MILLIS, TimeUnit.MILLISECONDS);
        if (event != null) {
          event.run();
        }
        lease.tick(System.nanoTime());
        look();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        log.warn("the contact address: something went wrong; the work goes on", e);
      }
    }
  }

  /** Says what has changed, and does what was put off. */
  private void look() {
    electorate = lease.electorate();
    String now = lease.holder();
    boolean holds = lease.holds(System.nanoTime());
    if (now != null && !now.equals(contactNode) && (!now.equals(setup.node()) || holds)) {
      log.info("node " + now + " has the contact address");
      contactNode = now;
    } else if (now == null) {
      contactNode = null;
    }
    if (holds) {
      desk.open(lease.term());
      announce();
      forgetTheDead();
    }
  }

  private void announce() {
    long now = System.nanoTime();
    if (announcements == 0 || now - announceNanos < 0) {
      return;
    }
    try {
      premises.announce();
      announcements--;
    } catch (IOException e) {
      if (!lease.holds(System.nanoTime())) {
        return; // the fence holds it back: when it opens
      }
      announcements--;
      log.warn("the network was not told where the contact address is; clients may wait", e);
    }
    if (announcements > 0) {
      long pause = ANNOUNCE_AGAIN_MILLIS.get(ANNOUNCE_AGAIN_MILLIS.size() - announcements);
      announceNanos = now + TimeUnit.MILLISECONDS.toNanos(pause);
    }
  }

  private void toAnnounce() {
    announcements = 1 + ANNOUNCE_AGAIN_MILLIS.size();
    announceNanos = System.nanoTime();
  }

  private void forgetTheDead() {
    long now = System.nanoTime();
    Set<String> gone = new HashSet<>();
    absentSince.forEach(
        (member, since) -> {
          if (now - since > RETURN_NANOS) {
            gone.add(member);
          }
        });
    if (!gone.isEmpty()) {
      gone.forEach(absentSince::remove);
      try {
        desk.forget(gone::contains);
      } catch (IOException e) {
        log.warn("packets of connections that have ended are still sent on", e);
      }
    }
  }

  private void changed(List<String> members) {
    long now = System.nanoTime();
    for (String member : electorate.members()) {
      if (!members.contains(member)) {
        absentSince.putIfAbsent(member, now);
      }
    }
    for (String member : members) {
      absentSince.remove(member);
      if (!member.equals(setup.node())) {
        desk.welcome(member);
      }
    }
    log.info("the group is " + String.join(", ", members));
    toAnnounce(); // one who is back may have had the address meanwhile
    lease.view(members, now);
  }

  private void receive(String from, byte[] bytes) {
    try {
      Notice notice = Notices.decode(bytes);
      if (leaving && notice instanceof Notice.Ask ask && ask.holding()) {
        succeeded.countDown();
      }
      lease.receive(from, notice, System.nanoTime());
      desk.receive(from, notice, lease.promisedTerm());
    } catch (ProtocolException e) {
      log.warn("node " + from + " has sent what makes no sense; it is not heeded", e);
    }
  }

  /** The rules applied to the kernel, the group and the record. */
  private final class Outside implements Lease.Outside, ContactDesk.Backups {

    @Override
    public void tell(@Nullable String to, Notice notice) {
      Membership group = membership;
      if (group != null && !closed) {
        try {
          group.tell(to, Notices.encode(notice));
        } catch (IOException e) {
          log.warn("the group does not hear of the contact address", e);
        }
      }
    }

    @Override
    public boolean suffice(Set<String> those) {
      Electorate now = electorate;
      return now.suffice(those, now.among(view).size() == 1);
    }

    @Override
    public Ledger.Version version() {
      return desk.version();
    }

    @Override
    public Ledger.@Nullable Whole newerThan(Ledger.Version asker) {
      return desk.newerThan(asker);
    }

    @Override
    public void adopt(Ledger.Whole ledger) {
      try {
        desk.adopt(ledger);
      } catch (ProtocolException e) {
        log.warn("the record of the contact node before makes no sense; it is not used", e);
      }
    }

    @Override
    public boolean elected(long term) {
      try {
        premises.open(desk.elsewhere());
        toAnnounce();
        if (!setup.atHome()) {
          log.warn(
              "this node has the contact address, but is not in its subnet: clients reach it only"
                  + " if the network routes the address here; start a node of that subnet first");
        }
        return true;
      } catch (IOException e) {
        log.warn("this node cannot have the contact address; another one may", e);
        return false;
      }
    }

    @Override
    public void arm(long round) {
      attempt(
          () ->
              premises.arm(
                  (int) round, TimeUnit.NANOSECONDS.toMillis(Lease.Times.usual(0).leaseNanos())));
    }

    @Override
    public void admit(long round) {
      attempt(() -> premises.admit((int) round));
    }

    @Override
    public void lapsed() {
      attempt(premises::shut);
      desk.close();
      toAnnounce(); // when it is back
      log.warn(
          "the lease on the contact address has run out: packets wait until the group renews it");
    }

    @Override
    public void deposed() {
      desk.close();
      attempt(premises::shut);
      if (!leaving) {
        attempt(premises::vacate);
      }
    }

    @Override
    public void remember(Electorate now) {
      attempt(() -> memory.write(now));
    }

    private void attempt(Change change) {
      try {
        change.run();
      } catch (IOException e) {
        log.warn("the contact address: something could not be changed", e);
      }
    }
  }

  @FunctionalInterface
  private interface Change {
    void run() throws IOException;
  }

  /** Leaves the group; the address goes to another member first, if there is one. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    boolean handsOver = isContact() && view.size() > 1;
    boolean isLast = isContact() && view.size() <= 1;
    leaving = true;
    CountDownLatch left = new CountDownLatch(1);
    events.add(
        () -> {
          lease.leave(System.nanoTime());
          left.countDown();
        });
    try {
      if (left.await(LEAVE_MILLIS, TimeUnit.MILLISECONDS) && handsOver) {
        succeeded.await(LEAVE_MILLIS, TimeUnit.MILLISECONDS);
      }
      memory.forget();
      Membership group = membership;
      if (group != null) {
        group.close();
      }
      closed = true;
      thread.interrupt();
      thread.join(LEAVE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closed = true;
      if (isLast) {
        premises.abandon();
      }
      premises.close();
    }
  }
}
