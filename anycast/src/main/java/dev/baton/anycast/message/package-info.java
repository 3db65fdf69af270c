/**
 * The messages of Mobile IPv6 as bytes: the mobility header and its options (RFC 6275 §6), and the
 * keys and authenticators that protect them (§5.2, RFC 4285).
 */
@NullMarked
package dev.baton.anycast.message;

import org.jspecify.annotations.NullMarked;
