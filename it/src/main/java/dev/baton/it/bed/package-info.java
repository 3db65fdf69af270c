/**
 * The test bed: real servers in real JVMs, the command line as users type it, and what belongs to
 * them (ports, folders, logs). Nothing in here knows how Baton works inside.
 */
@NullMarked
package dev.baton.it.bed;

import org.jspecify.annotations.NullMarked;
