/**
 * The data path in user space: a TUN device and the extension headers of Mobile IPv6, put on and
 * taken off (RFC 6275 §6.3, §6.4).
 */
@NullMarked
package dev.baton.anycast.path;

import org.jspecify.annotations.NullMarked;
