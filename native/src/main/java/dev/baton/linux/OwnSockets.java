package dev.baton.linux;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Finds the kernel's socket behind a channel of this process, by nothing but what both say about
 * it: the JDK does not tell a descriptor's number, and its private fields are no concern of ours.
 *
 * <p>A candidate is duplicated first and looked at then, so that what is returned surely is the
 * channel's socket, whoever closes and opens descriptors meanwhile. To look through all descriptors
 * takes some microseconds for each; what was seen is remembered, so that it takes the same time to
 * find a thousand connections as to find one.
 */
public final class OwnSockets {
  private static final File DESCRIPTORS = new File("/proc/self/fd");

  /** As long as SO_LINGER may be; the JDK cuts what is longer. */
  private static final int SIGNS = 65_535;

  private static final int LENGTH = SocketAddresses.MAX_LENGTH;
  private static final int NONE = -1;

  private static final AtomicInteger LAST_SIGN = new AtomicInteger();

  /** Where connections were when all descriptors were looked through; most are there still. */
  private static volatile Map<Ends, Integer> lastSeen = Map.of();

  private record Ends(InetSocketAddress local, InetSocketAddress remote) {}

  private OwnSockets() {}

  /**
   * Makes a handle on a channel's connection.
   *
   * @param channel connected
   * @return owned by the caller
   * @throws IOException if the channel is closed or not connected, or the kernel has its connection
   *     under other addresses, or no more
   */
  public static TcpConnection connection(SocketChannel channel) throws IOException {
    if (!(channel.getLocalAddress() instanceof InetSocketAddress local)
        || !(channel.getRemoteAddress() instanceof InetSocketAddress remote)) {
      throw new IOException(channel + " is not a TCP connection");
    }
    Ends ends = new Ends(local, remote);
    TcpConnection found = at(lastSeen.get(ends), ends);
    if (found == null) {
      Map<Ends, Integer> seen = allConnections();
      lastSeen = seen;
      found = at(seen.get(ends), ends);
    }
    if (found == null) {
      throw new IOException("the kernel does not know the connection " + channel);
    }
    return found;
  }

  private static @Nullable TcpConnection at(@Nullable Integer fd, Ends ends) throws IOException {
    if (fd == null) {
      return null;
    }
    TcpConnection candidate;
    try {
      candidate = TcpConnection.of(fd);
    } catch (LinuxException e) {
      return null; // no socket any more, or not connected
    }
    if (candidate.local().equals(ends.local()) && candidate.remote().equals(ends.remote())) {
      return candidate;
    }
    candidate.close();
    return null;
  }

  private static Map<Ends, Integer> allConnections() throws IOException {
    Map<Ends, Integer> all = new HashMap<>();
    for (int fd : descriptors()) {
      InetSocketAddress remote = remote(fd);
      InetSocketAddress local = remote == null ? null : local(fd);
      if (local != null && remote != null) {
        all.put(new Ends(local, remote), fd);
      }
    }
    return all;
  }

  /**
   * Makes a handle on a channel's socket, which is to become a connection ({@link
   * TcpConnection#become(TcpImage, TcpConnection.Connector)}). It is recognised by a value that
   * {@code SO_LINGER} has on this socket for a moment.
   *
   * @param channel open, neither bound nor connected, known to nobody else
   * @return owned by the caller
   */
  public static TcpConnection vacant(SocketChannel channel) throws IOException {
    try {
      TcpConnection found = signed(channel, belowTheNext());
      found = found == null ? signed(channel, descriptors()) : found;
      if (found == null) {
        throw new IOException("the kernel does not know the socket of " + channel);
      }
      return found;
    } finally {
      channel.setOption(StandardSocketOptions.SO_LINGER, -1);
    }
  }

