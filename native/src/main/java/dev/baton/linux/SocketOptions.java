package dev.baton.linux;

import static dev.baton.linux.Option.IPV6_TCLASS;
import static dev.baton.linux.Option.IPV6_UNICAST_HOPS;
import static dev.baton.linux.Option.IP_TOS;
import static dev.baton.linux.Option.IP_TTL;
import static dev.baton.linux.Option.SO_BUF_LOCK;
import static dev.baton.linux.Option.SO_KEEPALIVE;
import static dev.baton.linux.Option.SO_LINGER;
import static dev.baton.linux.Option.SO_MARK;
import static dev.baton.linux.Option.SO_OOBINLINE;
import static dev.baton.linux.Option.SO_PRIORITY;
import static dev.baton.linux.Option.SO_RCVBUF;
import static dev.baton.linux.Option.SO_RCVLOWAT;
import static dev.baton.linux.Option.SO_REUSEPORT;
import static dev.baton.linux.Option.SO_SNDBUF;
import static dev.baton.linux.Option.TCP_CONGESTION;
import static dev.baton.linux.Option.TCP_CORK;
import static dev.baton.linux.Option.TCP_KEEPCNT;
import static dev.baton.linux.Option.TCP_KEEPIDLE;
import static dev.baton.linux.Option.TCP_KEEPINTVL;
import static dev.baton.linux.Option.TCP_LINGER2;
import static dev.baton.linux.Option.TCP_NODELAY;
import static dev.baton.linux.Option.TCP_NOTSENT_LOWAT;
import static dev.baton.linux.Option.TCP_USER_TIMEOUT;
import static dev.baton.linux.Option.TCP_WINDOW_CLAMP;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.StringJoiner;

/**
 * The options of one socket that must survive a move: those set by the server on the connection
 * itself and those it inherited from the listener. An immutable value.
 *
 * <p>Buffer sizes are in bytes as the kernel reports them, twice what the server asked for. Whether
 * the server fixed them is kept too: an unfixed buffer goes on growing by itself after the move.
 *
 * <p>SO_REUSEADDR is not here because TCP_REPAIR overwrites it: {@link TcpConnection} looks after
 * it.
 */
public final class SocketOptions {

  /**
   * The options that are a plain integer, in the order in which they are set. IP_TOS changes
   * SO_PRIORITY and so comes before it; the keep-alive intervals come before the timer is started.
   */
  private static final Option[] PLAIN = {
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    TCP_KEEPCNT,
    SO_KEEPALIVE,
    TCP_CORK,
    TCP_NODELAY,
    SO_OOBINLINE,
    IP_TOS,
    IPV6_TCLASS,
    SO_PRIORITY,
    SO_MARK,
    IP_TTL,
    IPV6_UNICAST_HOPS,
    SO_RCVLOWAT,
    TCP_USER_TIMEOUT,
    TCP_NOTSENT_LOWAT,
    TCP_LINGER2,
    TCP_WINDOW_CLAMP,
    SO_REUSEPORT
  };

  /** Stands for an option the source did not have: an IPv6 option of an IPv4 socket. */
  private static final int ABSENT = Integer.MIN_VALUE;

  /**
   * TCP_NOTSENT_LOWAT as {@link TcpConnection#limitUnsent} sets it: a value that no server chooses,
   * by which it is known for ours.
   */
  static final int OWN_UNSENT_LIMIT = (32 << 10) - 1;

  private static final String OTHER_THAN_BBR = "cubic";

  /** The algorithm that every kernel has. */
  private static final String RENO = "reno";

  private static final int NO_LINGER = -1;
  private static final int MAX_CONGESTION_NAME = 15;

  private static final int SEND_BUFFER_LOCKED = 1;
  private static final int RECEIVE_BUFFER_LOCKED = 2;

  private final int[] plain;
  private final int lingerSeconds;
  private final String congestionControl;
  private final int sendBuffer;
  private final int receiveBuffer;
  private final int bufferLocks;

  private SocketOptions(
      int[] plain,
      int lingerSeconds,
      String congestionControl,
      int sendBuffer,
      int receiveBuffer,
      int bufferLocks) {
    this.plain = plain;
    this.lingerSeconds = lingerSeconds;
    this.congestionControl = congestionControl;
    this.sendBuffer = sendBuffer;
    this.receiveBuffer = receiveBuffer;
    this.bufferLocks = bufferLocks;
  }

