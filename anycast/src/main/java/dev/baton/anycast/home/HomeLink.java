package dev.baton.anycast.home;

import dev.baton.anycast.Ip6;
import java.util.concurrent.CompletionStage;

/** What a home agent does on the home addresses' link, by neighbour discovery. */
public interface HomeLink {

  /**
   * Duplicate address detection (RFC 4862 §5.4): whether nobody on the link has the address. Does
   * not block.
   */
  CompletionStage<Boolean> isFree(Ip6 home);

  /** From now on the home agent answers for the address, and says so once to all (§10.4.1). */
  void startProxy(Ip6 home);

  /** The home agent no longer answers for the address. */
  void stopProxy(Ip6 home);
}
