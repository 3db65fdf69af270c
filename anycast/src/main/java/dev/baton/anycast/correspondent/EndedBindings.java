package dev.baton.anycast.correspondent;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityOption.NonceIndices;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The last sequence numbers of bindings that are no more, so that nobody can bring one back with an
 * old binding update while its nonces are still good (RFC 6275 §9.5.3). Bounded: the oldest are
 * forgotten first.
 */
final class EndedBindings {

  private record Ended(int sequence, int homeNonce, long atNanos) {}

  private final int capacity;
  private final Map<Ip6, Ended> ended = new LinkedHashMap<>();

  EndedBindings(int capacity) {
    this.capacity = capacity;
  }

  void remember(Ip6 home, int sequence, NonceIndices indices, long nowNanos) {
    ended.remove(home);
    Iterator<Ended> oldest = ended.values().iterator();
    while (oldest.hasNext()) {
      boolean over = nowNanos - oldest.next().atNanos > Nonces.LIFETIME_NANOS;
      if (!over && ended.size() < capacity) {
        break;
      }
      oldest.remove();
    }
    ended.put(home, new Ended(sequence, indices.home(), nowNanos));
  }

  /**
   * The sequence number that an update must exceed, or -1 if it may have any, as it has a home
   * nonce that is newer than all that the old binding had, or as the nonces have ended.
   */
  int lastSequence(Ip6 home, NonceIndices indices, Nonces nonces) {
    Ended old = ended.get(home);
    if (old == null || !nonces.knows(old.homeNonce)) {
      return -1;
    }
    return nonces.isNewer(indices.home(), old.homeNonce) ? -1 : old.sequence;
  }
}
