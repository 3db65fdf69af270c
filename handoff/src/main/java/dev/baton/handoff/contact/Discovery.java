package dev.baton.handoff.contact;

/** How a node finds the other members of its group. */
public sealed interface Discovery {

  /** Where the settings say that they may be. */
  record Peers() implements Discovery {}

  /**
   * At the addresses a name has in the DNS, as in Kubernetes.
   *
   * @param name the name
   */
  record Dns(String name) implements Discovery {}

  /** By multicast. */
  record Multicast() implements Discovery {}
}
