/**
 * Observation and injection: what the hooks see of the host's connections, and the gates that hold
 * them. Hot paths: nothing here allocates per call or takes a lock another connection could hold.
 */
@NullMarked
package dev.baton.agent.observe;

import org.jspecify.annotations.NullMarked;
