package dev.baton.handoff;

import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.ProtocolException;
import dev.baton.linux.NetworkNamespace;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with a node: on this host through its Unix socket, elsewhere through TLS. What the
 * command line uses, and what nodes use among themselves.
 */
public final class NodeClient implements Closeable {
  /**
   * How long a node may take to answer a question that needs no work. Long, because a JVM that
   * starts on a busy machine is slow, and nothing waits for it but a command or a bind.
   */
  static final long ANSWER_MILLIS = 10_000;

  /** How long a caller may think between two questions. */
  static final long IDLE_MILLIS = 60_000;

  /** How long a handoff of all connections, or a drain, may go without a sign of life. */
  static final long WORK_MILLIS = 600_000;

  private final FrameChannel channel;
  private final NodeInfo node;

  private NodeClient(FrameChannel channel, NodeInfo node) {
    this.channel = channel;
    this.node = node;
  }

  /**
   * Opens a conversation.
   *
   * @param socket the node's Unix socket
   * @param group the group the node must belong to
   * @param self the caller's name; null for a command line
   * @throws IOException if no node answers there, or it refuses
   */
  public static NodeClient open(Path socket, String group, @Nullable String self)
      throws IOException {
    SocketChannel socketChannel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      socketChannel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      socketChannel.close();
      throw e;
    }
    return open(FrameChannel.over(socketChannel), group, self);
  }

  /**
   * Opens a conversation.
   *
   * @param channel nothing has been said in it; owned by the result, closed if this fails
   * @param group the group the node must belong to
   * @param self the caller's name; null for a command line
   * @throws IOException if the node refuses, or is not the one its certificate is for
   */
  static NodeClient open(FrameChannel channel, String group, @Nullable String self)
      throws IOException {
    try {
      Message.Hello hello =
          new Message.Hello(Message.VERSION, group, self, NetworkNamespace.current().toString());
      NodeInfo node = channel.ask(hello, Message.Welcome.class, ANSWER_MILLIS).node();
      String certified = channel.certifiedPeer();
      if (certified != null && !certified.equals(node.name())) {
        throw new ProtocolException(
            "node '" + certified + "' says that it is '" + node.name() + "'");
      }
      return new NodeClient(channel, certified == null ? node : node.elsewhere());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Has the node describe itself as it is now.
   *
   * @param roundTrips whether with those of its clients
   */
  NodeInfo describe(boolean roundTrips, long timeoutMillis) throws IOException {
    NodeInfo now =
        channel.ask(new Message.Describe(roundTrips), Message.Welcome.class, timeoutMillis).node();
    return channel.certifiedPeer() == null ? now : now.elsewhere();
  }

  /** What the node told about itself when the conversation began. */
  public NodeInfo node() {
    return node;
  }

  /**
   * Has this node, which is on this host, put the caller through to another one elsewhere. The
   * conversation is with that one from here on.
   *
   * @param other its name
   * @return to be used, and closed, in place of this
   * @throws IOException if there is no such node, or it does not answer; this is of no use then
   */
  public NodeClient through(String other) throws IOException {
    return new NodeClient(
        channel,
        channel.ask(new Message.Through(other), Message.Welcome.class, ANSWER_MILLIS).node());
  }

  /** The nodes of the group that this one reaches on other hosts. */
  public List<NodeInfo> nodesElsewhere() throws IOException {
    return channel.ask(new Message.Elsewhere(), Message.NodeList.class, ANSWER_MILLIS).nodes();
  }

  /** The node's connections. */
  public List<ConnectionInfo> connections() throws IOException {
    return channel
        .ask(new Message.Connections(), Message.ConnectionList.class, ANSWER_MILLIS)
        .connections();
  }

  /**
   * Has the node hand connections off, and waits for the result.
   *
   * @param to the acceptor
   * @param connection one connection's id, null for all
   */
  public HandoffReport handoff(String to, @Nullable String connection) throws IOException {
    return channel
        .ask(new Message.Handoff(to, connection), Message.Report.class, WORK_MILLIS)
        .report();
  }

  /**
   * Has the node hand everything over, and waits for the result.
   *
   * @param to the acceptor, null to let the node choose
   * @param progress called as it goes, on this thread
   */
  public HandoffReport drain(@Nullable String to, Consumer<Message.Progress> progress)
      throws IOException {
    channel.send(new Message.Drain(to), ANSWER_MILLIS);
    while (true) {
      Message message = channel.receive(WORK_MILLIS);
      if (message instanceof Message.Progress step) {
        progress.accept(step);
      } else {
        return FrameChannel.expect(Message.Report.class, message).report();
      }
    }
  }

  /** The channel, for the rest of the conversation. */
  FrameChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    channel.close();
  }
}
