package dev.baton.linux;

import java.net.InetSocketAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One established TCP connection as a value: all that another kernel needs to carry it on.
 * Immutable.
 *
 * <p>Sequence numbers are 32 bits, unsigned, and wrap. The three queues are:
 *
 * <ul>
 *   <li><i>unacknowledged</i>: sent but not acknowledged, {@code [sndUna, sndNxt)}. The client may
 *       have them already. An image without them ({@link #withQueues} with an empty array) may
 *       travel, but must get them back, to the byte, before a connection is made of it: see {@link
 *       #complete()};
 *   <li><i>unsent</i>: accepted from the server and never sent, from {@code sndNxt} on;
 *   <li><i>unread</i>: acknowledged to the client and not read by the server, up to {@code rcvNxt}.
 * </ul>
 */
public final class TcpImage {

  /** The kind of socket the connection had. */
  public enum Family {
    /** An IPv4 socket. */
    IPV4(4),
    /** An IPv6 socket with IPv6 addresses. */
    IPV6(6),
    /** An IPv6 socket with an IPv4 connection, as Java makes them by default. */
    IPV4_MAPPED(46);

    private final int code;

    Family(int code) {
      this.code = code;
    }

    private static Family ofCode(int code) {
      for (Family family : values()) {
        if (family.code == code) {
          return family;
        }
      }
      throw new IllegalArgumentException("not a TCP image: kind of socket " + code);
    }

    int socketFamily() {
      return this == IPV4 ? SystemCalls.AF_INET : SystemCalls.AF_INET6;
    }
  }

  /**
   * What the two ends agreed on in the handshake. Nothing that was not negotiated is ever set on
   * the new socket.
   *
   * @param mss the largest segment the client takes, in bytes, 1 to 65535
   * @param windowScaling whether windows are scaled
   * @param sendWindowScale shift of the windows the client announces, 0 to 14
   * @param receiveWindowScale shift of the windows we announce, 0 to 14
   * @param sack whether selective acknowledgments may be sent
   * @param timestamps whether segments carry timestamps
   * @param timestamp the timestamp to go on from, opaque; 0 without timestamps
   */
  public record Negotiated(
      int mss,
      boolean windowScaling,
      int sendWindowScale,
      int receiveWindowScale,
      boolean sack,
      boolean timestamps,
      int timestamp) {

    public Negotiated {
      require(mss > 0 && mss <= 0xffff, "maximum segment size " + mss);
      require(
          sendWindowScale >= 0 && sendWindowScale <= 14, "send window scale " + sendWindowScale);
      require(
          receiveWindowScale >= 0 && receiveWindowScale <= 14,
          "receive window scale " + receiveWindowScale);
    }
  }

  /**
   * {@code struct tcp_repair_window}, in the kernel's words; 32 bits each, unsigned.
   *
   * @param sndWl1 sequence number of the segment that last updated the send window
   * @param sndWnd the window the client announced, in bytes
   * @param maxWindow the largest it ever announced, in bytes
   * @param rcvWnd the window we announced, in bytes
   * @param rcvWup {@code rcvNxt} when we announced it
   */
  public record Window(int sndWl1, int sndWnd, int maxWindow, int rcvWnd, int rcvWup) {

    Window withSndWnd(int other) {
      return new Window(sndWl1, other, maxWindow, rcvWnd, rcvWup);
    }
  }

  private static final byte VERSION = 1;
  private static final byte[] EMPTY = {};

  /**
   * Nothing the kernel would queue is larger; a limit for what hostile bytes can make us allocate.
   */
  private static final int MAX_QUEUE = 1 << 30;

  private final Family family;
  private final InetSocketAddress local;
  private final InetSocketAddress remote;
  private final int sndUna;
  private final int sndNxt;
  private final int rcvNxt;
  private final Negotiated negotiated;
  private final Window window;
  private final SocketOptions options;
  private final boolean reuseAddress;
  private final byte[] unacknowledged;
  private final byte[] unsent;
  private final byte[] unread;

  /** Takes the arrays as they are: nobody else may keep them. */
  TcpImage(
      Family family,
      InetSocketAddress local,
      InetSocketAddress remote,
      int sndUna,
      int sndNxt,
      int rcvNxt,
      Negotiated negotiated,
      Window window,
      SocketOptions options,
      boolean reuseAddress,
      byte[] unacknowledged,
      byte[] unsent,
      byte[] unread) {
    boolean four = SocketAddresses.isIpv4(local);
    require(four == SocketAddresses.isIpv4(remote), "addresses of two families");
    require(four == (family != Family.IPV6), "addresses do not fit the kind of socket");
    require(local.getPort() > 0 && remote.getPort() > 0, "port 0");
    require(
        sndNxt - sndUna >= 0 && sndNxt - sndUna <= MAX_QUEUE, "send sequence numbers out of order");
    this.family = family;
    this.local = local;
    this.remote = remote;
    this.sndUna = sndUna;
    this.sndNxt = sndNxt;
    this.rcvNxt = rcvNxt;
    this.negotiated = negotiated;
    this.window = window;
    this.options = options;
    this.reuseAddress = reuseAddress;
    this.unacknowledged = unacknowledged;
    this.unsent = unsent;
    this.unread = unread;
  }

  /** Returns the kind of socket the connection had. */
  public Family family() {
    return family;
  }

  /** Returns our address; IPv4 also for an IPv4-mapped one. */
  public InetSocketAddress local() {
    return local;
  }

  /** Returns the client's address; IPv4 also for an IPv4-mapped one. */
  public InetSocketAddress remote() {
    return remote;
  }

  /** Returns the first sequence number the client has not acknowledged. */
  public int sndUna() {
    return sndUna;
  }

  /** Returns the next sequence number expected from the client. */
  public int rcvNxt() {
    return rcvNxt;
  }

  /** Returns what the handshake settled. */
  public Negotiated negotiated() {
    return negotiated;
  }

  /** Returns the windows at the moment of the freeze. */
  public Window window() {
    return window;
  }

  /** Returns the socket's options. */
  public SocketOptions options() {
    return options;
  }

  /** Returns whether the socket had SO_REUSEADDR. */
  public boolean reuseAddress() {
    return reuseAddress;
  }

  /**
   * Returns the number of bytes sent but not acknowledged, whether the image contains them or not.
   */
  public int unacknowledgedLength() {
    return sndNxt - sndUna;
  }

  /** Returns a copy of the bytes sent but not acknowledged; empty if they were taken out. */
  public byte[] unacknowledged() {
    return unacknowledged.clone();
  }

  /** Returns a copy of the bytes accepted but never sent. */
  public byte[] unsent() {
    return unsent.clone();
  }

  /** Returns a copy of the bytes received but not read by the server. */
  public byte[] unread() {
    return unread.clone();
  }

  /**
   * Returns whether the unacknowledged bytes are as many as the sequence numbers say: without, no
   * connection.
   */
  public boolean complete() {
    return unacknowledged.length == unacknowledgedLength();
  }

  /**
   * Returns this image with bytes put before the unread ones, so that the server will read them
   * again. The sequence number at which the receive queue begins moves back by as many.
   *
   * @param before copied
   */
  public TcpImage withUnreadBefore(byte[] before) {
    byte[] joined = Arrays.copyOf(before, Math.addExact(before.length, unread.length));
    System.arraycopy(unread, 0, joined, before.length, unread.length);
    return with(options, unacknowledged, unsent, joined);
  }

  /**
   * Returns this image with bytes to send after the unsent ones.
   *
   * @param after copied
   */
  public TcpImage withUnsentAfter(byte[] after) {
    byte[] joined = Arrays.copyOf(unsent, Math.addExact(unsent.length, after.length));
    System.arraycopy(after, 0, joined, unsent.length, after.length);
    return with(options, unacknowledged, joined, unread);
  }

  /**
   * Returns this image with other bytes to send.
   *
   * @param newUnacknowledged as many as {@link #unacknowledgedLength()}, or none, which leaves the
   *     image incomplete; copied
   * @param newUnsent any number; copied
   * @throws IllegalArgumentException if the number of unacknowledged bytes contradicts the sequence
   *     numbers
   */
  public TcpImage withQueues(byte[] newUnacknowledged, byte[] newUnsent) {
    require(
        newUnacknowledged.length == 0 || newUnacknowledged.length == unacknowledgedLength(),
        newUnacknowledged.length
            + " unacknowledged bytes, where the sequence numbers say "
            + unacknowledgedLength());
    return with(options, newUnacknowledged.clone(), newUnsent.clone(), unread);
  }

  TcpImage withOptions(SocketOptions newOptions) {
    return with(newOptions, unacknowledged, unsent, unread);
  }

  private TcpImage with(
      SocketOptions newOptions, byte[] newUnacknowledged, byte[] newUnsent, byte[] newUnread) {
    return new TcpImage(
        family,
        local,
        remote,
        sndUna,
        sndNxt,
        rcvNxt,
        negotiated,
        window,
        newOptions,
        reuseAddress,
        newUnacknowledged,
        newUnsent,
        newUnread);
  }

  byte[] unacknowledgedBytes() {
    return unacknowledged;
  }

  byte[] unsentBytes() {
    return unsent;
  }

  byte[] unreadBytes() {
    return unread;
  }

  /** Returns the image for travelling: a version, then about 200 bytes and the queues. */
  public byte[] toBytes() {
    byte[] from = local.getAddress().getAddress();
    byte[] to = remote.getAddress().getAddress();
    int length =
        3
            + 2 * (from.length + 2)
            + 4
            + 12
            + 8
            + 20
            + options.encodedLength()
            + 12
            + unacknowledged.length
            + unsent.length
            + unread.length;
    ByteBuffer out = ByteBuffer.allocate(length);
    out.put(VERSION).put((byte) family.code);
    out.put((byte) flags());
    out.put(from).putShort((short) local.getPort());
    out.put(to).putShort((short) remote.getPort());
    out.putInt(SocketAddresses.scope(remote.getAddress()));
    out.putInt(sndUna).putInt(sndNxt).putInt(rcvNxt);
    out.putShort((short) negotiated.mss());
    out.put((byte) negotiated.sendWindowScale()).put((byte) negotiated.receiveWindowScale());
    out.putInt(negotiated.timestamp());
    out.putInt(window.sndWl1()).putInt(window.sndWnd()).putInt(window.maxWindow());
    out.putInt(window.rcvWnd()).putInt(window.rcvWup());
    options.encode(out);
    out.putInt(unacknowledged.length).putInt(unsent.length).putInt(unread.length);
    out.put(unacknowledged).put(unsent).put(unread);
    return out.array();
  }

  /**
   * Reads an image.
   *
   * @param bytes what {@link #toBytes()} gave, and nothing else
   * @throws IllegalArgumentException if they are not an image of this version, are cut short, have
   *     something after the end, or contradict themselves; nothing large is allocated before that
   *     is known
   */
  public static TcpImage fromBytes(byte[] bytes) {
    try {
      return decode(ByteBuffer.wrap(bytes));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("not a TCP image: cut short", e);
    }
  }

  private static TcpImage decode(ByteBuffer in) {
    int version = in.get();
    require(version == VERSION, "version " + version + ", not " + VERSION);
    Family family = Family.ofCode(in.get());
    int flags = in.get();
    require((flags & ~ALL_FLAGS) == 0, "flags " + flags);
    byte[] from = new byte[family == Family.IPV6 ? 16 : 4];
    byte[] to = new byte[from.length];
    in.get(from);
    int localPort = in.getShort() & 0xffff;
    in.get(to);
    int remotePort = in.getShort() & 0xffff;
    int scope = in.getInt();
    require(scope >= 0 && (scope == 0 || family == Family.IPV6), "scope " + scope);
    int sndUna = in.getInt();
    int sndNxt = in.getInt();
    int rcvNxt = in.getInt();
    int mss = in.getShort() & 0xffff;
    int sendScale = in.get();
    int receiveScale = in.get();
    int timestamp = in.getInt();
    Window window = new Window(in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt());
    SocketOptions options = SocketOptions.decode(in);
    int unacknowledged = in.getInt();
    int unsent = in.getInt();
    int unread = in.getInt();
    require(unacknowledged >= 0 && unsent >= 0 && unread >= 0, "negative queue length");
    require(
        (long) unacknowledged + unsent + unread == in.remaining(), "queue lengths do not add up");
    require(
        unacknowledged == 0 || unacknowledged == sndNxt - sndUna,
        "unacknowledged bytes do not fit the sequence numbers");
    return new TcpImage(
        family,
        new InetSocketAddress(SocketAddresses.of(from, scope), localPort),
        new InetSocketAddress(SocketAddresses.of(to, scope), remotePort),
        sndUna,
        sndNxt,
        rcvNxt,
        new Negotiated(
            mss,
            (flags & WINDOW_SCALING) != 0,
            sendScale,
            receiveScale,
            (flags & SACK) != 0,
            (flags & TIMESTAMPS) != 0,
            timestamp),
        window,
        options,
        (flags & REUSE_ADDRESS) != 0,
        take(in, unacknowledged),
        take(in, unsent),
        take(in, unread));
  }

  private static final int WINDOW_SCALING = 1;
  private static final int SACK = 2;
  private static final int TIMESTAMPS = 4;
  private static final int REUSE_ADDRESS = 8;
  private static final int ALL_FLAGS = 15;

  private int flags() {
    return (negotiated.windowScaling() ? WINDOW_SCALING : 0)
        | (negotiated.sack() ? SACK : 0)
        | (negotiated.timestamps() ? TIMESTAMPS : 0)
        | (reuseAddress ? REUSE_ADDRESS : 0);
  }

  private static byte[] take(ByteBuffer in, int length) {
    if (length == 0) {
      return EMPTY;
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException("not a TCP image: " + otherwise);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TcpImage that && Arrays.equals(toBytes(), that.toBytes());
  }

  @Override
  public int hashCode() {
    return 31 * local.hashCode() + 7 * remote.hashCode() + sndUna + 13 * rcvNxt;
  }

  @Override
  public String toString() {
    return String.format(
        "%s %s <- %s snd_una=%d snd_nxt=+%d rcv_nxt=%d queues=%d/%d/%d %s %s %s",
        family,
        local,
        remote,
        Integer.toUnsignedLong(sndUna),
        unacknowledgedLength(),
        Integer.toUnsignedLong(rcvNxt),
        unacknowledged.length,
        unsent.length,
        unread.length,
        negotiated,
        window,
        options);
  }
}
