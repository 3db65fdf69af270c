/**
 * The home agent of contact addresses (RFC 6275 §10), authenticated by RFC 4285. Pure logic; {@code
 * path} moves the packets and speaks neighbour discovery.
 */
@NullMarked
package dev.baton.anycast.home;

import org.jspecify.annotations.NullMarked;
