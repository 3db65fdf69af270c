/**
 * An HTTP/1.1 client that believes nothing: it reads the bytes of one TCP connection itself, takes
 * no framing that is not exactly right, compares every body byte with the one it expects and
 * remembers how long it had to wait for each.
 */
@NullMarked
package dev.baton.it.wire;

import org.jspecify.annotations.NullMarked;