  static SocketOptions read(int fd, int family) throws LinuxException {
    int[] plain = new int[PLAIN.length];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = knownTo(family, PLAIN[i]) ? RawSocket.get(fd, PLAIN[i]) : ABSENT;
      if (PLAIN[i] == TCP_NOTSENT_LOWAT && plain[i] == OWN_UNSENT_LIMIT) {
        plain[i] = 0;
      }
    }
    return new SocketOptions(
        plain,
        readLinger(fd),
        readCongestionControl(fd),
        RawSocket.get(fd, SO_SNDBUF),
        RawSocket.get(fd, SO_RCVBUF),
        RawSocket.get(fd, SO_BUF_LOCK));
  }

  /**
   * Sets on a socket what differs from what it has, except the sizes of its buffers.
   * TCP_WINDOW_CLAMP is always set, since to connect changes it, unless it is that of a socket that
   * never connected.
   *
   * @param has what the socket has now
   */
  void apply(int fd, int family, SocketOptions has) throws LinuxException {
    for (int i = 0; i < plain.length; i++) {
      boolean differs = PLAIN[i] == TCP_WINDOW_CLAMP ? plain[i] != 0 : plain[i] != has.plain[i];
      if (differs && plain[i] != ABSENT && knownTo(family, PLAIN[i])) {
        RawSocket.set(fd, PLAIN[i], plain[i]);
      }
    }
    if (lingerSeconds != has.lingerSeconds) {
      Scratch scratch = Scratch.get();
      scratch
          .memory()
          .putInt(0, lingerSeconds == NO_LINGER ? 0 : 1)
          .putInt(4, Math.max(0, lingerSeconds));
      RawSocket.set(fd, SO_LINGER, scratch.address(), 8);
    }
    if (!congestionControl.equals(has.congestionControl)
        && !applyCongestionControl(fd, congestionControl)
        && congestionControl.equals(OTHER_THAN_BBR)) {
      applyCongestionControl(fd, RENO);
    }
  }

  /**
   * Gives the buffers their sizes and then lets the kernel size those by itself that the server had
   * not fixed.
   */
  void applyBuffers(int fd) throws LinuxException {
    RawSocket.setBufferSize(fd, true, sendBuffer / 2);
    RawSocket.setBufferSize(fd, false, receiveBuffer / 2);
    RawSocket.set(fd, SO_BUF_LOCK, bufferLocks);
  }

  /** Sets TCP_NOTSENT_LOWAT again, which had to go while unsent bytes were written. */
  void applyUnsentLimit(int fd) throws LinuxException {
    RawSocket.set(fd, TCP_NOTSENT_LOWAT, value(TCP_NOTSENT_LOWAT));
  }

  /** Sets TCP_NODELAY and TCP_CORK again, which had to go while bytes were sent at once. */
  void applyCoalescing(int fd) throws LinuxException {
    RawSocket.set(fd, TCP_NODELAY, value(TCP_NODELAY));
    RawSocket.set(fd, TCP_CORK, value(TCP_CORK));
  }

  /**
   * Tells whoever waits for bytes that there are some: bytes put into the receive queue under
   * repair wake nobody, but to set SO_RCVLOWAT makes the kernel look.
   */
  void wakeReader(int fd) throws LinuxException {
    RawSocket.set(fd, SO_RCVLOWAT, value(SO_RCVLOWAT));
  }

  private int value(Option option) {
    return plain[Arrays.asList(PLAIN).indexOf(option)];
  }

  /**
   * These options with the send buffer of the socket that gets them, unless the server has fixed
   * it. What the kernel sizes grows with the congestion window, which begins anew; a server would
   * fill at once what had grown in a long time. The receive buffer has to hold what the peer was
   * promised.
   */
  SocketOptions withSendBufferOf(SocketOptions has) {
    return sendBufferLocked() ? this : withSendBuffer(has.sendBuffer, false);
  }

  /**
   * These options for a socket that has been another connection. The kernel remembers the shortest
   * round trip of a socket beyond its disconnection, and BBR begins with it: if that was a
   * rehearsal's over the loopback, the client's connection would have four segments under way for
   * ten seconds. The other algorithms do not go by it.
   */
  SocketOptions withoutOldRoundTrips() {
    return congestionControl.startsWith("bbr")
        ? new SocketOptions(
            plain, lingerSeconds, OTHER_THAN_BBR, sendBuffer, receiveBuffer, bufferLocks)
        : this;
  }

  SocketOptions withSendBuffer(int size, boolean locked) {
    int locks = locked ? bufferLocks | SEND_BUFFER_LOCKED : bufferLocks & ~SEND_BUFFER_LOCKED;
    return new SocketOptions(plain, lingerSeconds, congestionControl, size, receiveBuffer, locks);
  }

  SocketOptions withReceiveBuffer(int size, boolean locked) {
    int locks = locked ? bufferLocks | RECEIVE_BUFFER_LOCKED : bufferLocks & ~RECEIVE_BUFFER_LOCKED;
    return new SocketOptions(plain, lingerSeconds, congestionControl, sendBuffer, size, locks);
  }

  /** Returns the size of the send buffer in bytes, as SO_SNDBUF reports it. */
  public int sendBuffer() {
    return sendBuffer;
  }

  /** Returns the size of the receive buffer in bytes, as SO_RCVBUF reports it. */
  public int receiveBuffer() {
    return receiveBuffer;
  }

  /** Returns whether the server has fixed the size of the send buffer. */
  public boolean sendBufferLocked() {
    return (bufferLocks & SEND_BUFFER_LOCKED) != 0;
  }

  /** Returns whether the server has fixed the size of the receive buffer. */
  public boolean receiveBufferLocked() {
    return (bufferLocks & RECEIVE_BUFFER_LOCKED) != 0;
  }

  /** Returns the name of the congestion control algorithm. */
  public String congestionControl() {
    return congestionControl;
  }

  int encodedLength() {
    return 4 * plain.length + 16 + 1 + congestionControl.length();
  }

  void encode(ByteBuffer out) {
    for (int value : plain) {
      out.putInt(value);
    }
    out.putInt(lingerSeconds).putInt(sendBuffer).putInt(receiveBuffer).putInt(bufferLocks);
    out.put((byte) congestionControl.length()).put(congestionControl.getBytes(US_ASCII));
  }

  /**
   * Reads what {@link #encode} wrote; the caller turns a {@link java.nio.BufferUnderflowException}
   * into its own.
   */
  static SocketOptions decode(ByteBuffer in) {
    int[] plain = new int[PLAIN.length];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = in.getInt();
    }
    int linger = in.getInt();
    int sendBuffer = in.getInt();
    int receiveBuffer = in.getInt();
    int locks = in.getInt();
    int nameLength = in.get();
    TcpImage.require(linger >= NO_LINGER, "linger time " + linger);
    TcpImage.require(sendBuffer >= 0 && receiveBuffer >= 0, "negative buffer size");
    TcpImage.require(
        (locks & ~(SEND_BUFFER_LOCKED | RECEIVE_BUFFER_LOCKED)) == 0, "buffer locks " + locks);
    TcpImage.require(
        nameLength > 0 && nameLength <= MAX_CONGESTION_NAME, "congestion control name");
    byte[] name = new byte[nameLength];
    in.get(name);
    for (byte c : name) {
      TcpImage.require(c > ' ' && c < 0x7f, "congestion control name");
    }
    return new SocketOptions(
        plain, linger, new String(name, US_ASCII), sendBuffer, receiveBuffer, locks);
  }

  private static boolean knownTo(int family, Option option) {
    return family == SystemCalls.AF_INET6 || (option != IPV6_TCLASS && option != IPV6_UNICAST_HOPS);
  }

  private static int readLinger(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    RawSocket.get(fd, SO_LINGER, scratch, 8);
    return scratch.memory().getInt(0) == 0 ? NO_LINGER : scratch.memory().getInt(4);
  }

  private static String readCongestionControl(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    int length = RawSocket.get(fd, TCP_CONGESTION, scratch, MAX_CONGESTION_NAME + 1);
    byte[] name = new byte[length];
    scratch.memory().get(0, name);
    int end = 0;
    while (end < length && name[end] != 0) {
      end++;
    }
    return new String(name, 0, end, US_ASCII);
  }

  /**
   * An algorithm this host does not have is no reason to lose the connection: the host's own then
   * stays.
   *
   * @return whether the host has it
   */
  private static boolean applyCongestionControl(int fd, String name) throws LinuxException {
    Scratch scratch = Scratch.get();
    scratch.memory().put(0, name.getBytes(US_ASCII));
    try {
      RawSocket.set(fd, TCP_CONGESTION, scratch.address(), name.length());
      return true;
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      return false;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SocketOptions that
        && Arrays.equals(plain, that.plain)
        && lingerSeconds == that.lingerSeconds
        && congestionControl.equals(that.congestionControl)
        && sendBuffer == that.sendBuffer
        && receiveBuffer == that.receiveBuffer
        && bufferLocks == that.bufferLocks;
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(plain) + congestionControl.hashCode();
  }

  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ", "[", "]");
    for (int i = 0; i < plain.length; i++) {
      if (plain[i] != ABSENT) {
        text.add(PLAIN[i] + "=" + plain[i]);
      }
    }
    return text.add("SO_LINGER=" + lingerSeconds)
        .add("TCP_CONGESTION=" + congestionControl)
        .add("SO_SNDBUF=" + sendBuffer)
        .add("SO_RCVBUF=" + receiveBuffer)
        .add("SO_BUF_LOCK=" + bufferLocks)
        .toString();
  }
}
