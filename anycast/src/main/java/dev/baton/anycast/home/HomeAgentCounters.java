package dev.baton.anycast.home;

import dev.baton.anycast.Tally;

/**
 * What a home agent has done and refused since it began.
 *
 * @param registered home addresses that got a care-of address
 * @param renewed registrations renewed, at the same care-of address or another
 * @param deregistered registrations ended by the mobile node
 * @param expired registrations whose lifetime has ended
 * @param duplicates home addresses that somebody on the link has (134)
 * @param malformed packets that are no mobility message
 * @param notForUs messages that are no home registration to this home agent
 * @param notRoutable home or care-of addresses that nothing can be routed to
 * @param unauthenticated binding updates without the option of RFC 4285
 * @param authenticationFailed binding updates with a wrong authenticator (146)
 * @param prohibited binding updates for a home address, or with a key, not known here (129)
 * @param notHomeSubnet binding updates for an address of another network (132)
 * @param notHomeAgent deregistrations of what is not registered (133)
 * @param sequence binding updates whose sequence number is not new (135)
 * @param noRoom registrations for which there is no room (130)
 * @param unanswered answers to strangers left out, as there were too many in that second
 */
public record HomeAgentCounters(
    long registered,
    long renewed,
    long deregistered,
    long expired,
    long duplicates,
    long malformed,
    long notForUs,
    long notRoutable,
    long unauthenticated,
    long authenticationFailed,
    long prohibited,
    long notHomeSubnet,
    long notHomeAgent,
    long sequence,
    long noRoom,
    long unanswered) {

  enum Kind {
    REGISTERED,
    RENEWED,
    DEREGISTERED,
    EXPIRED,
    DUPLICATES,
    MALFORMED,
    NOT_FOR_US,
    NOT_ROUTABLE,
    UNAUTHENTICATED,
    AUTHENTICATION_FAILED,
    PROHIBITED,
    NOT_HOME_SUBNET,
    NOT_HOME_AGENT,
    SEQUENCE,
    NO_ROOM,
    UNANSWERED
  }

  static HomeAgentCounters read(Tally<Kind> tally) {
    return new HomeAgentCounters(
        tally.of(Kind.REGISTERED),
        tally.of(Kind.RENEWED),
        tally.of(Kind.DEREGISTERED),
        tally.of(Kind.EXPIRED),
        tally.of(Kind.DUPLICATES),
        tally.of(Kind.MALFORMED),
        tally.of(Kind.NOT_FOR_US),
        tally.of(Kind.NOT_ROUTABLE),
        tally.of(Kind.UNAUTHENTICATED),
        tally.of(Kind.AUTHENTICATION_FAILED),
        tally.of(Kind.PROHIBITED),
        tally.of(Kind.NOT_HOME_SUBNET),
        tally.of(Kind.NOT_HOME_AGENT),
        tally.of(Kind.SEQUENCE),
        tally.of(Kind.NO_ROOM),
        tally.of(Kind.UNANSWERED));
  }
}
