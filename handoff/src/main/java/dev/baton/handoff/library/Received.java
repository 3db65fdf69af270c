package dev.baton.handoff.library;

import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * A client's connection that has come from another node.
 *
 * @param channel the connection, in blocking mode, with the addresses of the client and of the
 *     server it connected to; the receiver's, who ends it with {@link
 *     AnycastNode#close(SocketChannel)}. What the client has sent and nobody has read yet is there
 *     to be read
 * @param state what the donor's application wanted this one to know; the receiver's
 * @param client the client's address
 * @param donor the node it comes from
 */
@SuppressWarnings("ArrayRecordComponent") // never compared: handed over once
public record Received(
    SocketChannel channel, byte[] state, InetSocketAddress client, String donor) {}
