/**
 * The roles of Mobile IPv6 on a host: each with the data path it needs, a clock, and what the
 * kernel is told for it. What is opened here leaves nothing behind when it is closed.
 */
@NullMarked
package dev.baton.anycast.host;

import org.jspecify.annotations.NullMarked;
