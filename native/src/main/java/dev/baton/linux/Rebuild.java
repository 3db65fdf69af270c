package dev.baton.linux;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes a connection out of an image on a closed socket that is deaf and under repair. Each step is
 * possible in one state only: the order is the kernel's.
 */
final class Rebuild {

  /**
   * The kernel counts memory, not bytes: segments in a queue take up to about twice their data, and
   * some.
   */
  private static final int ROOM_TO_SPARE = 1 << 16;

  /** Segments that a new connection may send before the first acknowledgment (RFC 6928). */
  private static final int INITIAL_WINDOW = 10;

  /** What the kernel surely puts into one buffer, in bytes. */
  private static final int ONE_PIECE = 48 << 10;

  private Rebuild() {}

  /**
   * Rebuilds the connection. It is still deaf and under repair afterwards.
   *
   * @param has the options the socket has
   * @param connector connects this socket
   */
  static void run(
      int fd, int family, TcpImage image, SocketOptions has, TcpConnection.Connector connector)
      throws IOException {
    byte[] unacknowledged = image.unacknowledgedBytes();
    byte[] unread = image.unreadBytes();
    makeRoom(fd, image);
    Repair.select(fd, Repair.SEND_QUEUE);
    Repair.setSequence(fd, image.sndUna());
    Repair.select(fd, Repair.RECEIVE_QUEUE);
    Repair.setSequence(fd, image.rcvNxt() - unread.length);
    RawSocket.rebind(fd, family, image.local());
    Repair.announceSegmentSize(fd, image);
    Repair.limitWindow(fd, image.negotiated());
    connector.connect(image.remote());
    Repair.negotiate(fd, image.negotiated());
    image.options().apply(fd, family, has);
    Repair.fill(fd, unread);
    if (unacknowledged.length > 0 && !canBeSentAgain(fd, image)) {
      Repair.select(fd, Repair.SEND_QUEUE);
      Repair.fill(fd, unacknowledged);
      requireAllSent(fd);
    }
    Repair.select(fd, Repair.NO_QUEUE);
    Repair.setWindow(fd, image.window().withSndWnd(Math.max(image.window().sndWnd(), 1)));
  }

  /**
   * Lets the rebuilt connection go and sends what was unsent, which must be written the ordinary
   * way: what is queued under repair counts as sent.
   *
   * @param lead as {@link TcpConnection#activate(Runnable)} says
   * @return when the connection was let go, as {@link System#nanoTime}
   */
  static long start(int fd, TcpImage image, @Nullable Runnable lead) throws IOException {
    byte[] unsent = image.unsentBytes();
    boolean inFlight = image.unacknowledgedLength() > 0;
    boolean sendAgain = inFlight && RawSocket.queueLength(fd, SystemCalls.SIOCOUTQ) == 0;
    boolean oneAnswer =
        inFlight && !sendAgain; // to the window probe; there may be no room for more
    if (lead != null && oneAnswer) {
      lead.run();
    }
    Repair.undeafen(fd);
    Repair.off(fd);
    if (sendAgain) {
      sendAtOnce(fd, image, image.unacknowledgedBytes());
    }
    int probe = inFlight ? 0 : probe(fd, image);
    int head = lead == null || oneAnswer ? probe : Math.max(probe, spare(fd, image));
    if (unsent.length > 0) {
      RawSocket.set(fd, Option.TCP_NOTSENT_LOWAT, -1); // no limit
      if (probe > 0) {
        sendAtOnce(fd, image, Arrays.copyOf(unsent, probe));
      }
      Repair.sendAll(fd, Arrays.copyOfRange(unsent, probe, head));
    }
    long letGo = System.nanoTime();
    if (lead != null && !oneAnswer) {
      lead.run();
    }
    if (unsent.length > 0) {
      Repair.sendAll(fd, Arrays.copyOfRange(unsent, head, unsent.length));
      image.options().applyUnsentLimit(fd);
    }
    image.options().applyBuffers(fd);
    RawSocket.set(fd, Option.SO_REUSEADDR, image.reuseAddress());
    if (image.unreadBytes().length > 0) {
      image.options().wakeReader(fd);
    }
    return letGo;
  }

  private static void sendAtOnce(int fd, TcpImage image, byte[] bytes) throws IOException {
    RawSocket.set(fd, Option.TCP_NODELAY, true);
    RawSocket.set(fd, Option.TCP_CORK, false);
    Repair.sendAll(fd, bytes);
    image.options().applyCoalescing(fd);
  }

  /**
   * How many of the unsent bytes leave a segment of the first window unused. As long as there is
   * one, what follows gets an answer, also if none to all these comes here.
   */
  private static int spare(int fd, TcpImage image) throws LinuxException {
    int window = (INITIAL_WINDOW - 1) * TcpInfo.of(fd).sendMss();
    return Math.max(0, Math.min(image.unsentBytes().length, window - image.unacknowledgedLength()));
  }

  /**
   * Whether what is in flight can be sent once more instead of being queued as sent. If one of
   * these segments was lost, or the peer's acknowledgment was (a frozen socket drops it), a new
   * socket finds out only after its first time-out, a second; and the window probe at activation
   * gets no answer if the peer gave one within the last half second (tcp_invalid_ratelimit). A
   * segment with data, also an old one, is always answered at once.
   *
   * <p>Only if all of it goes out in one piece, and leaves a segment of the first window unused:
   * the peer may have it all already, and the kernel ignores acknowledgments of what it has not
   * sent. So what counts is the size the segments really have, without their options and on the
   * route from here.
   */
  private static boolean canBeSentAgain(int fd, TcpImage image) throws LinuxException {
    int bytes = image.unacknowledgedBytes().length;
    return bytes < INITIAL_WINDOW * TcpInfo.of(fd).sendMss()
        && bytes <= ONE_PIECE
        && Integer.compareUnsigned(bytes, image.window().sndWnd()) <= 0;
  }

  /**
   * How many bytes to send alone at first, because the peer's window has room for no segment, as
   * far as is known. A frozen socket drops the news that it has opened, and a probe without data
   * gets no answer if another one got one within the last half second; one with data is always
   * answered, and may go one byte beyond the window (RFC 9293 §3.8.6.1). Otherwise the peer would
   * wait for this socket's second probe, 600 milliseconds.
   */
  private static int probe(int fd, TcpImage image) throws LinuxException {
    int window = Math.max(image.window().sndWnd(), 1);
    return window < TcpInfo.of(fd).sendMss() && window < image.unsentBytes().length ? window : 0;
  }

  /**
   * The peer would acknowledge what this kernel believes unsent, and the connection would stand
   * still.
   */
  private static void requireAllSent(int fd) throws IOException {
    int stuck = RawSocket.queueLength(fd, SystemCalls.SIOCOUTQNSD);
    if (stuck != 0) {
      throw new NotMovableException("the kernel did not take " + stuck + " bytes as sent");
    }
  }

  private static void makeRoom(int fd, TcpImage image) throws LinuxException {
    long toSend = image.unacknowledgedBytes().length + (long) image.unsentBytes().length;
    if (toSend > 0) {
      RawSocket.setBufferSize(fd, true, room(image.options().sendBuffer(), toSend));
    }
    int toRead = image.unreadBytes().length;
    if (toRead > 0) {
      RawSocket.setBufferSize(fd, false, room(image.options().receiveBuffer(), toRead));
    }
  }

  private static int room(int size, long bytes) {
    return (int) Math.min(Integer.MAX_VALUE / 2, Math.max(size / 2, 2 * bytes + ROOM_TO_SPARE));
  }
}
