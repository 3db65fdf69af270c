package dev.baton.linux;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;

/**
 * One listening socket of this JVM's server, which may share its port with listeners of other JVMs.
 *
 * <p>The descriptor is <em>borrowed</em>: a duplicate would keep the port open after the server has
 * closed it. Before each use the socket's cookie is compared, so a number that means another socket
 * by now is noticed and left alone.
 *
 * <p>Each listener carries a filter, see {@link #guard} and {@link Knock}. Accepted connections
 * inherit it, as it is at that moment; {@link TcpConnection#dropInheritedFilter} frees them. A
 * filter the server itself has attached is replaced; no Java server can attach one.
 *
 * <p>Thread-safe. Except for {@link #local} and {@link #tag}, methods throw a {@link
 * LinuxException} with EBADF if the server has closed the listener.
 */
public final class Listener implements AutoCloseable {

  /** The largest tag a node may have; tags begin at 0. */
  public static final int MAX_TAG = Mark.PROBE_TAG - 1;

  private static final int DROPS = 8;

  private final int fd;
  private final int family;
  private final long cookie;
  private final int tag;
  private final InetSocketAddress local;
  private final Set<InetSocketAddress> guarded = new HashSet<>();
  private final ReuseportGroup group;

  private Listener(int fd, int family, long cookie, int tag, InetSocketAddress local) {
    this.fd = fd;
    this.family = family;
    this.cookie = cookie;
    this.tag = tag;
    this.local = local;
    this.group = new ReuseportGroup(this);
  }

  /** Returns a tag for the node in this process; other processes of this host have others. */
  public static int tagOfThisProcess() {
    return (int) (ProcessHandle.current().pid() % MAX_TAG) + 1;
  }

  /**
   * Makes a listener known and attaches its filter.
   *
   * @param fd the descriptor of a listening TCP socket, borrowed
   * @param tag of this node, 0 to {@link #MAX_TAG}; nodes that share a port need different ones
   * @throws LinuxException if it is not a listening TCP socket, or CAP_NET_ADMIN is missing
   */
  public static Listener of(int fd, int tag) throws LinuxException {
    if (tag < 0 || tag > MAX_TAG) {
      throw new IllegalArgumentException("a node's tag is 0 to " + MAX_TAG + ", not " + tag);
    }
    if (!isTcp(fd) || !RawSocket.isSet(fd, Option.SO_ACCEPTCONN)) {
      throw new LinuxException("descriptor " + fd + " is not a listening TCP socket", Errno.EINVAL);
    }
    Listener listener =
        new Listener(fd, RawSocket.get(fd, Option.SO_DOMAIN), cookie(fd), tag, RawSocket.local(fd));
    listener.attachFilter();
    if (listener.isShared()) {
      listener.group.begin();
    }
    return listener;
  }

  /**
   * Lets a socket share its port (SO_REUSEPORT). It must be set before the socket is bound, on
   * every socket of the port, by the same user.
   *
   * @param fd a TCP socket not bound yet, borrowed
   */
  public static void share(int fd) throws LinuxException {
    RawSocket.set(fd, Option.SO_REUSEPORT, true);
  }

  /**
   * Returns whether a socket that is about to be bound looks like a listener to be. The kernel
   * cannot know that before {@code listen}; but the JDK sets SO_REUSEADDR on every server socket
   * and on no client.
   *
   * @param fd any descriptor, borrowed
   */
  public static boolean isServerSocket(int fd) throws LinuxException {
    return isTcp(fd) && RawSocket.isSet(fd, Option.SO_REUSEADDR);
  }

  /** Returns whether any socket of this network namespace listens on a port, on any address. */
  public static boolean isTaken(int port) throws LinuxException {
    return ListenerCount.of(port) > 0;
  }

  /** Returns whether the socket is still there and listening. */
  public boolean isListening() {
    try {
      return cookie(fd) == cookie && RawSocket.isSet(fd, Option.SO_ACCEPTCONN);
    } catch (LinuxException e) {
      return false;
    }
  }

  /** Returns whether it may share its port; one that may not gets all its connections anyway. */
  public boolean isShared() throws LinuxException {
    return RawSocket.isSet(checked(), Option.SO_REUSEPORT);
  }

  /** Returns the address it is bound to; IPv4 also for an IPv4-mapped one. */
  public InetSocketAddress local() {
    return local;
  }

