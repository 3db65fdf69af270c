package dev.baton.handoff;

import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.handoff.wire.TlsTransport;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Where callers come in: on the node's Unix socket, and from other hosts through TLS. Whoever says
 * who it is, speaks this protocol and belongs to the group is shown in.
 *
 * <p>What goes wrong in one conversation ends that conversation, with a line in the log, and
 * nothing else.
 */
final class Reception implements Closeable, TlsTransport.Reception {
  /** Conversations at one time; a caller over that waits, or is told to try again. */
  private static final int CONVERSATIONS = 256;

  private static final int BACKLOG = 256;

  /** What follows the introduction. */
  interface Conversation {

    /** Answers the caller's questions until one of the two hangs up. */
    void hold(FrameChannel channel, Message.Hello caller) throws IOException;
  }

  private final String group;
  private final Path socket;
  private final ServerSocketChannel server;
  private final Supplier<NodeInfo> self;
  private final Conversation conversation;
  private final Executor executor;
  private final Log log;
  private final Complaints complaints;
  private final Semaphore conversations = new Semaphore(CONVERSATIONS);

  private Reception(
      String group,
      Path socket,
      ServerSocketChannel server,
      Supplier<NodeInfo> self,
      Conversation conversation,
      Executor executor,
      Log log) {
    this.group = group;
    this.socket = socket;
    this.server = server;
    this.self = self;
    this.conversation = conversation;
    this.executor = executor;
    this.log = log;
    this.complaints = log.complaints();
  }

  /**
   * Opens on a Unix socket.
   *
   * @param socket where; nobody listens there
   * @param self what a caller is told about this node
   * @param executor one thread for each conversation
   * @throws IOException if somebody listens there already
   */
  static Reception open(
      String group,
      Path socket,
      Supplier<NodeInfo> self,
      Conversation conversation,
      Executor executor,
      Log log)
      throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      server.close();
      throw new IOException(
          "cannot listen on "
              + socket
              + " ("
              + e.getMessage()
              + "); is there another node of this name? set baton.node",
          e);
    }
    return new Reception(group, socket, server, self, conversation, executor, log);
  }

  /** Begins to answer. */
  void begin() {
    executor.execute(this::listen);
  }

  private void listen() {
    try {
      while (true) {
        conversations.acquire();
        SocketChannel channel = server.accept();
        try {
          executor.execute(() -> converse(channel));
        } catch (RejectedExecutionException e) {
          channel.close(); // it came just before close()
          return;
        }
      }
    } catch (AsynchronousCloseException e) {
      return; // close()
    } catch (ClosedChannelException e) {
      return; // close()
    } catch (IOException | InterruptedException e) {
      log.warn("this node answers no more on " + socket + "; handoffs are off until a restart", e);
    }
  }

  @Override
  public void welcome(FrameChannel channel) {
    if (!conversations.tryAcquire()) {
      channel.close(); // its owner tries again
      return;
    }
    try {
      executor.execute(() -> converse(channel));
    } catch (RejectedExecutionException e) {
      channel.close(); // it came just before close()
    }
  }

  @Override
  public void turnedAway(String who, String reason) {
    complaints.once(who + " was turned away: " + reason + "; it has learnt nothing");
  }

  private void converse(SocketChannel socketChannel) {
    FrameChannel channel;
    try {
      channel = FrameChannel.over(socketChannel);
    } catch (IOException e) {
      conversations.release();
      complaints.warn("a caller could not be answered", e);
      return;
    }
    converse(channel);
  }

  private void converse(FrameChannel opened) {
    String peer = "a stranger";
    try (FrameChannel channel = opened) {
      try {
        Message.Hello hello = channel.receive(Message.Hello.class, NodeClient.ANSWER_MILLIS);
        peer = hello.node() == null ? "a command" : "node " + hello.node();
        show(channel, hello);
        conversation.hold(channel, channel.certifiedPeer() == null ? hello : hello.elsewhere());
      } catch (EOFException e) {
        return; // it has heard enough
      } catch (RefusedException e) {
        channel.send(new Message.Refuse(Log.words(e)), NodeClient.ANSWER_MILLIS);
        complaints.info(peer + " was refused: " + Log.words(e));
      } catch (IOException | RuntimeException e) {
        complaints.warn(peer + " was cut off; no connection is harmed", e);
        channel.send(new Message.Refuse(Log.words(e)), NodeClient.ANSWER_MILLIS);
      }
    } catch (EOFException e) {
      return; // it cannot be told any more
    } catch (IOException e) {
      complaints.warn(peer + " could not be told", e);
    } finally {
      conversations.release();
    }
  }

  private void show(FrameChannel channel, Message.Hello hello) throws IOException {
    if (hello.version() != Message.VERSION) {
      throw new RefusedException(
          "protocol version " + hello.version() + " where this node speaks " + Message.VERSION);
    }
    if (!hello.group().equals(group)) {
      throw new RefusedException("this node belongs to group '" + group + "'");
    }
    String certified = channel.certifiedPeer();
    if (certified != null && !certified.equals(hello.node())) {
      throw new RefusedException(
          "the certificate is node '" + certified + "'s, and not " + hello.node() + "'s");
    }
    channel.send(new Message.Welcome(Message.VERSION, self.get()), NodeClient.ANSWER_MILLIS);
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
  }
}
