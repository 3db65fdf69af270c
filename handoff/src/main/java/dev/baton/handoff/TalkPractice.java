package dev.baton.handoff;

import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.TlsTransport;
import dev.baton.linux.ThreadPriority;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Talks with this node itself as with one on another host. What a node says to another one it says
 * a few times for each connection; a JVM that has practised does so in half the time, and a client
 * waits for it.
 */
final class TalkPractice {
  /** What the JVM compiles for good is called some thousands of times, here by both sides. */
  private static final int ROUNDS = 2_500;

  /** Then the processors are others' for a while. */
  private static final int AT_ONCE = 20;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final int CONNECT_MILLIS = 3_000;

  /** About what a connection comes to. */
  private static final Message.Practice LINE =
      new Message.Practice(new Message.Init(new byte[600], new byte[250], 1, "practice"));

  private TalkPractice() {}

  /**
   * Begins, on a thread of its own that stands back behind all others.
   *
   * @param transport listens; stays the caller's, and ends this by being closed
   */
  static void begin(TlsTransport transport, String group, String self, Log log) {
    if (FaultPoint.armed()) {
      return;
    }
    Runnable practice =
        () -> {
          ThreadPriority.standBack();
          try {
            talk(transport, group, self);
          } catch (EOFException e) {
            return; // the node closes
          } catch (IOException e) {
            log.info("this node could not practise talking to others: " + Log.words(e));
          }
        };
    Thread thread = new Thread(null, practice, "baton-talk-practice", 0, false);
    thread.setDaemon(true);
    thread.start();
  }

  private static void talk(TlsTransport transport, String group, String self) throws IOException {
    InetSocketAddress own = transport.local();
    InetAddress host = own.getAddress();
    InetSocketAddress here =
        host.isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), own.getPort())
            : own;
    try (NodeClient node = NodeClient.open(transport.connect(here, CONNECT_MILLIS), group, self)) {
      for (int round = 1; round <= ROUNDS; round++) {
        node.channel().ask(LINE, Message.Practice.class, NodeClient.ANSWER_MILLIS);
        if (round % AT_ONCE == 0) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }
  }
}
