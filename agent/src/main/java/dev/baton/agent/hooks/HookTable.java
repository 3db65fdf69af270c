package dev.baton.agent.hooks;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every place where Baton touches the JDK, and nowhere else. Checked against the sources of JDK 17,
 * 21 and 25; a JDK that lacks one of these rows runs without Baton.
 *
 * <p>Why these and no others: {@code SocketDispatcher} carries the bytes of channels, sockets and
 * asynchronous channels alike; {@code listen}, {@code accept} and {@code sendfile} are native and
 * cannot carry advice, so their Java callers do. A close is seen twice: early, before the JDK takes
 * its locks and shuts the connection down, and again where the descriptor really goes.
 */
final class HookTable {

  private static final int LATEST = Integer.MAX_VALUE;

  private static final String FD = "Ljava/io/FileDescriptor;";
  private static final String IO = "(" + FD + "JI)I";
  private static final String VECTOR_IO = "(" + FD + "JI)J";
  private static final String CLOSE = "(" + FD + ")V";
  private static final String ACCEPTED =
      "(" + FD + "Ljava/net/SocketAddress;)Ljava/nio/channels/SocketChannel;";

  private static final String DISPATCHER = "sun.nio.ch.SocketDispatcher";
  private static final String UNIX_DISPATCHER = "sun.nio.ch.UnixDispatcher";
  private static final String SERVER_CHANNEL = "sun.nio.ch.ServerSocketChannelImpl";
  private static final String CHANNEL = "sun.nio.ch.SocketChannelImpl";
  private static final String SOCKET = "sun.nio.ch.NioSocketImpl";
  private static final String ASYNC_SERVER = "sun.nio.ch.UnixAsynchronousServerSocketChannelImpl";
  private static final String ASYNC_CHANNEL = "sun.nio.ch.AsynchronousSocketChannelImpl";
  private static final String FILE_CHANNEL = "sun.nio.ch.FileChannelImpl";
  private static final String NET = "sun.nio.ch.Net";
  private static final String SHUTDOWN_HOOKS = "java.lang.ApplicationShutdownHooks";

  private final List<Hook> rows = new ArrayList<>();

  private HookTable() {
    // Binding and asking for connections
    row(
        "bind",
        NET,
        "bind",
        "(Ljava/net/ProtocolFamily;" + FD + "Ljava/net/InetAddress;I)V",
        BindAdvice.class);
    row(
        "accept",
        SERVER_CHANNEL,
        "accept",
        "()Ljava/nio/channels/SocketChannel;",
        AcceptingAdvice.class);
    row(
        "accept-timed",
        SERVER_CHANNEL,
        "blockingAccept",
        "(J)Ljava/nio/channels/SocketChannel;",
        AcceptingAdvice.class);
    row("accept-select", SERVER_CHANNEL, "translateInterestOps", "(I)I", AcceptingAdvice.class);
    row("accept-async", ASYNC_SERVER, "implAccept", null, AcceptingAdvice.class);

    // A connection came
    row("accepted", SERVER_CHANNEL, "finishAccept", ACCEPTED, AcceptedAdvice.class);
    row("accepted-socket", SOCKET, "accept", "(Ljava/net/SocketImpl;)V", AcceptSocketAdvice.class);
    row("accepted-async", ASYNC_SERVER, "finishAccept", null, AcceptedAdvice.class);

    // Bytes
    row("read", DISPATCHER, "read", IO, ReadAdvice.class);
    row("readv", DISPATCHER, "readv", VECTOR_IO, ReadvAdvice.class);
    row("write", DISPATCHER, "write", IO, WriteAdvice.class);
    row("writev", DISPATCHER, "writev", VECTOR_IO, WritevAdvice.class);
    row(
        "transfer",
        FILE_CHANNEL,
        "transferTo",
        "(JJLjava/nio/channels/WritableByteChannel;)J",
        TransferAdvice.class);

    // The end
    row(
        "shutdown-input",
        CHANNEL,
        "shutdownInput",
        "()Ljava/nio/channels/SocketChannel;",
        ShutdownAdvice.class);
    row(
        "shutdown-output",
        CHANNEL,
        "shutdownOutput",
        "()Ljava/nio/channels/SocketChannel;",
        ShutdownAdvice.class);
    row("shutdown-socket-input", SOCKET, "shutdownInput", "()V", ShutdownAdvice.class);
    row("shutdown-socket-output", SOCKET, "shutdownOutput", "()V", ShutdownAdvice.class);
    row("shutdown-async-input", ASYNC_CHANNEL, "shutdownInput", null, ShutdownAdvice.class);
    row("shutdown-async-output", ASYNC_CHANNEL, "shutdownOutput", null, ShutdownAdvice.class);
    row("close-channel", CHANNEL, "implCloseSelectableChannel", "()V", CloseChannelAdvice.class);
    row(
        "close-listener",
        SERVER_CHANNEL,
        "implCloseSelectableChannel",
        "()V",
        CloseChannelAdvice.class);
    row("close-socket", SOCKET, "close", "()V", CloseSocketAdvice.class);
    row("close", DISPATCHER, "close", CLOSE, 17, 20, CloseAdvice.class);
    row("close", UNIX_DISPATCHER, "close", CLOSE, 21, LATEST, CloseAdvice.class);

    // The end of the JVM, before the server's own shutdown hooks
    row("shutdown-hooks", SHUTDOWN_HOOKS, "runHooks", "()V", ShutdownHooksAdvice.class);
  }

  /**
   * Returns the hooks of one JDK.
   *
   * @param jdk its feature release, 17 or later
   */
  static List<Hook> of(int jdk) {
    List<Hook> those = new ArrayList<>();
    for (Hook hook : new HookTable().rows) {
      if (hook.appliesTo(jdk)) {
        those.add(hook);
      }
    }
    return those;
  }

  private void row(
      String id, String type, String method, @Nullable String descriptor, Class<?> advice) {
    row(id, type, method, descriptor, 17, LATEST, advice);
  }

  private void row(
      String id,
      String type,
      String method,
      @Nullable String descriptor,
      int firstJdk,
      int lastJdk,
      Class<?> advice) {
    rows.add(new Hook(id, type, method, descriptor, firstJdk, lastJdk, advice));
  }
}
