package dev.baton.anycast.correspondent;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityOption.NonceIndices;

/** A binding cache entry (RFC 6275 §9.1). All but {@link #used} is read and written under lock. */
final class Binding {

  final Ip6 home;
  final Ip6 careOf;
  final int sequence;
  final NonceIndices indices;
  final long grantedAtNanos;
  final long endsAtNanos;

  /** Whether the data path has asked for it; a race may lose one question of many. */
  boolean used;

  /** How often its mobile node was asked to renew it. */
  int refreshRequests;

  Binding(
      Ip6 home,
      Ip6 careOf,
      int sequence,
      NonceIndices indices,
      long grantedAtNanos,
      long endsAtNanos) {
    this.home = home;
    this.careOf = careOf;
    this.sequence = sequence;
    this.indices = indices;
    this.grantedAtNanos = grantedAtNanos;
    this.endsAtNanos = endsAtNanos;
  }

  /** When its mobile node is to be asked next: with a fifth, a tenth, a twentieth left. */
  long nextRequestNanos() {
    return endsAtNanos - (((endsAtNanos - grantedAtNanos) / 5) >> refreshRequests);
  }
}
