package dev.baton.anycast.home;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.Ip6Prefix;
import java.util.List;

/**
 * What does not change about a home agent.
 *
 * @param address its own, which mobile nodes send to and tunnels end at
 * @param homePrefixes the networks whose addresses it may be home agent for
 * @param associations the keys, by RFC 4285
 * @param longestLifetimeSeconds what it grants at most; at least 4
 * @param capacity how many home addresses at most
 */
public record HomeAgentSetup(
    Ip6 address,
    List<Ip6Prefix> homePrefixes,
    Associations associations,
    int longestLifetimeSeconds,
    int capacity) {

  public HomeAgentSetup {
    homePrefixes = List.copyOf(homePrefixes);
    if (longestLifetimeSeconds < 4) {
      throw new IllegalArgumentException(
          "a longest lifetime of " + longestLifetimeSeconds + " s: four are the least");
    }
  }
}
