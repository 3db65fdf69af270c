/**
 * What the commands show people: plain ASCII, so that it reads the same under every locale.
 *
 * <p>For {@code dev.baton.agent.cli} and below. Nothing here knows what a node is.
 */
@NullMarked
package dev.baton.agent.cli.console;

import org.jspecify.annotations.NullMarked;
