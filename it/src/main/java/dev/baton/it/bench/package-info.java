/**
 * Benchmarks: what a handoff costs, what the agent costs when nothing moves. They print tables and
 * write the same as JSON into {@code bench-results/}; they judge nothing.
 */
@NullMarked
package dev.baton.it.bench;

import org.jspecify.annotations.NullMarked;
