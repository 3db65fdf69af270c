/**
 * The agent and its start-up. {@code Premain} and {@code Main} are what the JVM calls, in the
 * host's class path; everything else lives in the isolated loader.
 */
@NullMarked
package dev.baton.agent;

import org.jspecify.annotations.NullMarked;
