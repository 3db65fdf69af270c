package dev.baton.handoff.contact;

import dev.baton.handoff.Flow;
import dev.baton.handoff.wire.Claim;
import dev.baton.handoff.wire.ProtocolException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The contact node's word on whose a connection is. A handoff is decided once, for whichever of
 * donor and acceptor asks first, and the client's packets go there in the same step. So a
 * connection has one owner, whatever messages are lost, doubled or late, and whoever dies.
 *
 * <p>Nothing is answered before enough backups have it in their copy of the record: whoever is the
 * next contact node gives the same answers, and sends the packets to the same places.
 *
 * <p>Thread-safe.
 */
final class ContactDesk {
  private static final long BACKUPS_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** An acceptor that lives has used what it has reserved, or has given it back, by then. */
  private static final long RESERVED_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long WAIT_MILLIS = 50;

  /** The backups. */
  interface Backups {

    /** Sends something to all of them, or to one. */
    void tell(@Nullable String to, Notice notice);

    /** Whether what these have, this node among them, is not lost with one that dies. */
    boolean suffice(Set<String> those);
  }

  /**
   * Nodes tell of an end some seconds late or later; what is told sooner is about a time before the
   * connection came back, and was overtaken on its way.
   */
  private static final long YOUNG_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final String self;
  private final LongSupplier clock;
  private final Premises premises;
  private final Backups backups;
  private final Ledger ledger = new Ledger();
  private final Map<String, Ledger.Version> kept = new HashMap<>();
  private boolean open;

  /**
   * @param self this node's name
   */
  ContactDesk(String self, Premises premises, Backups backups) {
    this(self, premises, backups, System::nanoTime);
  }

  /**
   * @param clock in nanoseconds, never set back
   */
  ContactDesk(String self, Premises premises, Backups backups, LongSupplier clock) {
    this.self = self;
    this.clock = clock;
    this.premises = premises;
    this.backups = backups;
  }

  /** This node is the contact node, in a term. Everybody gets the record as it is now. */
  synchronized void open(long term) {
    if (!open || ledger.version().term() != term) {
      open = true;
      ledger.begin(term);
      kept.clear();
      backups.tell(null, new Notice.Whole(ledger.whole()));
    }
  }

  /** It is not, any more. */
  synchronized void close() {
    open = false;
    notifyAll();
  }

  /** Where packets go that do not stay with this node. */
  synchronized Map<Flow, InetAddress> elsewhere() {
    Map<Flow, InetAddress> elsewhere = new HashMap<>();
    ledger
        .places()
        .forEach(
            (flow, place) -> {
              if (!place.owner().equals(self)) {
                elsewhere.put(flow, place.at());
              }
            });
    return elsewhere;
  }

  /**
   * Decides a handoff for who asks, unless it is decided; or does what leads there. While an
   * acceptor may be using what it has reserved, a donor who does not know better waits for the
   * answer; in the end the connection is the acceptor's, who alone knows.
   *
   * @param at where who asks takes the packets
   * @return the owner's name; that of who asks also if it has reserved the handoff or waived that
   * @throws IOException if this is not the contact node, the packets could not be sent there, or
   *     the backups do not answer; whoever asks may ask again, here or elsewhere
   */
  synchronized String settle(Claim claim, String handoff, Flow flow, String asker, InetAddress at)
      throws IOException {
    requireOpen();
    if (claim == Claim.TAKE) {
      awaitAcceptor(handoff, asker);
    }
    Ledger.Known known = ledger.known(handoff);
    String owner = known == null ? asker : known.owner();
    Ledger.Stage stage = known == null ? null : known.stage();
    if (stage != Ledger.Stage.DECIDED) {
      switch (claim) {
        case RESERVE -> {
          if (stage == Ledger.Stage.WAIVED) {
            throw new IOException("what was reserved has been given back");
          }
          if (stage == null) {
            write(Ledger.Change.before(Ledger.Stage.RESERVED, handoff, flow, asker, at));
          }
        }
        case WAIVE -> {
          if (stage == null || owner.equals(asker)) {
            write(Ledger.Change.before(Ledger.Stage.WAIVED, handoff, flow, asker, at));
            notifyAll();
          }
        }
        case TAKE -> {
          if (stage != Ledger.Stage.RESERVED || owner.equals(asker)) {
            owner = decide(handoff, flow, asker, at);
          }
        }
        case TAKE_BACK -> owner = decide(handoff, flow, asker, at);
      }
    }
    awaitBackups(ledger.version());
    return owner;
  }

  private String decide(String handoff, Flow flow, String owner, InetAddress at)
      throws IOException {
    direct(flow, owner, at);
    write(Ledger.Change.of(handoff, flow, owner, at));
    notifyAll();
    return owner;
  }

