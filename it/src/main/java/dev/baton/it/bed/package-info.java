/**
 * The test bed: real servers in real JVMs, the command line as users type it, and what belongs to
 * them (ports, folders, logs). Nothing in that knows how Baton works inside. What does is put
 * together of Baton's parts, where there is no program yet that would do it: {@link
 * dev.baton.it.bed.MobileGroup}, {@link dev.baton.it.bed.MovingStream}.
 */
@NullMarked
package dev.baton.it.bed;

import org.jspecify.annotations.NullMarked;
