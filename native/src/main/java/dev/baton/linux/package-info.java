/**
 * Linux from Java, as far as moving a TCP connection needs it.
 *
 * <p>The public face is small: {@link dev.baton.linux.TcpConnection} freezes, extracts, re-creates
 * and releases one connection; {@link dev.baton.linux.TcpImage} is what travels; {@link
 * dev.baton.linux.Listener} and {@link dev.baton.linux.Knock} bring a connection to the listener of
 * one particular JVM among several on one port; {@link dev.baton.linux.BlockedThreads} gets a
 * thread out of a blocking call. Everything else is package-private: system calls, raw structures
 * and BPF programs are nobody else's business.
 *
 * <p>All of it works on raw descriptor numbers, needs 64-bit Linux (x86-64 or AArch64) and, for
 * anything but looking, CAP_NET_ADMIN in the user namespace that owns the network namespace. {@link
 * dev.baton.linux.Capabilities} tells whether that is so.
 */
@NullMarked
package dev.baton.linux;

import org.jspecify.annotations.NullMarked;