  private void direct(Flow flow, String owner, InetAddress at) throws IOException {
    if (owner.equals(self)) {
      premises.keepHere(flow);
    } else {
      premises.steer(flow, at);
    }
  }

  /** Waits until an acceptor other than who asks has used or waived what it has reserved. */
  private void awaitAcceptor(String handoff, String asker) throws IOException {
    try {
      while (true) {
        Ledger.Known known = ledger.known(handoff);
        if (known == null
            || known.stage() != Ledger.Stage.RESERVED
            || known.owner().equals(asker)
            || clock.getAsLong() - known.nanos() > RESERVED_NANOS) {
          return;
        }
        wait(WAIT_MILLIS);
        requireOpen();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while an acceptor makes up its mind", e);
    }
  }

  /**
   * A connection has ended on a host; one that is on another by now, or has just come back, is left
   * alone. By the host and not by the node's name: a connection may have gone on to a node next
   * door, of which nobody tells this desk.
   *
   * @param at where the packets went until now
   */
  synchronized void ended(Flow flow, InetAddress at) throws IOException {
    requireOpen();
    Ledger.Place place = ledger.place(flow);
    if (place != null
        && place.at().equals(at)
        && clock.getAsLong() - place.sinceNanos() > YOUNG_NANOS) {
      forget(flow);
    }
  }

  private void forget(Flow flow) throws IOException {
    premises.keepHere(flow);
    write(Ledger.Change.of(null, flow, null, null));
  }

  /** The connections of owners that are gone have ended with them. */
  synchronized void forget(Predicate<String> gone) throws IOException {
    for (Map.Entry<Flow, Ledger.Place> place : ledger.places().entrySet()) {
      if (open && gone.test(place.getValue().owner())) {
        forget(place.getKey());
      }
    }
  }

  private void requireOpen() throws IOException {
    if (!open) {
      throw new IOException("this is not the group's contact node at the moment");
    }
  }

  private void write(Ledger.Change change) throws IOException {
    Ledger.Version version = ledger.write(change, clock.getAsLong());
    backups.tell(null, new Notice.Entry(version, change));
  }

  private void awaitBackups(Ledger.Version version) throws IOException {
    long deadline = System.nanoTime() + BACKUPS_NANOS;
    try {
      while (!backups.suffice(keepers(version))) {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (millis <= 0) {
          throw new IOException("the backups of the contact node do not answer");
        }
        wait(Math.min(millis, WAIT_MILLIS)); // they need not answer if they are gone
        requireOpen();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the backups take note", e);
    }
  }

  private Set<String> keepers(Ledger.Version version) {
    Set<String> keepers = new HashSet<>(Set.of(self));
    kept.forEach(
        (node, has) -> {
          if (has.compareTo(version) >= 0) {
            keepers.add(node);
          }
        });
    return keepers;
  }

  /** How much of the record this node has. */
  synchronized Ledger.Version version() {
    return ledger.version();
  }

  /** The record, if there is more of it here than that. */
  synchronized Ledger.@Nullable Whole newerThan(Ledger.Version other) {
    return ledger.version().compareTo(other) > 0 ? ledger.whole() : null;
  }

  /** Another node has more of the record. */
  synchronized void adopt(Ledger.Whole whole) throws ProtocolException {
    ledger.adopt(whole, clock.getAsLong());
  }

  /**
   * Something about the record has come.
   *
   * @param leastTerm contact nodes of earlier terms are not believed any more
   * @throws ProtocolException if it makes no sense
   */
  synchronized void receive(String from, Notice notice, long leastTerm) throws ProtocolException {
    if (notice instanceof Notice.Entry entry) {
      if (!open && entry.version().term() >= leastTerm) {
        boolean whole = ledger.copy(entry.version(), entry.change(), clock.getAsLong());
        backups.tell(from, whole ? new Notice.Kept(ledger.version()) : new Notice.Missing());
      }
    } else if (notice instanceof Notice.Whole whole) {
      if (!open && whole.ledger().version().term() >= leastTerm) {
        ledger.adopt(whole.ledger(), clock.getAsLong());
        backups.tell(from, new Notice.Kept(ledger.version()));
      }
    } else if (notice instanceof Notice.Missing) {
      if (open) {
        backups.tell(from, new Notice.Whole(ledger.whole()));
      }
    } else if (notice instanceof Notice.Kept has) {
      kept.merge(from, has.version(), (one, two) -> one.compareTo(two) > 0 ? one : two);
      notifyAll();
    }
  }

  /** A node that has joined needs the record. */
  synchronized void welcome(String node) {
    if (open) {
      backups.tell(node, new Notice.Whole(ledger.whole()));
    }
  }
}
