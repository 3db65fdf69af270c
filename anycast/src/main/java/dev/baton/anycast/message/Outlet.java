package dev.baton.anycast.message;

import java.nio.ByteBuffer;

/** Where the roles of Mobile IPv6 put what they have to say. Calls never block. */
public interface Outlet {

  /** Sends a packet as it is, by its destination address. */
  void send(MobilityPacket packet);

  /**
   * Answers a packet with an ICMPv6 parameter problem to its source (RFC 4443 §3.4), as often as
   * the host's limit for ICMP errors allows.
   *
   * @param offending the whole IPv6 packet, from the buffer's position; only valid during the call
   * @param code 0 for a wrong field, 2 for an unknown option
   * @param pointer which byte of the packet is wrong
   */
  void parameterProblem(ByteBuffer offending, int code, int pointer);
}
