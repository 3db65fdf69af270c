/**
 * Versatile anycast with Mobile IPv6: to its clients a group is one mobile node, the contact
 * address is its home address, and each client is told a care-of address of its own.
 */
@NullMarked
package dev.baton.anycast;

import org.jspecify.annotations.NullMarked;
