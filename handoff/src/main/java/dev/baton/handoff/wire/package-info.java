/**
 * What nodes say to each other: messages, frames, and the channel that carries them. Called by
 * {@code dev.baton.handoff} only.
 */
@NullMarked
package dev.baton.handoff.wire;

import org.jspecify.annotations.NullMarked;