  private static @Nullable TcpConnection signed(SocketChannel channel, int[] candidates)
      throws IOException {
    int sign = sign(channel);
    for (int fd : candidates) {
      if (linger(fd) == sign) {
        int own = RawSocket.duplicate(fd);
        sign = sign(channel);
        if (linger(own) == sign) {
          return TcpConnection.vacant(own);
        }
        RawSocket.close(own); // somebody else's, which happened to have that value
      }
    }
    return null;
  }

  /**
   * The kernel gives a new descriptor the lowest number that is free. So the newest is mostly right
   * below the next one.
   */
  private static int[] belowTheNext() throws LinuxException {
    int next = RawSocket.open(SystemCalls.AF_INET, 0);
    RawSocket.close(next);
    int[] numbers = new int[next];
    for (int i = 0; i < next; i++) {
      numbers[i] = next - 1 - i;
    }
    return numbers;
  }

  private static int sign(SocketChannel channel) throws IOException {
    int sign = 1 + Math.floorMod(LAST_SIGN.incrementAndGet(), SIGNS);
    channel.setOption(StandardSocketOptions.SO_LINGER, sign);
    return sign;
  }

  /**
   * Makes the listener of a channel known, as {@link Listener#of}.
   *
   * @param channel bound; the only one of this process with that address
   */
  public static Listener listener(ServerSocketChannel channel, int tag) throws IOException {
    if (!(channel.getLocalAddress() instanceof InetSocketAddress local)) {
      throw new IOException(channel + " is not a bound TCP listener");
    }
    Listener found = null;
    for (int fd : descriptors()) {
      if (isListener(fd, local)) {
        if (found != null) {
          throw new IOException("this JVM listens twice at " + local + "; one of the two can join");
        }
        found = Listener.of(fd, tag);
      }
    }
    if (found == null) {
      throw new IOException("the kernel does not know the listener " + channel);
    }
    return found;
  }

  private static boolean isListener(int fd, InetSocketAddress address) throws LinuxException {
    return address.equals(local(fd)) && RawSocket.isSet(fd, Option.SO_ACCEPTCONN);
  }

  /** A descriptor's peer; null if it has none, or is no internet socket. */
  private static @Nullable InetSocketAddress remote(int fd) {
    Scratch scratch = addressRoom();
    return SystemCalls.getpeername(fd, scratch.address(), scratch.address(LENGTH)) == 0
        ? address(scratch)
        : null;
  }

  /** What a descriptor is bound to; null if it is no internet socket. */
  private static @Nullable InetSocketAddress local(int fd) {
    Scratch scratch = addressRoom();
    return SystemCalls.getsockname(fd, scratch.address(), scratch.address(LENGTH)) == 0
        ? address(scratch)
        : null;
  }

  private static Scratch addressRoom() {
    Scratch scratch = Scratch.get();
    scratch.memory().putInt(LENGTH, LENGTH);
    return scratch;
  }

  private static @Nullable InetSocketAddress address(Scratch scratch) {
    int family = scratch.memory().getShort(0);
    return family == SystemCalls.AF_INET || family == SystemCalls.AF_INET6
        ? SocketAddresses.decode(scratch.memory())
        : null;
  }

  /** A descriptor's SO_LINGER in seconds; −1 if it has none, or is no socket. */
  private static int linger(int fd) {
    Scratch scratch = Scratch.get();
    scratch.memory().putInt(LENGTH, 8);
    int failed =
        SystemCalls.getsockopt(
            fd,
            Option.SO_LINGER.level,
            Option.SO_LINGER.number,
            scratch.address(),
            scratch.address(LENGTH));
    return failed == 0 && scratch.memory().getInt(0) != 0 ? scratch.memory().getInt(4) : NONE;
  }

  private static int[] descriptors() throws IOException {
    String[] names = DESCRIPTORS.list();
    if (names == null) {
      throw new IOException("this process cannot list its own descriptors in " + DESCRIPTORS);
    }
    int[] numbers = new int[names.length];
    for (int i = 0; i < names.length; i++) {
      numbers[i] = Integer.parseInt(names[i]);
    }
    return numbers;
  }
}
