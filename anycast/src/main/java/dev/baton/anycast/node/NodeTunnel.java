package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;

/**
 * Where packets go and come from that belong to no binding: between contact node and home agent, or
 * between acceptor and contact node.
 *
 * @param from this node's end
 * @param to the home agent or the contact node
 * @param toHomeAgent which of the two
 */
public record NodeTunnel(Ip6 from, Ip6 to, boolean toHomeAgent) {}
