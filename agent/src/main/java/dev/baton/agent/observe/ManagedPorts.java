package dev.baton.agent.observe;

import java.util.Set;

/**
 * The server ports whose connections are Baton's business.
 *
 * @param chosen by the operator; empty for all
 * @param own where Baton itself listens: never among them
 */
public record ManagedPorts(Set<Integer> chosen, Set<Integer> own) {

  public ManagedPorts {
    chosen = Set.copyOf(chosen);
    own = Set.copyOf(own);
  }

  /** Whether all are, so that nobody need look which one a connection has. */
  boolean all() {
    return chosen.isEmpty() && own.isEmpty();
  }

  /** Whether a port is one of them. */
  boolean contain(int port) {
    return (chosen.isEmpty() || chosen.contains(port)) && !own.contains(port);
  }
}
