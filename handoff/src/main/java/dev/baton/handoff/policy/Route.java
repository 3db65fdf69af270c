package dev.baton.handoff.policy;

import java.util.List;
import java.util.function.Predicate;

/**
 * A rule of the operator's: which nodes serve a kind of connection.
 *
 * @param kind whether a connection is of that kind
 * @param nodes their names, at least one
 */
public record Route(Predicate<Candidate> kind, List<String> nodes) {}
