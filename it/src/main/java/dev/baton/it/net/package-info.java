/**
 * The test bed of several hosts, on one machine: {@link dev.baton.it.net.Network} is a set of
 * hosts, each a network namespace, joined by LAN segments ({@link dev.baton.it.net.Lan}) and by an
 * emulated wide area ({@link dev.baton.it.net.WideArea}) whose links have the delay, rate and
 * faults a test asks for. {@link dev.baton.it.net.Topology} has the usual ones ready.
 *
 * <p>The wide area is a router in this process: it has one TUN device in each host attached to it
 * and moves plain IP packets between them, each when its time has come. Nothing outside the
 * namespaces made here is changed; all of it needs root, or at least CAP_SYS_ADMIN, CAP_NET_ADMIN
 * and CAP_NET_RAW.
 */
@NullMarked
package dev.baton.it.net;

import org.jspecify.annotations.NullMarked;
