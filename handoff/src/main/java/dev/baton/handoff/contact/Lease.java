package dev.baton.handoff.contact;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One node's part in the lease on the contact address. Nothing but rules: time, messages and the
 * kernel come from outside. Not thread-safe.
 *
 * <p>A node that has the address, or wants it, asks the whole electorate, again and again. Who
 * grants it promises not to grant it to anybody else for a lease <em>from the moment he hears</em>;
 * the asker counts the same lease <em>from the moment before it asks</em>, in a timer of the kernel
 * that shuts the fence when it runs out, whatever has become of the process. With the word of more
 * than half, the fence stays open until that timer ends. Any two majorities share a node, and that
 * node's promise to the first outlasts the first's fence, so nobody else's opens before.
 *
 * <p>Views of the group only say when it is worth asking, and who asks first; a wrong view costs
 * time and never gives the address to two.
 *
 * <p>Two nodes have no majority but both. There one suffices, under conditions ({@link
 * #mayDecideAlone}).
 */
final class Lease {

  /**
   * The times of a group; equal on all its nodes.
   *
   * @param leaseNanos how long the address is granted for
   * @param marginNanos how much longer a promise lasts: for clocks that run at different speeds and
   *     the kernel's timers, which are a tick late
   * @param renewNanos how often the holder asks
   * @param patienceNanos how long a node that was stopped, or has just started, is not trusted to
   *     decide alone
   * @param absenceNanos how long a member that has disappeared keeps its vote
   */
  record Times(
      long leaseNanos, long marginNanos, long renewNanos, long patienceNanos, long absenceNanos) {

    static Times usual(long absenceNanos) {
      return new Times(
          TimeUnit.MILLISECONDS.toNanos(600),
          TimeUnit.MILLISECONDS.toNanos(30),
          TimeUnit.MILLISECONDS.toNanos(150),
          TimeUnit.SECONDS.toNanos(5),
          absenceNanos);
    }

    long promiseNanos() {
      return leaseNanos + marginNanos;
    }

    /** A holder that is in the view is trusted to be there for so long without a word. */
    long silenceNanos() {
      return 4 * leaseNanos;
    }
  }

  /** What the rules are applied to. */
  interface Outside {

    /**
     * Sends a notice.
     *
     * @param to null for all others
     */
    void tell(@Nullable String to, Notice notice);

    /** How much of the record this node has. */
    Ledger.Version version();

    /**
     * The record, if there is more of it here than that.
     *
     * @param asker's version
     */
    Ledger.@Nullable Whole newerThan(Ledger.Version asker);

    /** Another node has more of the record. */
    void adopt(Ledger.Whole ledger);

    /**
     * This node is to take the address: everything is put in place, behind a shut fence.
     *
     * @return false if it could not be; the node lets others try then
     */
    boolean elected(long term);

    /** Starts the kernel's timer for a round; nothing has been sent for it yet. */
    void arm(long round);

    /** Lets the fence be open for as long as a round's timer runs. */
    void admit(long round);

    /** Shuts the fence. The node may get the address back. */
    void lapsed();

    /** Another node has the address: everything is taken away. */
    void deposed();

    /** The electorate has changed: the process after this one must know. */
    void remember(Electorate electorate);
  }

  private enum Role {
    BACKUP,
    CLAIMING,
    HOLDER,
    /** Has left, or is leaving. */
    GONE
  }

  private record Round(long sentNanos, Set<String> granted) {}

  private final String self;
  private final boolean eligible;
  private final Times times;
  private final Outside outside;
  private final long bornNanos;

  private Electorate electorate;
  private List<String> view = List.of();
  private long viewNanos;

  // The voter: to whom it has promised the address, and until when.
  private long term;
  private @Nullable String promisedTo;
  private long promisedUntilNanos;

  // The holder, and who wants to be one.
  private Role role = Role.BACKUP;
  private long ownTerm;
  private long round;
  private final TreeMap<Long, Round> rounds = new TreeMap<>();
  private final Set<String> informed = new HashSet<>();
  private final Map<String, Long> absentSinceNanos = new HashMap<>();
  private final Set<String> left = new HashSet<>();
  private boolean open;
  private long heldUntilNanos;
  private long askedNanos;
  private long claimNotBeforeNanos;

  // What it knows of others.
  private @Nullable String holder;
  private long heardNanos;
  private long greatestTerm;
  private long greatestNumber;
  private long lastTickNanos;
  private long calmSinceNanos;

  /**
   * @param eligible whether this node can make use of the address; one that cannot votes only
   * @param known what the process before this one knew: a node that has lost its memory while it
   *     was cut off must not think itself the first
   * @param nowNanos on a clock that never stops, as are all other times
   */
  Lease(
      String self,
      boolean eligible,
      Electorate known,
      Times times,
      Outside outside,
      long nowNanos) {
    this.self = self;
    this.eligible = eligible;
    this.electorate = known;
    this.times = times;
    this.outside = outside;
    this.bornNanos = nowNanos;
    this.lastTickNanos = nowNanos;
    this.calmSinceNanos = nowNanos;
    this.heardNanos = nowNanos;
  }

  /** Whether this node has the address, fence open. */
  boolean holds(long nowNanos) {
    return role == Role.HOLDER && open && nowNanos - heldUntilNanos < 0;
  }

  /** The greatest term for which this node has promised the address to anybody. */
  long promisedTerm() {
    return term;
  }

  /** The term of this node's claim. */
  long term() {
    return ownTerm;
  }

  Electorate electorate() {
    return electorate;
  }

  /** Who has the address, as far as this node knows; null if nobody it knows of. */
  @Nullable String holder() {
    return role == Role.HOLDER ? self : holder;
  }

  /** Whether something is about to happen, so that time should not be lost. */
  boolean isBusy() {
    return role == Role.CLAIMING || role == Role.HOLDER || holder == null || !view.contains(holder);
  }

  /** Who is there now, the eldest first. */
  void view(List<String> members, long nowNanos) {
    for (String member : view) {
      if (!members.contains(member)) {
        absentSinceNanos.putIfAbsent(member, nowNanos);
      }
    }
    members.forEach(absentSinceNanos::remove);
    left.removeAll(members);
    view = List.copyOf(members);
    viewNanos = nowNanos;
    tick(nowNanos);
  }

  /** To be called often; nothing happens but here and when something arrives. */
  void tick(long nowNanos) {
    if (nowNanos - lastTickNanos > times.leaseNanos() / 2) {
      calmSinceNanos = nowNanos; // it was stopped: what it believes of others may be old
    }
    lastTickNanos = nowNanos;
    switch (role) {
      case BACKUP -> considerClaiming(nowNanos);
      case CLAIMING -> claimFurther(nowNanos);
      case HOLDER -> hold(nowNanos);
      case GONE -> {}
    }
  }

  private void considerClaiming(long nowNanos) {
    if (nowNanos - bornNanos < times.promiseNanos() || isPromised(nowNanos)) {
      return;
    }
    if (electorate.members().isEmpty()
        && !view.isEmpty()
        && view.get(0).equals(self)
        && nowNanos - heardNanos > times.promiseNanos()) {
      become(Electorate.of(self)); // nobody was here before
    }
    boolean only = electorate.members().equals(Set.of(self));
    if (!electorate.includes(self) || !(eligible || only)) {
      return;
    }
    if (holder != null && view.contains(holder) && nowNanos - heardNanos < times.silenceNanos()) {
      return;
    }
    int rank = 0;
    while (rank < view.size() && !view.get(rank).equals(self)) {
      rank++;
    }
    long free = Math.max(promisedUntilNanos, Math.max(viewNanos, claimNotBeforeNanos));
    if (rank == 0
        ? nowNanos - claimNotBeforeNanos < 0
        : nowNanos - free < rank * times.renewNanos()) {
      return;
    }
    role = Role.CLAIMING;
    ownTerm = Math.max(greatestTerm, Math.max(term, ownTerm)) + 1;
    claimNotBeforeNanos = nowNanos + times.leaseNanos();
    ask(nowNanos);
  }

  private void claimFurther(long nowNanos) {
    if (nowNanos - claimNotBeforeNanos > 0) {
      giveUp(nowNanos, false);
    } else if (nowNanos - askedNanos >= times.renewNanos()) {
      ask(nowNanos);
    }
  }

  private void hold(long nowNanos) {
    if (nowNanos - heldUntilNanos >= 0 && open) {
      open = false;
      outside.lapsed();
    }
    changeElectorate(nowNanos);
    if (nowNanos - askedNanos >= times.renewNanos()) {
      ask(nowNanos);
    }
  }

  /** Lets newcomers vote, and those who have gone vote no more. */
  private void changeElectorate(long nowNanos) {
    if (!open || !electorate.isSettled()) {
      return;
    }
    Set<String> next = new HashSet<>(electorate.members());
    next.removeIf(
        member ->
            !member.equals(self)
                && !view.contains(member)
                && (left.contains(member)
                    || nowNanos - absentSinceNanos.computeIfAbsent(member, since -> nowNanos)
                        > times.absenceNanos()));
    boolean allThere = view.containsAll(electorate.members());
    if (next.equals(electorate.members()) && (electorate.members().size() != 2 || allThere)) {
      next.addAll(view);
    }
    if (!next.equals(electorate.members()) || greatestNumber > electorate.number()) {
      become(electorate.changed(next, greatestNumber));
      informed.clear();
      informed.add(self);
      settle();
    }
  }

  private void become(Electorate next) {
    if (!next.equals(electorate)) {
      electorate = next;
      outside.remember(next);
    }
  }

  private void settle() {
    if (!electorate.isSettled() && electorate.settledBy(informed)) {
      become(electorate.settled());
    }
  }

  private void ask(long nowNanos) {
    round++;
    askedNanos = nowNanos;
    if (role == Role.HOLDER) {
      outside.arm(round);
    }
    rounds.put(round, new Round(nowNanos, new HashSet<>(Set.of(self))));
    while (rounds.size() > 16) {
      rounds.pollFirstEntry();
    }
    promise(self, ownTerm, nowNanos);
    boolean holding = role == Role.HOLDER && open;
    outside.tell(null, new Notice.Ask(ownTerm, round, electorate, holding, outside.version()));
    count(round, nowNanos);
  }

  private void count(long counted, long nowNanos) {
    Round it = rounds.get(counted);
    if (it == null
        || nowNanos - it.sentNanos() >= times.leaseNanos()
        || !electorate.suffice(it.granted(), mayDecideAlone(nowNanos))) {
      return;
    }
    if (role == Role.CLAIMING) {
      becomeHolder(it.sentNanos() + times.leaseNanos(), nowNanos);
    } else if (role == Role.HOLDER && it.sentNanos() + times.leaseNanos() - heldUntilNanos > 0) {
      heldUntilNanos = it.sentNanos() + times.leaseNanos();
      outside.admit(counted);
      open = true;
    }
  }

  /** The promises are given; the fence opens when a round that it is armed for is granted. */
  private void becomeHolder(long untilNanos, long nowNanos) {
    rounds.clear();
    role = Role.HOLDER;
    holder = self;
    open = false;
    heldUntilNanos = untilNanos - times.leaseNanos();
    informed.clear();
    informed.add(self);
    claimNotBeforeNanos = nowNanos;
    askedNanos = nowNanos - times.renewNanos(); // as soon as everything is in place
    if (!outside.elected(ownTerm)) {
      giveUp(nowNanos, false);
      claimNotBeforeNanos = nowNanos + times.patienceNanos();
    }
  }

  /**
   * Whether one of two suffices. One that has the address keeps it, because to lose it with its
   * partner would make two nodes less than one. One that does not have it takes it if the partner
   * has been gone from the view since before it last was stopped itself, and its promise has run
   * out. So a network cut in two has one holder in each part; but a node that slept has not.
   */
  private boolean mayDecideAlone(long nowNanos) {
    if (role == Role.HOLDER && open && nowNanos - heldUntilNanos < 0) {
      return true;
    }
    return nowNanos - calmSinceNanos >= times.patienceNanos() && electorate.among(view).size() == 1;
  }

  private boolean isPromised(long nowNanos) {
    return promisedTo != null && nowNanos - promisedUntilNanos < 0;
  }

  private void promise(String to, long itsTerm, long nowNanos) {
    term = itsTerm;
    promisedTo = to;
    promisedUntilNanos = nowNanos + times.promiseNanos();
  }

  /** Something has arrived from another member. */
  void receive(String from, Notice notice, long nowNanos) {
    if (role == Role.GONE) {
      return;
    }
    if (notice instanceof Notice.Ask ask) {
      asked(from, ask, nowNanos);
    } else if (notice instanceof Notice.Granted granted) {
      granted(from, granted, nowNanos);
    } else if (notice instanceof Notice.Denied denied) {
      denied(denied, nowNanos);
    } else if (notice instanceof Notice.Released released) {
      released(from, released, nowNanos);
    }
  }

  private void asked(String from, Notice.Ask ask, long nowNanos) {
    if (nowNanos - bornNanos < times.promiseNanos()) {
      heardNanos = nowNanos;
      holder = ask.holding() ? from : holder;
      return; // what it promised in an earlier life it does not know
    }
    if (ask.holding() && role == Role.HOLDER && open && yieldsTo(from, ask)) {
      stepDown(nowNanos);
      become(ask.electorate());
    }
    if (ask.holding() && role == Role.CLAIMING && view.contains(from)) {
      giveUp(nowNanos, false); // else both would deny each other what they ask for
    }
    boolean promisedElsewhere = isPromised(nowNanos) && !from.equals(promisedTo);
    boolean late = ask.term() < term || (ask.term() == term && !from.equals(promisedTo));
    if (ask.holding() && !promisedElsewhere && role == Role.BACKUP && view.contains(from)) {
      heardNanos = nowNanos; // if it is late, it asks once more
      holder = from;
    }
    if (promisedElsewhere || late || electorate.isNewerThan(ask.electorate())) {
      outside.tell(
          from,
          new Notice.Denied(
              ask.round(), term, isPromised(nowNanos) ? promisedTo : null, electorate));
      return;
    }
    if (role != Role.BACKUP) {
      stepDown(nowNanos);
    }
    promise(from, ask.term(), nowNanos);
    greatestTerm = Math.max(greatestTerm, ask.term());
    become(ask.electorate());
    if (ask.holding()) {
      holder = from;
    }
    heardNanos = nowNanos;
    outside.tell(
        from,
        new Notice.Granted(
            ask.term(), ask.round(), electorate.number(), outside.newerThan(ask.version())));
  }

  /** Of two that have the address, which only two halves of a pair can be, one yields. */
  private boolean yieldsTo(String other, Notice.Ask ask) {
    int theirs = ask.electorate().members().size();
    int ours = electorate.members().size();
    if (theirs != ours) {
      return theirs > ours;
    }
    if (ask.electorate().number() != electorate.number()) {
      return ask.electorate().number() > electorate.number();
    }
    return ask.term() != ownTerm ? ask.term() > ownTerm : other.compareTo(self) < 0;
  }

  private void granted(String from, Notice.Granted granted, long nowNanos) {
    if (granted.term() != ownTerm || (role != Role.CLAIMING && role != Role.HOLDER)) {
      return;
    }
    if (granted.newer() != null && role == Role.CLAIMING) {
      outside.adopt(granted.newer());
    }
    Round it = rounds.get(granted.round());
    if (it == null) {
      return;
    }
    it.granted().add(from);
    if (granted.electorate() == electorate.number()) {
      informed.add(from);
    }
    count(granted.round(), nowNanos);
    if (role == Role.HOLDER) {
      settle();
    }
  }

  private void denied(Notice.Denied denied, long nowNanos) {
    greatestTerm = Math.max(greatestTerm, denied.term());
    boolean newer = denied.electorate().isNewerThan(electorate);
    boolean byAnother = denied.promised() != null && !Objects.equals(denied.promised(), self);
    if (role == Role.CLAIMING && rounds.containsKey(denied.round())) {
      if (newer) {
        become(denied.electorate());
      }
      if (newer || byAnother || denied.term() >= ownTerm) {
        giveUp(nowNanos, false);
        claimNotBeforeNanos = nowNanos + times.renewNanos();
      }
    } else if (role == Role.HOLDER) {
      if (newer) {
        greatestNumber = Math.max(greatestNumber, denied.electorate().number());
      }
      if (open) {
        if (denied.term() >= ownTerm && !byAnother) {
          ownTerm = denied.term() + 1; // somebody tried in vain meanwhile
          rounds.clear();
        }
      } else if (byAnother) {
        if (newer) {
          become(denied.electorate());
        }
        stepDown(nowNanos);
      } else if (denied.term() > ownTerm) {
        stepDown(nowNanos);
      }
    }
  }

  private void released(String from, Notice.Released released, long nowNanos) {
    if (from.equals(promisedTo) && released.term() >= term) {
      promisedUntilNanos = nowNanos;
    }
    if (from.equals(holder)) {
      holder = null;
      viewNanos = nowNanos;
    }
    if (released.leaving()) {
      left.add(from);
    }
    tick(nowNanos);
  }

  private void stepDown(long nowNanos) {
    boolean had = role == Role.HOLDER;
    role = Role.BACKUP;
    rounds.clear();
    open = false;
    holder = null;
    heardNanos = nowNanos;
    claimNotBeforeNanos = nowNanos + times.promiseNanos();
    if (self.equals(promisedTo)) {
      promisedUntilNanos = nowNanos;
    }
    if (had) {
      outside.deposed();
    }
  }

  /** Gives back what was asked for; nothing of it is used any more. */
  private void giveUp(long nowNanos, boolean leaving) {
    long released = ownTerm;
    stepDown(nowNanos);
    outside.tell(null, new Notice.Released(released, leaving));
  }

  /** Leaves the group for good: the next may have the address at once. */
  void leave(long nowNanos) {
    giveUp(nowNanos, true);
    role = Role.GONE;
  }
}
