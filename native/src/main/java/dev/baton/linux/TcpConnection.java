package dev.baton.linux;

import static dev.baton.linux.SystemCalls.AF_INET;
import static dev.baton.linux.SystemCalls.AF_INET6;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A handle on one TCP connection of this host that can be stopped, taken apart and put together
 * again elsewhere without its peer noticing.
 *
 * <p>A move, in the papers' words:
 *
 * <pre>
 *   donor:     freeze → extract → release          (or thaw, if nothing comes of it)
 *   acceptor:  freeze → become → activate          (its own connection turns into the client's, in place)
 *              recreate → activate                 (on a new socket)
 *              become → activate                   (on the socket of a channel: {@link OwnSockets#vacant})
 * </pre>
 *
 * <p>The handle owns a duplicate of the descriptor it was made from. If the server closes its own
 * meanwhile, the handle still means the same socket and never a stranger who got the number. As
 * long as the handle is open, though, a close by the server does not end the connection: close
 * handles soon.
 *
 * <p>A frozen connection neither takes nor gives: every arriving segment vanishes unanswered,
 * nothing new is sent, and the server's reads and writes fail (EPERM, EINVAL). Whoever freezes must
 * keep the server's calls from reaching the kernel until it is thawed, activated or released.
 * Blocked calls stay blocked; see {@link BlockedThreads}.
 *
 * <p>Thread-safe; no method blocks by itself. What changes a connection needs CAP_NET_ADMIN. A
 * method called in the wrong phase throws {@link IllegalStateException} and changes nothing.
 */
public final class TcpConnection implements AutoCloseable {

  private enum Phase {
    LIVE,
    FROZEN,
    REBUILT,
    RELEASED,
    CLOSED
  }

  private static final int MPTCP = 262;

  /** The first is enough unless another processor was handling a segment at the freeze. */
  private static final int EXTRACTIONS = 5;

  private final int fd;
  private final int family;
  private Phase phase;
  private InetSocketAddress local;
  private InetSocketAddress remote;
  private boolean reuseAddress;

  /** Whether the socket has never had a connection, and so never measured a round trip. */
  private boolean unused;

  private @Nullable SocketOptions options;
  private TcpImage.@Nullable Window window;
  private @Nullable TcpImage rebuilt;
  private @Nullable BufferLimit sendLimit;
  private @Nullable BufferLimit receiveLimit;

  private TcpConnection(
      int fd, int family, Phase phase, InetSocketAddress local, InetSocketAddress remote) {
    this.fd = fd;
    this.family = family;
    this.phase = phase;
    this.local = local;
    this.remote = remote;
  }

  /**
   * Makes a handle on a connected socket.
   *
   * @param fd a descriptor of the caller, duplicated here; it stays the caller's
   * @throws LinuxException if it is not the descriptor of a connected TCP socket
   * @throws NotMovableException if it is an MPTCP socket
   */
  public static TcpConnection of(int fd) throws IOException {
    int own = RawSocket.duplicate(fd);
    try {
      int protocol = RawSocket.get(own, Option.SO_PROTOCOL);
      if (protocol == MPTCP) {
        throw new NotMovableException(
            "an MPTCP connection has several subflows and cannot be moved");
      }
      if (protocol != SystemCalls.IPPROTO_TCP) {
        throw new LinuxException("use descriptor " + fd + " as a TCP socket", Errno.ENOTSOCK);
      }
      int family = RawSocket.get(own, Option.SO_DOMAIN);
      return new TcpConnection(
          own, family, Phase.LIVE, RawSocket.local(own), RawSocket.remote(own));
    } catch (IOException | RuntimeException e) {
      RawSocket.close(own);
      throw e;
    }
  }

  /**
   * Makes a handle on a socket that was never bound or connected. It is as one that was released.
   *
   * @param fd owned by the handle from now on, and closed if this fails
   */
  static TcpConnection vacant(int fd) throws LinuxException {
    try {
      InetSocketAddress nowhere = RawSocket.local(fd);
      TcpConnection vacant =
          new TcpConnection(
              fd, RawSocket.get(fd, Option.SO_DOMAIN), Phase.RELEASED, nowhere, nowhere);
      vacant.unused = true;
      return vacant;
    } catch (LinuxException | RuntimeException e) {
      RawSocket.close(fd);
      throw e;
    }
  }

  /**
   * Lets the server write no more than 32 KB ahead of what has been sent (TCP_NOTSENT_LOWAT),
   * unless it has a limit of its own. The limit is not part of the connection: it does not travel.
   */
  public synchronized void limitUnsent() throws LinuxException {
    if (RawSocket.get(open(), Option.TCP_NOTSENT_LOWAT) == 0) {
      RawSocket.set(fd, Option.TCP_NOTSENT_LOWAT, SocketOptions.OWN_UNSENT_LIMIT);
    }
  }

  /** Ends {@link #limitUnsent}, through whatever handle, and wakes a server that waits for room. */
  public synchronized void unlimitUnsent() throws LinuxException {
    if (RawSocket.get(open(), Option.TCP_NOTSENT_LOWAT) == SocketOptions.OWN_UNSENT_LIMIT) {
      RawSocket.set(fd, Option.TCP_NOTSENT_LOWAT, 0);
    }
  }

  /**
   * Makes another handle on the same socket.
   *
   * @return owned by the caller
   */
  public synchronized TcpConnection another() throws IOException {
    return of(open());
  }

  /** Returns what the kernel says about the connection now. */
  public synchronized TcpInfo info() throws LinuxException {
    return TcpInfo.of(open());
  }

  /**
   * Returns the number of bytes in the send queue: accepted from the server and not acknowledged
   * (SIOCOUTQ).
   */
  public synchronized int queued() throws LinuxException {
    return RawSocket.queueLength(open(), SystemCalls.SIOCOUTQ);
  }

  /** Returns the number of bytes in the send queue that were never sent (SIOCOUTQNSD). */
  public synchronized int unsent() throws LinuxException {
    return RawSocket.queueLength(open(), SystemCalls.SIOCOUTQNSD);
  }

  /** Returns the number of bytes received and not read by the server (SIOCINQ). */
  public synchronized int unread() throws LinuxException {
    return RawSocket.queueLength(open(), SystemCalls.SIOCINQ);
  }

  /**
   * Returns this end's address; IPv4 also for an IPv4-mapped one. After a release, the last one.
   */
  public synchronized InetSocketAddress local() {
    return local;
  }

  /**
   * Returns the peer's address; IPv4 also for an IPv4-mapped one. After a release, the last one.
   */
  public synchronized InetSocketAddress remote() {
    return remote;
  }

  /**
   * Returns whether a descriptor is in blocking mode, without a handle on it.
   *
   * @param fd borrowed
   */
  public static boolean isBlocking(int fd) throws LinuxException {
    return RawSocket.blocking(fd);
  }

  /**
   * Returns the port of this end, without a handle on the connection, which may be over.
   *
   * @param fd borrowed
   * @throws LinuxException if it is no TCP socket
   */
  public static int localPort(int fd) throws LinuxException {
    return RawSocket.local(fd).getPort();
  }

  /**
   * Looks at bytes that have been received and not read, without a handle on the connection, which
   * may be over. They stay there.
   *
   * @param fd borrowed
   * @param into direct; its position advances by what was seen
   * @return the number of bytes seen, 0 at the end of the stream, −1 if there is nothing now
   */
  public static int peek(int fd, ByteBuffer into) throws LinuxException {
    return Transfer.peek(fd, into);
  }

  /** Returns how the peer marked the packet with which the connection was made. */
  public synchronized PacketMarks receivedMarks() throws LinuxException {
    return PacketMarks.received(open(), SocketAddresses.isIpv4(local));
  }

  /**
   * Returns how many bytes the kernel has taken for sending since this socket was accepted, or
   * re-created: the position in the stream behind the last byte written. A re-created socket counts
   * from its first unacknowledged byte. Exact also while acknowledgments arrive. A connection this
   * host opened counts its SYN, one that was shut down its FIN: one more each.
   */
  public synchronized long sentPosition() throws LinuxException {
    int own = open();
    long acknowledged = TcpInfo.bytesAcknowledged(own);
    while (true) {
      int queued = RawSocket.queueLength(own, SystemCalls.SIOCOUTQ);
      long after = TcpInfo.bytesAcknowledged(own);
      if (after == acknowledged) {
        return acknowledged + queued;
      }
      acknowledged = after;
    }
  }

  /**
   * Makes the send buffer small, so that the server stops writing soon: a blocking writer sleeps, a
   * selector does not report the connection as writable. What is queued already stays. The kernel
   * has a minimum of a few kilobytes.
   *
   * @param bytes the new size, 0 or more
   */
  public synchronized void limitSendBuffer(int bytes) throws LinuxException {
    int own = open();
    if (sendLimit == null) {
      sendLimit = BufferLimit.of(own, true);
    }
    RawSocket.setBufferSize(own, true, bytes / 2);
  }

  /**
   * Undoes {@link #limitSendBuffer}: size and automatic sizing are as before. Does nothing without
   * it.
   */
  public synchronized void unlimitSendBuffer() throws LinuxException {
    BufferLimit limit = sendLimit;
    if (limit != null) {
      limit.undo(open());
      sendLimit = null;
    }
  }

  /**
   * Makes the receive buffer small, so that the peer stops sending soon. A window that was
   * announced already is still good.
   *
   * @param bytes the new size, 0 or more
   */
  public synchronized void limitReceiveBuffer(int bytes) throws LinuxException {
    int own = open();
    if (receiveLimit == null) {
      receiveLimit = BufferLimit.of(own, false);
    }
    RawSocket.setBufferSize(own, false, bytes / 2);
  }

  /** Undoes {@link #limitReceiveBuffer}. Does nothing without it. */
  public synchronized void unlimitReceiveBuffer() throws LinuxException {
    BufferLimit limit = receiveLimit;
    if (limit != null) {
      limit.undo(open());
      receiveLimit = null;
    }
  }

  /**
   * Removes the filter that a connection inherits from a {@link Listener} with which it was
   * accepted, so that its segments no longer pass it: a listener may carry the guards of hundreds
   * of peers at the moment, and its connections would run them for each segment of their lives.
   * Worth a call on every accepted connection; does nothing if there is no filter.
   *
   * @param fd the connection's descriptor, borrowed; nobody may have frozen the connection
   */
  public static void dropInheritedFilter(int fd) throws LinuxException {
    Repair.undeafen(fd);
  }

  /**
   * Stops the connection: from here on it takes no segment and sends nothing new. The state is then
   * looked at with {@link #extract()}; whether it can be moved shows there.
   *
   * @throws LinuxException if the kernel refuses; the connection then goes on as before
   */
  public synchronized void freeze() throws LinuxException {
    require(Phase.LIVE);
    options = readOptions();
    reuseAddress = RawSocket.isSet(fd, Option.SO_REUSEADDR);
    window = null;
    Repair.deafen(fd);
    try {
      Repair.on(fd);
      phase = Phase.FROZEN;
      hold();
    } catch (LinuxException e) {
      quietly(phase == Phase.FROZEN ? this::unrepair : () -> Repair.undeafen(fd));
      phase = Phase.LIVE;
      throw e;
    }
  }

  /** Lets a frozen connection go on as if nothing had been. Does nothing if it is not frozen. */
  public synchronized void thaw() throws LinuxException {
    if (phase != Phase.FROZEN) {
      return;
    }
    try {
      Repair.setWindow(fd, known(window));
    } finally {
      unrepair();
    }
    phase = Phase.LIVE;
  }

  /**
   * Copies the state of a frozen connection. The connection stays frozen.
   *
   * @throws NotMovableException unless it is established, both ways, and plain TCP; the message
   *     says what is wrong
   */
  public TcpImage extract() throws IOException {
    try (QueueRoom room = new QueueRoom()) {
      return extract(room, 0);
    }
  }

  /**
   * Copies the state of a frozen connection, as {@link #extract()}, but for the end of its send
   * queue.
   *
   * @param room keeps the bytes that the image lacks; stays the caller's
   * @param spare how many bytes at the end of those never sent the image lacks, 0 or more; all of
   *     them if there are fewer
   */
  public synchronized TcpImage extract(QueueRoom room, int spare) throws IOException {
    require(Phase.FROZEN);
    for (int attempt = 1; attempt <= EXTRACTIONS; attempt++) {
      TcpInfo info = TcpInfo.of(fd);
      TcpImage image =
          new Extraction(fd, kind(), local, remote, known(window), known(options), reuseAddress)
              .take(info, room, spare);
      if (TcpInfo.segmentsReceived(fd) == info.segmentsReceived()) {
        return image;
      }
      // A segment was past the filter before the filter was there.
      hold();
    }
    throw new NotMovableException("segments arrive in spite of the filter");
  }

  /**
   * Says before anything is done to the connection whether it could be moved now.
   *
   * @throws NotMovableException as {@link #extract()} would
   */
  public synchronized void requireMovable() throws IOException {
    Extraction.requireMovable(open(), TcpInfo.of(fd).state());
  }

  /**
   * Copies the send queue of a frozen connection: first what is not acknowledged, then what was
   * never sent.
   */
  public synchronized byte[] peekSendQueue() throws IOException {
    require(Phase.FROZEN);
    Repair.select(fd, Repair.SEND_QUEUE);
    try (QueueRoom room = new QueueRoom()) {
      int length = RawSocket.queueLength(fd, SystemCalls.SIOCOUTQ);
      return room.copy(Repair.peekSendQueue(fd, room, length), length);
    } finally {
      Repair.select(fd, Repair.NO_QUEUE);
    }
  }

  /**
   * Ends a frozen or rebuilt connection on this host without a word to the peer. The socket stays,
   * closed: the server reads the end of the stream, its writes fail with EPIPE, a selector reports
   * it, and to close it sends nothing. A call blocked in the kernel returns what it has done so
   * far, or ECONNABORTED.
   */
  public synchronized void release() throws LinuxException {
    if (phase != Phase.FROZEN && phase != Phase.REBUILT) {
      throw new IllegalStateException("release of a connection that is " + phase);
    }
    RawSocket.disconnect(fd);
    phase = Phase.RELEASED;
    rebuilt = null;
    RawSocket.get(fd, Option.SO_ERROR); // read, and so cleared
    SystemCalls.shutdown(
        fd, SystemCalls.SHUT_RDWR); // says ENOTCONN, and marks both directions as ended
    Repair.offSilently(fd);
    Repair.undeafen(fd);
    // A socket that was bound stays so until it is closed; without this nobody could listen on its
    // port.
    RawSocket.set(fd, Option.SO_REUSEADDR, true);
  }

  /**
   * Turns this socket, in place, into another connection: same descriptor, same registration with
   * every selector. Its own connection, if it still has one, is gone without a word to its peer.
   * The new one is frozen until {@link #activate()}.
   *
   * <p>The connection must be frozen or released. A socket that has an IPv6 connection can become
   * any other that its kind allows, IPv4-mapped too; one that has an IPv4 connection only an IPv4
   * one.
   *
   * @param image must be {@linkplain TcpImage#complete() complete}, and its local address one of
   *     this host
   * @throws NotMovableException if the socket cannot become this connection; it is then as before
   * @throws LinuxException if the kernel refuses half-way; the socket is then released
   */
  public void become(TcpImage image) throws IOException {
    become(image, remote -> RawSocket.connect(fd, family, remote));
  }

  /** Makes the system call {@code connect} on a socket, by whatever way. */
  @FunctionalInterface
  public interface Connector {

    /**
     * Connects. Under repair nothing is sent, and the connection is there at once.
     *
     * @param remote the peer
     */
    void connect(InetSocketAddress remote) throws IOException;
  }

  /**
   * As {@link #become(TcpImage)}, for a socket whose owner must believe that it has connected by
   * itself: a {@code SocketChannel} then knows the connection's two addresses, and that it is
   * connected.
   *
   * @param connector connects this very socket
   */
  public synchronized void become(TcpImage image, Connector connector) throws IOException {
    if (phase != Phase.FROZEN && phase != Phase.RELEASED) {
      throw new IllegalStateException("a connection that is " + phase + " cannot become another");
    }
    requireFits(image);
    if (phase == Phase.RELEASED) {
      options = readOptions();
      Repair.deafen(fd);
      Repair.on(fd);
    }
    phase = Phase.REBUILT;
    try {
      RawSocket.disconnect(fd);
      boolean asItIs = unused || isOnThisHost(image);
      unused = false;
      rebuild(asItIs ? image : withoutOldRoundTrips(image), known(options), connector);
    } catch (IOException | RuntimeException e) {
      quietly(this::release);
      throw e;
    }
  }

  /** A rehearsal's round trips were as short as the client's here. */
  private static boolean isOnThisHost(TcpImage image) {
    InetAddress client = image.remote().getAddress();
    return client.isLoopbackAddress() || client.equals(image.local().getAddress());
  }

  private static TcpImage withoutOldRoundTrips(TcpImage image) {
    return image.withOptions(image.options().withoutOldRoundTrips());
  }

  /**
   * Makes a connection of an image on a new socket, in blocking mode. It is frozen until {@link
   * #activate()}; to close the handle before that drops it silently.
   *
   * @param image must be {@linkplain TcpImage#complete() complete}, and its local address one of
   *     this host
   * @return a handle that owns the only descriptor; {@link #detach()} hands it out
   */
  public static TcpConnection recreate(TcpImage image) throws IOException {
    int family = image.family().socketFamily();
    int fd = RawSocket.open(family, 0);
    TcpConnection connection =
        new TcpConnection(fd, family, Phase.REBUILT, image.local(), image.remote());
    try {
      connection.requireFits(image);
      Repair.deafen(fd);
      Repair.on(fd);
      connection.rebuild(
          image, SocketOptions.read(fd, family), remote -> RawSocket.connect(fd, family, remote));
      return connection;
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private void rebuild(TcpImage received, SocketOptions has, Connector connector)
      throws IOException {
    TcpImage image = received.withOptions(received.options().withSendBufferOf(has));
    Rebuild.run(fd, family, image, has, connector);
    rebuilt = image;
    local = image.local();
    remote = image.remote();
    reuseAddress = image.reuseAddress();
    sendLimit = null;
    receiveLimit = null;
  }

  /**
   * Starts a rebuilt connection: it hears the peer again, asks it with a window probe where it
   * stands, and sends what was unsent.
   */
  public void activate() throws IOException {
    long unused = activate(null);
  }

  /**
   * As {@link #activate()}, where the peer's first answers may not find their way here yet. If no
   * answer came to anything that the first window has room for, nothing would go on before a
   * time-out of a second. So some of it is kept back, or all if it must be, until the way is sure.
   *
   * @param lead returns when answers will come here to all that is sent from then on; what is
   *     called here waits for it
   * @return when the connection was let go, as {@link System#nanoTime}
   */
  public synchronized long activate(@Nullable Runnable lead) throws IOException {
    require(Phase.REBUILT);
    long letGo = Rebuild.start(fd, known(rebuilt), lead);
    phase = Phase.LIVE;
    rebuilt = null;
    return letGo;
  }

  /** Ends the connection with a reset, in whatever phase it is. The socket stays, closed. */
  public synchronized void abort() throws LinuxException {
    if (phase == Phase.FROZEN || phase == Phase.REBUILT) {
      Repair.undeafen(fd);
      Repair.offSilently(fd); // under repair the kernel would not say a word
    }
    RawSocket.disconnect(open());
    phase = Phase.RELEASED;
    rebuilt = null;
  }

  /**
   * Writes what the kernel takes now, for one who finishes a connection in the server's place.
   *
   * @param bytes its position advances by what was written
   * @return the number of bytes written, 0 if there is no room
   */
  public synchronized int write(ByteBuffer bytes) throws LinuxException {
    require(Phase.LIVE);
    return Transfer.write(fd, bytes);
  }

  /**
   * Reads what is there.
   *
   * @param into its position advances by what was read
   * @return the number of bytes read, 0 at the end of the stream, −1 if there is nothing now
   */
  public synchronized int read(ByteBuffer into) throws LinuxException {
    require(Phase.LIVE);
    return Transfer.read(fd, into);
  }

  /** Ends our direction of the stream with a FIN behind what is queued. */
  public synchronized void shutdownOutput() throws LinuxException {
    require(Phase.LIVE);
    if (SystemCalls.shutdown(fd, SystemCalls.SHUT_WR) != 0) {
      throw RawSocket.failure("shutdown(SHUT_WR)", fd);
    }
  }

  /**
   * Hands out the handle's own descriptor, which is the only one of a re-created connection. The
   * handle is closed by that.
   *
   * @return a descriptor the caller now owns
   * @throws IllegalStateException if the connection is frozen or not activated
   */
  public synchronized int detach() {
    if (phase != Phase.LIVE && phase != Phase.RELEASED) {
      throw new IllegalStateException("detach of a connection that is " + phase);
    }
    phase = Phase.CLOSED;
    return fd;
  }

  /**
   * Closes the handle; the server's descriptor stays open. A connection still frozen is thawed, one
   * rebuilt and not activated is released.
   */
  @Override
  public synchronized void close() {
    if (phase == Phase.CLOSED) {
      return;
    }
    if (phase == Phase.FROZEN) {
      quietly(this::thaw);
    } else if (phase == Phase.REBUILT) {
      quietly(this::release);
    }
    phase = Phase.CLOSED;
    RawSocket.close(fd);
  }

  private synchronized int open() {
    if (phase == Phase.CLOSED) {
      throw new IllegalStateException("the handle is closed");
    }
    return fd;
  }

  private void require(Phase wanted) {
    if (phase != wanted) {
      throw new IllegalStateException("the connection is " + phase + ", not " + wanted);
    }
  }

  private void requireFits(TcpImage image) throws IOException {
    if (!image.complete()) {
      throw new NotMovableException(
          "the image lacks its " + image.unacknowledgedLength() + " unacknowledged bytes");
    }
    boolean toIpv4 = SocketAddresses.isIpv4(image.local());
    if (!toIpv4 && (family == AF_INET || SocketAddresses.isIpv4(local))) {
      throw new NotMovableException("a socket with an IPv4 connection cannot become an IPv6 one");
    }
    if (toIpv4 && family == AF_INET6 && RawSocket.isSet(fd, Option.IPV6_V6ONLY)) {
      throw new NotMovableException("a socket for IPv6 only cannot become an IPv4 connection");
    }
  }

  private TcpImage.Family kind() {
    if (family == AF_INET) {
      return TcpImage.Family.IPV4;
    }
    return SocketAddresses.isIpv4(local) ? TcpImage.Family.IPV4_MAPPED : TcpImage.Family.IPV6;
  }

  /** As the server left them: our own limits are not part of the connection. */
  private SocketOptions readOptions() throws LinuxException {
    SocketOptions read = SocketOptions.read(fd, family);
    read = sendLimit == null ? read : sendLimit.correct(read);
    return receiveLimit == null ? read : receiveLimit.correct(read);
  }

  /**
   * Makes the kernel believe that the peer's window is closed, and remembers the real one. If it
   * believes so already, the one we know is the real one.
   */
  private void hold() throws LinuxException {
    TcpImage.Window now = Repair.window(fd);
    TcpImage.Window before = window;
    window = now.sndWnd() == 0 && before != null ? now.withSndWnd(before.sndWnd()) : now;
    Repair.holdSending(fd, now);
  }

  private void unrepair() throws LinuxException {
    Repair.undeafen(fd);
    Repair.off(fd);
    RawSocket.set(fd, Option.SO_REUSEADDR, reuseAddress);
  }

  private static <T> T known(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  @FunctionalInterface
  private interface Step {
    void run() throws LinuxException;
  }

  /**
   * On the way out after a failure: the failure is what the caller must see, not what follows from
   * it.
   */
  private static void quietly(Step step) {
    try {
      step.run();
    } catch (LinuxException e) {
      // the exception in flight says what went wrong
    }
  }

  @Override
  public synchronized String toString() {
    return local + " <- " + remote + " (" + phase + ")";
  }
}
