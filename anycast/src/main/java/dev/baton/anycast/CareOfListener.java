package dev.baton.anycast;

import org.jspecify.annotations.Nullable;

/** Is told where home addresses are. */
@FunctionalInterface
public interface CareOfListener {

  /**
   * A binding or registration has come, moved or gone. Called under the role's lock by whoever
   * brought it about, a data path perhaps: must neither wait nor throw.
   *
   * @param before the care-of address until now; null if there was none
   * @param now the new one; null if there is none any more
   */
  void moved(Ip6 home, @Nullable Ip6 before, @Nullable Ip6 now);

  /** Cares about nothing. */
  CareOfListener NONE = (home, before, now) -> {};
}
