package dev.baton.handoff;

import java.net.InetSocketAddress;

/**
 * The two ends of a client's connection.
 *
 * @param client the client's address and port
 * @param server the server's (or the contact) address and port
 */
public record Flow(InetSocketAddress client, InetSocketAddress server) {}
