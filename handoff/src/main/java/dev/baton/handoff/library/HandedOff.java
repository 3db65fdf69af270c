package dev.baton.handoff.library;

import java.time.Duration;

/**
 * A connection is served elsewhere now.
 *
 * @param acceptor the node that has it
 * @param pause for how long it was nowhere active; zero if the acceptor could not say
 */
public record HandedOff(String acceptor, Duration pause) {}
