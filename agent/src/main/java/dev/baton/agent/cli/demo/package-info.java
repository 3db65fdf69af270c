/**
 * The main job, visibly: two servers that know nothing of Baton, one client that believes nothing,
 * handoffs in the middle of its download, and SIGTERM at the end.
 *
 * <p>{@link dev.baton.agent.cli.demo.Demo} is the face; {@code baton demo} calls it.
 */
@NullMarked
package dev.baton.agent.cli.demo;

import org.jspecify.annotations.NullMarked;