  /** Returns this node's tag. */
  public int tag() {
    return tag;
  }

  /** Returns the number of connections that are established and not yet accepted by the server. */
  public int acceptQueueLength() throws LinuxException {
    return TcpInfo.of(checked()).unacknowledgedSegments();
  }

  /**
   * From here on, segments from a peer vanish if they are no SYN, instead of being answered with a
   * reset. For the time during which the peer's connection is in no socket of this host. The peer's
   * retransmissions find it again.
   *
   * <p>A new connection from that very address and port cannot be made meanwhile, and no other is
   * affected. Several hundred peers can be guarded at once. To guard a peer twice is the same as
   * once.
   *
   * @param peer resolved
   * @throws LinuxException if the program has become too large for the kernel (ENOMEM, EINVAL); the
   *     guard is not set
   */
  public synchronized void guard(InetSocketAddress peer) throws LinuxException {
    if (guarded.add(peer)) {
      try {
        attachFilter();
      } catch (LinuxException | RuntimeException e) {
        guarded.remove(peer);
        throw e;
      }
    }
  }

  /** Ends {@link #guard}; does nothing if the peer is not guarded. */
  public synchronized void unguard(InetSocketAddress peer) throws LinuxException {
    if (guarded.remove(peer) && isListening()) {
      attachFilter();
    }
  }

  /**
   * Makes the segments of connections that are accepted from now on smaller, in both directions: it
   * is in the handshake, and their clients keep to it (TCP_MAXSEG).
   *
   * @param bytes the largest, 88 to 32767
   */
  public void limitSegments(int bytes) throws LinuxException {
    RawSocket.set(checked(), Option.TCP_MAXSEG, bytes);
  }

  /**
   * Directs every new connection to the port to this listener, out of all that share it. Knocks go
   * on reaching the listener they are for. Holds until another listener of the port asks for the
   * same, or until one of the group is closed: the kernel then renumbers, and somebody must ask
   * again. With two listeners, the one that is left gets everything.
   *
   * @throws LinuxException also if the listener does not share its port and so is in no group
   *     (EINVAL)
   */
  public void directNewConnections() throws LinuxException {
    group.directTo();
  }

  /**
   * Repeats {@link #directNewConnections()} if a listener of the group has come or gone since, and
   * does nothing if it was never called. Cheap enough to be called every second.
   */
  public void directNewConnectionsAgain() throws LinuxException {
    if (isListening()) {
      group.directAgain();
    }
  }

  /**
   * Detaches the filter, if the listener is still there. The descriptor stays open: it is the
   * server's.
   */
  @Override
  public synchronized void close() {
    guarded.clear();
    if (isListening()) {
      try {
        Repair.undeafen(fd);
      } catch (LinuxException e) {
        // closed by the server in this moment: the filter went with it
      }
    }
  }

  ReuseportGroup group() {
    return group;
  }

  int family() {
    return family;
  }

  /** The descriptor, after a look that it still is this listener's. */
  int checked() throws LinuxException {
    if (!isListening()) {
      throw new LinuxException("listener " + local + " was closed by the server", Errno.EBADF);
    }
    return fd;
  }

  /**
   * How many packets for this listener were dropped, by its filter and otherwise; wraps at 32 bits.
   */
  int drops() throws LinuxException {
    Scratch scratch = Scratch.get();
    RawSocket.get(fd, Option.SO_MEMINFO, scratch, 4 * (DROPS + 1));
    return scratch.memory().getInt(4 * DROPS);
  }

  private void attachFilter() throws LinuxException {
    ListenerFilter.of(tag, guarded).attach(checked(), Option.SO_ATTACH_FILTER);
  }

  private static boolean isTcp(int fd) throws LinuxException {
    int domain = RawSocket.get(fd, Option.SO_DOMAIN);
    return (domain == SystemCalls.AF_INET || domain == SystemCalls.AF_INET6)
        && RawSocket.get(fd, Option.SO_PROTOCOL) == SystemCalls.IPPROTO_TCP;
  }

  private static long cookie(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    RawSocket.get(fd, Option.SO_COOKIE, scratch, 8);
    return scratch.memory().getLong(0);
  }

  @Override
  public String toString() {
    return "listener " + local;
  }
}
