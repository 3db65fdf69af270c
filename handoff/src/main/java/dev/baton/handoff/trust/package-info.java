/**
 * Who belongs to a group of nodes on several hosts: its certificate authority and the nodes'
 * certificates.
 */
@NullMarked
package dev.baton.handoff.trust;

import org.jspecify.annotations.NullMarked;
