package dev.baton.linux;

import java.io.IOException;

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
    Repair.setWindow(fd, image.window());
  }

  /**
   * Lets the rebuilt connection go and sends what was unsent, which must be written the ordinary
   * way: what is queued under repair counts as sent.
   */
  static void start(int fd, TcpImage image) throws IOException {
    byte[] unsent = image.unsentBytes();
    boolean sendAgain =
        image.unacknowledgedBytes().length > 0
            && RawSocket.queueLength(fd, SystemCalls.SIOCOUTQ) == 0; // not put there as sent
    Repair.undeafen(fd);
    Repair.off(fd);
    if (sendAgain) {
      RawSocket.set(fd, Option.TCP_NODELAY, true); // all of it, now
      RawSocket.set(fd, Option.TCP_CORK, false);
      Repair.sendAll(fd, image.unacknowledgedBytes());
      image.options().applyCoalescing(fd);
    }
    if (unsent.length > 0) {
      RawSocket.set(fd, Option.TCP_NOTSENT_LOWAT, -1); // no limit
      Repair.sendAll(fd, unsent);
      image.options().applyUnsentLimit(fd);
    }
    image.options().applyBuffers(fd);
    RawSocket.set(fd, Option.SO_REUSEADDR, image.reuseAddress());
    if (image.unreadBytes().length > 0) {
      image.options().wakeReader(fd);
    }
  }

  /**
   * Whether what is in flight can be sent once more instead of being queued as sent. If one of
   * these segments was lost, or the peer's acknowledgment was (a frozen socket drops it), a new
   * socket finds out only after its first time-out, a second; and the window probe at activation
   * gets no answer if the peer gave one within the last half second (tcp_invalid_ratelimit). A
   * segment with data, also an old one, is always answered at once.
   *
   * <p>Only if all of it goes out in one piece: the peer may have it all already, and the kernel
   * ignores acknowledgments of what it has not sent. So what counts is the size the segments really
   * have, without their options and on the route from here.
   */
  private static boolean canBeSentAgain(int fd, TcpImage image) throws LinuxException {
    int bytes = image.unacknowledgedBytes().length;
    return bytes <= INITIAL_WINDOW * TcpInfo.of(fd).sendMss()
        && bytes <= ONE_PIECE
        && Integer.compareUnsigned(bytes, image.window().sndWnd()) <= 0;
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
