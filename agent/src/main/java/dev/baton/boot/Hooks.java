package dev.baton.boot;

import java.io.FileDescriptor;
import java.net.SocketAddress;

/**
 * What the advice in {@code java.base} tells Baton, and the only way it does so.
 *
 * <p>This class lives in the boot loader and knows the JDK only. The one implementation lives in
 * Baton's own loader and is put into {@link Bridge} once every hook is installed. All methods are
 * called on the host's threads, in the middle of its I/O: they must never throw, never allocate and
 * never block, except where waiting is their purpose (a closed gate, see {@link #beforeRead}).
 *
 * <p>Descriptors are passed as the JDK's own objects and stay the JDK's; addresses are native
 * memory that is valid only during the call.
 */
public abstract class Hooks {

  /** For subclasses. */
  protected Hooks() {}

  /**
   * A server socket is about to be bound.
   *
   * @param fd any descriptor: also a client's or a datagram socket's
   * @param port the port asked for; 0 when the kernel chooses
   */
  public abstract void beforeBind(FileDescriptor fd, int port);

  /** A bind returned without an exception; the counterpart of {@link #beforeBind}. */
  public abstract void afterBind(FileDescriptor fd);

  /**
   * The host asks for connections on this listener: it calls accept, or selects for it.
   *
   * @param listener the listening descriptor
   */
  public abstract void accepting(FileDescriptor listener);

  /**
   * A connection came out of accept on a {@code ServerSocketChannel} or its asynchronous twin, and
   * no one else has seen it yet.
   *
   * @param fd the connection's descriptor
   * @param remote the peer as the kernel told it
   * @return the peer address the host is to be shown
   */
  public abstract SocketAddress accepted(FileDescriptor fd, SocketAddress remote);

  /**
   * A connection came out of accept on a {@code ServerSocket}.
   *
   * @param socketImpl the {@code sun.nio.ch.NioSocketImpl} that stands for the connection; its
   *     descriptor, address, port and local port are set and may be changed
   */
  public abstract void acceptedSocket(Object socketImpl);

  /**
   * The host is about to read in the kernel. May wait, when the connection's gate is closed and the
   * descriptor is a blocking one.
   *
   * @return 0 to go on; otherwise the value the call is to return instead, without entering the
   *     kernel
   */
  public abstract int beforeRead(FileDescriptor fd);

  /**
   * The host has come back from {@code read}.
   *
   * @param address where the bytes are
   * @param n what the call returned: bytes, or a negative {@code sun.nio.ch.IOStatus}; −1 (end of
   *     stream) also stands for an exception
   */
  public abstract void afterRead(FileDescriptor fd, long address, int n);

  /**
   * The host has come back from {@code readv}.
   *
   * @param iovecs the address of an array of {@code struct iovec}
   * @param count its length
   * @param n as in {@link #afterRead}, a {@code long}
   */
  public abstract void afterReadv(FileDescriptor fd, long iovecs, int count, long n);

  /** The host is about to write in the kernel; otherwise as {@link #beforeRead}. */
  public abstract int beforeWrite(FileDescriptor fd);

  /** The host has come back from {@code write}; otherwise as {@link #afterRead}. */
  public abstract void afterWrite(FileDescriptor fd, long address, int n);

  /** The host has come back from {@code writev}; otherwise as {@link #afterReadv}. */
  public abstract void afterWritev(FileDescriptor fd, long iovecs, int count, long n);

  /**
   * The host is about to call {@code FileChannel.transferTo}. The JDK either moves the bytes inside
   * the kernel, or falls back to writes that pass {@link #beforeWrite} and {@link #afterWrite}
   * while this call is under way.
   *
   * @param target the channel to write to, of any kind
   * @return true to go on; false when the call is to return 0 at once
   */
  public abstract boolean beforeTransfer(Object target);

  /**
   * {@code FileChannel.transferTo} has returned.
   *
   * @param n bytes transferred on every path together; −1 also stands for an exception
   */
  public abstract void afterTransfer(Object target, long n);

  /**
   * The host is about to shut down one direction of a connection. May wait while it changes hands.
   */
  public abstract void beforeShutdown(FileDescriptor fd);

  /**
   * The host is about to close a descriptor of any kind. May wait while a connection changes hands.
   */
  public abstract void beforeClose(FileDescriptor fd);

  /** The JVM is about to run the application's shutdown hooks. May wait for a drain. */
  public abstract void beforeShutdownHooks();
}
