/**
 * Steering: the packets of single TCP connections are sent on from the contact node, which has the
 * group's contact address, to the acceptor that has the connection now, and the acceptor answers
 * the client directly.
 *
 * <p>The contact node has a {@link dev.baton.linux.steer.ContactAddress} on an interface and a
 * {@link dev.baton.linux.steer.SteeringTable}; every other node has a {@link
 * dev.baton.linux.steer.TunnelEnd}. {@link dev.baton.linux.steer.Steering} tells whether this host
 * can do it, what the tunnel takes from each packet, and removes what processes that died have left
 * behind.
 *
 * <p>How it is done: an nftables chain at the interface's ingress looks each packet up in a map and
 * hands those it knows to a VXLAN link, before the host's own network stack has seen them. So the
 * host needs no routing rule, no forwarding and no change to anything that is not ours, its
 * firewall and connection tracking are not concerned, and packets of all other connections pass by
 * untouched. At the other end the link gives them to the host as if they had come in directly. Any
 * mixture of IPv4 and IPv6 works, for the contact address and between the nodes.
 *
 * <p>Beside that, and without nftables: {@link dev.baton.linux.steer.Diversion} has packets go
 * through this process, {@link dev.baton.linux.steer.RouteOptimization} has the kernel do what it
 * can of that, {@link dev.baton.linux.steer.ProxiedAddress} answers for an address that is
 * elsewhere.
 *
 * <p>Everything belongs to the network namespace of the calling thread. What is installed has a
 * name that begins with {@code baton}, or is an address with the metric {@value
 * dev.baton.linux.steer.Steering#METRIC}. All of it needs CAP_NET_ADMIN; announcing an address
 * needs CAP_NET_RAW.
 */
@NullMarked
package dev.baton.linux.steer;

import org.jspecify.annotations.NullMarked;
