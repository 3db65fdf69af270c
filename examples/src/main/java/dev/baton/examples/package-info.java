/** Servers that use the library of {@link dev.baton.handoff.library}, without the agent. */
@NullMarked
package dev.baton.examples;

import org.jspecify.annotations.NullMarked;
