/**
 * A node's side of Mobile IPv6: the group as one mobile node (RFC 6275 §11, with what versatile
 * anycast makes of it). Pure logic; {@code path} moves the packets.
 */
@NullMarked
package dev.baton.anycast.node;

import org.jspecify.annotations.NullMarked;
