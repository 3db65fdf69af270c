package dev.baton.anycast.path;

/** What became of a packet, and why. */
public enum Reason {
  /** Got a type 2 routing header, to the care-of address. */
  ROUTED,
  /** Had a type 2 routing header, which was taken off. */
  UNROUTED,
  /** Got a home address option, from the care-of address. */
  HOME_ADDRESS_ADDED,
  /** Had a home address option that agreed with a binding, which was taken off. */
  HOME_ADDRESS_REMOVED,
  /** Went into the tunnel between mobile node and home agent. */
  TUNNELLED,
  /** Came out of that tunnel. */
  UNTUNNELLED,
  /** Came from another node of the group, and went on through the tunnel to the home agent. */
  RELAYED,
  /** Came here, but its connection is at another node of the group, and so it went there. */
  SENT_ON,
  /** Was given to the role: a mobility message. */
  MOBILITY,
  /** Passed unchanged. */
  UNTOUCHED,
  /** A "packet too big" that came was made to be about the packet before it was rewritten. */
  TRANSLATED_TOO_BIG,
  /** Dropped: neither a binding nor a tunnel for it. */
  UNBOUND,
  /** Dropped: its home address option agrees with no binding. */
  UNVERIFIED_HOME_ADDRESS,
  /** Dropped: routed to an address that is not of this node. */
  NOT_OURS,
  /** Dropped: out of a tunnel that does not belong to the packet in it. */
  WRONG_TUNNEL,
  /** Dropped: has what was about to be put on already, or has gone from node to node too often. */
  LOOPED,
  /** Dropped: to a multicast address, as kernels say on any interface; not to be forwarded. */
  MULTICAST,
  /** Dropped: no IPv6 packet. */
  NOT_IPV6,
  /** Dropped: shorter than its headers say. */
  TRUNCATED,
  /** Dropped: more extension headers than anybody needs. */
  TOO_MANY_HEADERS,
  /** Dropped: hop-by-hop options that are not first. */
  HEADERS_OUT_OF_ORDER,
  /**
   * Dropped: a type 2 routing header of another length, number of segments left, or a second one.
   */
  BAD_ROUTING_HEADER,
  /** Dropped: options that are longer than their header, or a wrong or second home address. */
  BAD_OPTIONS,
  /** Dropped: to be divided in a way that is not known here, or with headers of enormous length. */
  UNKNOWN_OFFLOAD,
  /** Dropped: a fault of Baton's own, of which the log says more. */
  FAULT,
  /** Dropped: the kernel would not send it, for its queues are full or there is no route. */
  NOT_SENT,
  /** Dropped: the kernel would not take it. */
  NOT_DELIVERED
}
