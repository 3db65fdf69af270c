package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * What does not change about a node's part in a contact address.
 *
 * @param contactAddress the home address
 * @param members who may have home tests relayed by the contact node: the care-of addresses of the
 *     group's nodes. Anybody else could take clients over with them.
 * @param patience how long a binding may take to be made, with all repetitions
 * @param capacity how many clients at most
 */
public record NodeSetup(
    Ip6 contactAddress, Predicate<Ip6> members, Duration patience, int capacity) {}
