package dev.baton.linux;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * An ordinary connection to this JVM's own server, made so that it reaches this JVM's listener even
 * if others share the port. Its SYN is marked with the node's tag and the listener's number in the
 * group; if the number is out of date, the listener that gets the SYN drops it, and the next number
 * is tried.
 *
 * <p>The accepted socket is of the kind that can {@linkplain TcpConnection#become become} the
 * client's connection. The knocking end has a small receive buffer, so that the server cannot run
 * far ahead of what is read here.
 *
 * <p>To open gives it its local address, by which whoever accepts can recognise it; only then it
 * connects. Not thread-safe.
 */
public final class Knock implements AutoCloseable {

  /**
   * As given to SO_RCVBUF. Smaller, and a server over loopback, whose segments are large, would
   * crawl.
   */
  private static final int RECEIVE_BUFFER = 1 << 15;

  /** As over Ethernet. Loopback's own 64 KB segments would not fit the window. */
  private static final int SEGMENT = 1448;

  /**
   * Over loopback a connection is made within the call that starts it; this is for a kernel that is
   * busy.
   */
  private static final long FIRST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final int NONE = -1;

  private final Listener listener;
  private final InetSocketAddress server;
  private final InetSocketAddress local;
  private final int family;
  private int fd;

  private Knock(
      Listener listener, InetSocketAddress server, InetSocketAddress local, int family, int fd) {
    this.listener = listener;
    this.server = server;
    this.local = local;
    this.family = family;
    this.fd = fd;
  }

  /**
   * Prepares a connection from a free port of the server's own address.
   *
   * @param listener this JVM's
   * @param server an address at which it listens: the server's end of the client's connection
   * @param client the client's end, of the same family; the accepted socket will be able to become
   *     its connection
   */
  public static Knock open(Listener listener, InetSocketAddress server, InetSocketAddress client)
      throws LinuxException {
    if (SocketAddresses.isIpv4(server) != SocketAddresses.isIpv4(client)) {
      throw new IllegalArgumentException("no connection is between " + client + " and " + server);
    }
    int family = SocketAddresses.isIpv4(server) ? SystemCalls.AF_INET : SystemCalls.AF_INET6;
    int fd = RawSocket.open(family, SystemCalls.SOCK_NONBLOCK);
    try {
      RawSocket.set(fd, Option.SO_RCVBUF, RECEIVE_BUFFER);
      RawSocket.set(fd, Option.TCP_MAXSEG, SEGMENT);
      RawSocket.set(fd, Option.TCP_NODELAY, true);
      RawSocket.bind(fd, family, new InetSocketAddress(server.getAddress(), 0));
      return new Knock(listener, server, RawSocket.local(fd), family, fd);
    } catch (LinuxException | RuntimeException e) {
      RawSocket.close(fd);
      throw e;
    }
  }

  /** Returns the address the server will see as its client's. */
  public InetSocketAddress localAddress() {
    return local;
  }

  /**
   * Connects. The server's kernel answers; the server itself may accept later.
   *
   * @param timeoutMillis how long to try
   * @return the knocking end, owned by the caller; the knock itself is used up
   * @throws LinuxException if nobody answers in time (ETIMEDOUT), or the listener is gone
   */
  public ClientSocket connect(long timeoutMillis) throws LinuxException {
    if (fd == NONE) {
      throw new IllegalStateException("a knock connects once");
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    long patience = FIRST_PATIENCE_NANOS;
    int likely = listener.group().lastKnown();
    do {
      listener.checked();
      if (connectTo(likely, patience, deadline)) {
        return connected(likely);
      }
      int numbers = listener.group().limit();
      for (int index = 0; index < numbers; index++) {
        if (index != likely && connectTo(index, patience, deadline)) {
          return connected(index);
        }
      }
      if (patience == FIRST_PATIENCE_NANOS && numbers > 1 && listener.isShared()) {
        listener.group().obeyMarks();
      }
      patience *= 2;
    } while (deadline - System.nanoTime() > 0);
    throw new LinuxException(
        "connect(" + server + ") within " + timeoutMillis + " ms", Errno.ETIMEDOUT);
  }

  private ClientSocket connected(int index) {
    listener.group().found(index);
    ClientSocket client = new ClientSocket(fd);
    fd = NONE;
    return client;
  }

  private boolean connectTo(int index, long patienceNanos, long deadline) throws LinuxException {
    long wait = Math.max(0, Math.min(patienceNanos, deadline - System.nanoTime()));
    RawSocket.set(fd, Option.SO_MARK, Mark.of(listener.tag(), index));
    RawSocket.connect(fd, family, server);
    if (RawSocket.poll(fd, SystemCalls.POLLOUT, wait)) {
      int error = RawSocket.get(fd, Option.SO_ERROR);
      if (error != 0) {
        throw new LinuxException("connect(" + server + ")", error);
      }
      return true;
    }
    RawSocket.disconnect(fd);
    RawSocket.rebind(fd, family, local);
    return false;
  }

  /** Gives up a knock that has not connected; does nothing after it has. */
  @Override
  public void close() {
    if (fd != NONE) {
      RawSocket.close(fd);
      fd = NONE;
    }
  }
}
