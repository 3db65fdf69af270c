/**
 * A client's side of Mobile IPv6, the correspondent node (RFC 6275 §9): return routability, binding
 * cache, binding errors. Pure logic; {@code path} moves the packets.
 */
@NullMarked
package dev.baton.anycast.correspondent;

import org.jspecify.annotations.NullMarked;
