package dev.baton.handoff.contact;

import dev.baton.handoff.Flow;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.ProtocolException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The contact node's record: which handoffs have been decided and for whom, and to which nodes the
 * packets of which connections go. The backups keep copies. Not thread-safe.
 */
final class Ledger {
  /** No message of a handoff is on its way for so long: conversations do not outlive a pause. */
  private static final long MEMORY_NANOS = TimeUnit.MINUTES.toNanos(10);

  /**
   * How much of the record there is: all versions of one term are beginnings of one another.
   *
   * @param term of the contact node that wrote it
   * @param changes how many
   */
  record Version(long term, long changes) implements Comparable<Version> {
    static final Version NONE = new Version(0, 0);

    @Override
    public int compareTo(Version other) {
      return term != other.term
          ? Long.compare(term, other.term)
          : Long.compare(changes, other.changes);
    }
  }

  /** How far a handoff is. */
  enum Stage {
    /** The acceptor may take the connection without asking. */
    RESERVED,
    /** The acceptor has given that up; the handoff is undecided. */
    WAIVED,
    /** The connection has an owner. */
    DECIDED
  }

  /**
   * One change.
   *
   * @param handoff what is decided; null if a connection has ended
   * @param owner whose the connection is; null if it has ended
   * @param at where its packets go; null if they stay with the contact node
   * @param stage only a decision moves packets
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Change(
      @Nullable String handoff,
      Endpoint client,
      Endpoint server,
      @Nullable String owner,
      byte @Nullable [] at,
      Stage stage) {

    /** A decision, or the end of a connection. */
    static Change of(
        @Nullable String handoff, Flow flow, @Nullable String owner, @Nullable InetAddress at) {
      return new Change(
          handoff,
          Endpoint.of(flow.client()),
          Endpoint.of(flow.server()),
          owner,
          at == null ? null : at.getAddress(),
          Stage.DECIDED);
    }

    /**
     * What comes before a decision.
     *
     * @param acceptor who reserves or waives
     * @param at where that takes packets
     */
    static Change before(Stage stage, String handoff, Flow flow, String acceptor, InetAddress at) {
      return new Change(
          handoff,
          Endpoint.of(flow.client()),
          Endpoint.of(flow.server()),
          acceptor,
          at.getAddress(),
          stage);
    }
  }

  /**
   * Where a connection's packets go.
   *
   * @param owner whose it is
   * @param at the owner's address
   * @param sinceNanos when this record was told
   */
  record Place(String owner, InetAddress at, long sinceNanos) {}

  /** What has been decided, or comes before that. */
  record Decision(String handoff, String owner, Stage stage) {}

  /** All of it. */
  record Whole(Version version, List<Change> places, List<Decision> decisions) {}

  /**
   * What is known of a handoff.
   *
   * @param owner whose the connection is or, before the decision, the acceptor
   * @param at where that takes packets; null if this record has it from another that was whole
   * @param nanos when this record was told
   */
  record Known(String owner, @Nullable InetAddress at, Stage stage, long nanos) {}

  private Version version = Version.NONE;
  private final Map<Flow, Place> places = new LinkedHashMap<>();
  private final LinkedHashMap<String, Known> decisions = new LinkedHashMap<>();

  Version version() {
    return version;
  }

  /** What is known of a handoff; null if nothing is. */
  @Nullable Known known(String handoff) {
    return decisions.get(handoff);
  }

  /** Where a connection's packets go; null if that is not recorded. */
  @Nullable Place place(Flow flow) {
    return places.get(flow);
  }

  /** The connections that have been handed off, and have not ended. */
  Map<Flow, Place> places() {
    return Map.copyOf(places);
  }

  /** A new contact node goes on from here. */
  void begin(long term) {
    version = new Version(term, version.changes());
  }

  /** The contact node writes; gives the version with the change in it. */
  Version write(Change change, long nowNanos) throws ProtocolException {
    apply(change, nowNanos);
    version = new Version(version.term(), version.changes() + 1);
    return version;
  }

  /**
   * A backup copies a change.
   *
   * @return false if something is missing before it
   * @throws ProtocolException if it makes no sense
   */
  boolean copy(Version after, Change change, long nowNanos) throws ProtocolException {
    if (after.term() != version.term() || after.changes() != version.changes() + 1) {
      return after.compareTo(version) <= 0;
    }
    apply(change, nowNanos);
    version = after;
    return true;
  }

  private void apply(Change change, long nowNanos) throws ProtocolException {
    Flow flow = new Flow(change.client().toSocketAddress(), change.server().toSocketAddress());
    InetAddress at = address(change.at());
    if (change.stage() == Stage.DECIDED) {
      if (change.owner() == null || at == null) {
        places.remove(flow);
      } else {
        places.put(flow, new Place(change.owner(), at, nowNanos));
      }
    }
    if (change.handoff() != null && change.owner() != null) {
      decisions.remove(change.handoff()); // the oldest are the first
      decisions.put(change.handoff(), new Known(change.owner(), at, change.stage(), nowNanos));
    }
    Iterator<Known> oldest = decisions.values().iterator();
    while (oldest.hasNext() && nowNanos - oldest.next().nanos() > MEMORY_NANOS) {
      oldest.remove();
    }
  }

  private static @Nullable InetAddress address(byte @Nullable [] bytes) throws ProtocolException {
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new ProtocolException("an address of " + bytes.length + " bytes");
    }
  }

  /** A copy of all of it. */
  Whole whole() {
    List<Change> placed = new ArrayList<>();
    places.forEach((flow, it) -> placed.add(Change.of(null, flow, it.owner(), it.at())));
    List<Decision> decided = new ArrayList<>();
    decisions.forEach((handoff, it) -> decided.add(new Decision(handoff, it.owner(), it.stage())));
    return new Whole(version, placed, decided);
  }

  /**
   * Becomes a copy of another, if there is more in that.
   *
   * @throws ProtocolException if it makes no sense
   */
  void adopt(Whole whole, long nowNanos) throws ProtocolException {
    if (whole.version().compareTo(version) <= 0) {
      return;
    }
    places.clear();
    decisions.clear();
    for (Change place : whole.places()) {
      apply(place, nowNanos);
    }
    for (Decision it : whole.decisions()) {
      decisions.put(it.handoff(), new Known(it.owner(), null, it.stage(), nowNanos));
    }
    version = whole.version();
  }
}
