/**
 * The handoff: a node of a group gives a live connection to another node, and takes connections
 * over.
 *
 * <p>Called by the agent, which implements {@link dev.baton.handoff.Host} and {@link
 * dev.baton.handoff.ServedConnection}, by the library for applications, which implements {@link
 * dev.baton.handoff.ApplicationHost}, and by the command line through {@link
 * dev.baton.handoff.NodeClient}.
 */
@NullMarked
package dev.baton.handoff;

import org.jspecify.annotations.NullMarked;
