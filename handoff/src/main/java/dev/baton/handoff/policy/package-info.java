/**
 * Policies: which node of the group serves a connection. One idea a file; they know nothing of how
 * a connection moves, do no input or output and never wait. Used by {@code dev.baton.handoff};
 * chosen by {@code baton.policy} and {@code baton.routes}.
 */
@NullMarked
package dev.baton.handoff.policy;

import org.jspecify.annotations.NullMarked;
