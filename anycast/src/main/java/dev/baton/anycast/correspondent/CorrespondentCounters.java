package dev.baton.anycast.correspondent;

import dev.baton.anycast.Tally;

/**
 * What a correspondent node has done and refused since it began.
 *
 * @param homeTests home test inits answered
 * @param careOfTests care-of test inits answered
 * @param bound binding updates that made or renewed a binding
 * @param deleted binding updates that ended one, or found none to end
 * @param expired bindings whose lifetime has ended
 * @param refreshRequests mobile nodes asked to renew a binding
 * @param bindingErrors binding errors sent
 * @param malformed packets that are no mobility message
 * @param checksum packets whose checksum is wrong
 * @param unknownType mobility headers of unknown type
 * @param field packets answered with a parameter problem
 * @param notForUs messages to another address, or that only a mobile node understands
 * @param notRoutable home or care-of addresses that nothing can be routed to
 * @param noHomeAddressOption binding updates from another address than home, without the option
 * @param unknownBinding home address options without binding
 * @param incomplete binding updates without nonce indices or authorization
 * @param unauthentic binding updates with a wrong authenticator
 * @param sequence binding updates whose sequence number is not new (status 135)
 * @param expiredNonces binding updates with nonces no longer known (136, 137, 138)
 * @param replayed binding updates that want again what was ended with the same nonces
 * @param homeRegistrations binding updates that want a home agent (131)
 * @param noRoom binding updates for which the cache has no room (130)
 * @param unanswered answers to strangers left out, as there were too many in that second
 */
public record CorrespondentCounters(
    long homeTests,
    long careOfTests,
    long bound,
    long deleted,
    long expired,
    long refreshRequests,
    long bindingErrors,
    long malformed,
    long checksum,
    long unknownType,
    long field,
    long notForUs,
    long notRoutable,
    long noHomeAddressOption,
    long unknownBinding,
    long incomplete,
    long unauthentic,
    long sequence,
    long expiredNonces,
    long replayed,
    long homeRegistrations,
    long noRoom,
    long unanswered) {

  /** Counts one by one; as many kinds, in the same order. */
  enum Kind {
    HOME_TESTS,
    CARE_OF_TESTS,
    BOUND,
    DELETED,
    EXPIRED,
    REFRESH_REQUESTS,
    BINDING_ERRORS,
    MALFORMED,
    CHECKSUM,
    UNKNOWN_TYPE,
    FIELD,
    NOT_FOR_US,
    NOT_ROUTABLE,
    NO_HOME_ADDRESS_OPTION,
    UNKNOWN_BINDING,
    INCOMPLETE,
    UNAUTHENTIC,
    SEQUENCE,
    EXPIRED_NONCES,
    REPLAYED,
    HOME_REGISTRATIONS,
    NO_ROOM,
    UNANSWERED
  }

  static CorrespondentCounters read(Tally<Kind> tally) {
    return new CorrespondentCounters(
        tally.of(Kind.HOME_TESTS),
        tally.of(Kind.CARE_OF_TESTS),
        tally.of(Kind.BOUND),
        tally.of(Kind.DELETED),
        tally.of(Kind.EXPIRED),
        tally.of(Kind.REFRESH_REQUESTS),
        tally.of(Kind.BINDING_ERRORS),
        tally.of(Kind.MALFORMED),
        tally.of(Kind.CHECKSUM),
        tally.of(Kind.UNKNOWN_TYPE),
        tally.of(Kind.FIELD),
        tally.of(Kind.NOT_FOR_US),
        tally.of(Kind.NOT_ROUTABLE),
        tally.of(Kind.NO_HOME_ADDRESS_OPTION),
        tally.of(Kind.UNKNOWN_BINDING),
        tally.of(Kind.INCOMPLETE),
        tally.of(Kind.UNAUTHENTIC),
        tally.of(Kind.SEQUENCE),
        tally.of(Kind.EXPIRED_NONCES),
        tally.of(Kind.REPLAYED),
        tally.of(Kind.HOME_REGISTRATIONS),
        tally.of(Kind.NO_ROOM),
        tally.of(Kind.UNANSWERED));
  }
}
