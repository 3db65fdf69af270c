/**
 * The library: for applications that hand their connections off themselves (paper "versatile
 * anycast", section 4.4). No agent, nothing instrumented, no {@code --add-opens}; what it needs is
 * CAP_NET_ADMIN.
 *
 * <table>
 *   <caption>The papers' calls</caption>
 *   <tr><td>{@code client_handoff(socket, acceptor, state)}</td>
 *     <td>{@link dev.baton.handoff.library.AnycastNode#handoff}</td></tr>
 *   <tr><td>{@code client_receive(special socket, &socket, &state)}</td>
 *     <td>{@link dev.baton.handoff.library.AnycastNode#receive()}</td></tr>
 *   <tr><td>{@code client_close(socket)}</td>
 *     <td>{@link dev.baton.handoff.library.AnycastNode#close(java.nio.channels.SocketChannel)}</td></tr>
 * </table>
 *
 * <p>A node that counts for its clients, and goes on counting where another node stopped:
 *
 * <pre>{@code
 * AnycastNode node = AnycastNode.start(NodeConfig.onOneHost("b", "counters", Path.of("/run/counters")));
 * ServerSocketChannel server = node.listen(new InetSocketAddress(8080));
 *
 * // New clients.
 * SocketChannel client = server.accept();
 * long next = 0;
 *
 * // Clients of other nodes: an ordinary channel, and what their node wanted this one to know.
 * Received received = node.receive();
 * client = received.channel();
 * next = ByteBuffer.wrap(received.state()).getLong();
 *
 * // Give one away. This thread has stopped to read and write on the channel.
 * try {
 *   node.handoff(client, "a", ByteBuffer.allocate(8).putLong(next).array());
 * } catch (NotHandedOffException e) {
 *   // It is still here and as it was: go on.
 * } catch (ConnectionLostException e) {
 *   // It is gone from here.
 * }
 * }</pre>
 *
 * <p>Who may call it: anybody. The classes of {@link dev.baton.handoff} behind it are the agent's
 * as well; of them an application meets {@link dev.baton.handoff.NodeConfig} and {@link
 * dev.baton.handoff.Log}.
 */
@NullMarked
package dev.baton.handoff.library;

import org.jspecify.annotations.NullMarked;
