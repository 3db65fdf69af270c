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

  /**
   * One change.
   *
   * @param handoff what is decided; null if a connection has ended
   * @param owner whose the connection is; null if it has ended
   * @param at where its packets go; null if they stay with the contact node
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Change(
      @Nullable String handoff,
      Endpoint client,
      Endpoint server,
      @Nullable String owner,
      byte @Nullable [] at) {

    static Change of(
        @Nullable String handoff, Flow flow, @Nullable String owner, @Nullable InetAddress at) {
      return new Change(
          handoff,
          Endpoint.of(flow.client()),
          Endpoint.of(flow.server()),
          owner,
          at == null ? null : at.getAddress());
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

  /** What has been decided. */
  record Decision(String handoff, String owner) {}

  /** All of it. */
  record Whole(Version version, List<Change> places, List<Decision> decisions) {}

  private record Decided(String owner, long nanos) {}

  private Version version = Version.NONE;
  private final Map<Flow, Place> places = new LinkedHashMap<>();
  private final LinkedHashMap<String, Decided> decisions = new LinkedHashMap<>();

  Version version() {
    return version;
  }

  /** Whose a handoff's connection is; null if that is not decided. */
  @Nullable String owner(String handoff) {
    Decided decided = decisions.get(handoff);
    return decided == null ? null : decided.owner();
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
    if (change.owner() == null || change.at() == null) {
      places.remove(flow);
    } else {
      try {
        places.put(
            flow, new Place(change.owner(), InetAddress.getByAddress(change.at()), nowNanos));
      } catch (UnknownHostException e) {
        throw new ProtocolException("an address of " + change.at().length + " bytes");
      }
    }
    if (change.handoff() != null && change.owner() != null) {
      decisions.put(change.handoff(), new Decided(change.owner(), nowNanos));
    }
    Iterator<Decided> oldest = decisions.values().iterator();
    while (oldest.hasNext() && nowNanos - oldest.next().nanos() > MEMORY_NANOS) {
      oldest.remove();
    }
  }

  /** A copy of all of it. */
  Whole whole() {
    List<Change> placed = new ArrayList<>();
    places.forEach((flow, it) -> placed.add(Change.of(null, flow, it.owner(), it.at())));
    List<Decision> decided = new ArrayList<>();
    decisions.forEach((handoff, it) -> decided.add(new Decision(handoff, it.owner())));
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
    whole.decisions().forEach(it -> decisions.put(it.handoff(), new Decided(it.owner(), nowNanos)));
    version = whole.version();
  }
}
