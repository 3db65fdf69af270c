package dev.baton.boot;

import java.io.FileDescriptor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/* ────────────────────────────────────────────────────────────────────────────────────────────────
 *  EVERY READ, WRITE, ACCEPT AND CLOSE OF EVERY SOCKET OF THE HOST PASSES THROUGH THIS CLASS.
 *
 *  It is called from inside java.base, on the host's threads, often with the JDK's locks held.
 *  It must never allocate, log, lock, call anything outside java.base, or grow logic of its own:
 *  load one volatile field, call one method, return. What goes wrong in there is caught by the
 *  woven code around the call and ends in `swallowed`; the host never sees it.
 *
 *  Baton's only static mutable state is here.
 * ──────────────────────────────────────────────────────────────────────────────────────────────── */

/**
 * Where advice in {@code java.base} meets Baton. Called by woven code, by nothing else; Baton's own
 * code only sets {@link #hooks} and reads the error counter.
 *
 * <p>The bridge keeps no per-thread state. An implementation that does I/O of its own inside a hook
 * comes back here with a descriptor it does not manage, and is expected to let it pass.
 */
public final class Bridge {

  /** The implementation; null means that Baton is off and every hook lets the JDK go on as ever. */
  public static volatile @Nullable Hooks hooks;

  private static final AtomicBoolean CLAIMED = new AtomicBoolean();
  private static final AtomicLong ERRORS = new AtomicLong();
  private static volatile @Nullable Throwable lastError;

  private Bridge() {}

  // ── For Baton ──

  /**
   * Claims this JVM for the caller.
   *
   * @return false if a Baton is already at work here (or starting)
   */
  public static boolean claim() {
    return CLAIMED.compareAndSet(false, true);
  }

  /** Gives the claim back after a start that came to nothing: another may try. */
  public static void disclaim() {
    CLAIMED.set(false);
  }

  /** Returns how often a hook threw and the host was not told. Zero, unless Baton has a fault. */
  public static long errors() {
    return ERRORS.get();
  }

  /** Returns what a hook threw last, or null. */
  public static @Nullable Throwable lastError() {
    return lastError;
  }

  // ── For woven code ──

  /** What the woven code does with anything a hook throws. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // the last one is what there is to look at
  public static void swallowed(Throwable error) {
    lastError = error;
    ERRORS.incrementAndGet();
  }

  /** {@code Net.bind}, enter. */
  public static void beforeBind(FileDescriptor fd, int port) {
    Hooks h = hooks;
    if (h != null) {
      h.beforeBind(fd, port);
    }
  }

  /** {@code Net.bind}, normal exit. */
  public static void afterBind(FileDescriptor fd) {
    Hooks h = hooks;
    if (h != null) {
      h.afterBind(fd);
    }
  }

  /**
   * Any accept or selection for accept, enter; {@code listener} is null on a socket not created.
   */
  public static void accepting(@Nullable FileDescriptor listener) {
    Hooks h = hooks;
    if (h != null && listener != null) {
      h.accepting(listener);
    }
  }

  /**
   * {@code finishAccept}, enter.
   *
   * @return the address to go on with; always an {@link InetSocketAddress} if {@code remote} is one
   */
  public static SocketAddress accepted(FileDescriptor fd, SocketAddress remote) {
    Hooks h = hooks;
    if (h == null || !(remote instanceof InetSocketAddress)) {
      return remote; // a Unix domain socket is nothing Baton could move
    }
    return h.accepted(fd, remote) instanceof InetSocketAddress shown ? shown : remote;
  }

  /** {@code NioSocketImpl.accept}, normal exit. */
  public static void acceptedSocket(Object socketImpl) {
    Hooks h = hooks;
    if (h != null) {
      h.acceptedSocket(socketImpl);
    }
  }

  /** {@code read} and {@code readv}, enter: a verdict other than 0 skips the call. */
  public static int beforeRead(FileDescriptor fd) {
    Hooks h = hooks;
    return h == null ? 0 : h.beforeRead(fd);
  }

  /** {@code read}, any exit; returns what the call is to return. */
  public static int afterRead(
      int verdict, FileDescriptor fd, long address, int n, @Nullable Throwable thrown) {
    if (verdict != 0) {
      return verdict;
    }
    Hooks h = hooks;
    if (h != null) {
      h.afterRead(fd, address, thrown == null ? n : -1);
    }
    return n;
  }

  /** {@code readv}, any exit; returns what the call is to return. */
  public static long afterReadv(
      int verdict, FileDescriptor fd, long iovecs, int count, long n, @Nullable Throwable thrown) {
    if (verdict != 0) {
      return verdict;
    }
    Hooks h = hooks;
    if (h != null) {
      h.afterReadv(fd, iovecs, count, thrown == null ? n : -1);
    }
    return n;
  }

  /** {@code write} and {@code writev}, enter: a verdict other than 0 skips the call. */
  public static int beforeWrite(FileDescriptor fd) {
    Hooks h = hooks;
    return h == null ? 0 : h.beforeWrite(fd);
  }

  /** {@code write}, any exit; returns what the call is to return. */
  public static int afterWrite(
      int verdict, FileDescriptor fd, long address, int n, @Nullable Throwable thrown) {
    if (verdict != 0) {
      return verdict;
    }
    Hooks h = hooks;
    if (h != null) {
      h.afterWrite(fd, address, thrown == null ? n : -1);
    }
    return n;
  }

  /** {@code writev}, any exit; returns what the call is to return. */
  public static long afterWritev(
      int verdict, FileDescriptor fd, long iovecs, int count, long n, @Nullable Throwable thrown) {
    if (verdict != 0) {
      return verdict;
    }
    Hooks h = hooks;
    if (h != null) {
      h.afterWritev(fd, iovecs, count, thrown == null ? n : -1);
    }
    return n;
  }

  /**
   * {@code FileChannel.transferTo}, enter: true skips the call. Only a socket channel can be
   * reached past its {@code write}; any other target is written to, which the other hooks see.
   */
  public static boolean beforeTransfer(@Nullable Object target) {
    Hooks h = hooks;
    return h != null && target instanceof SocketChannel && !h.beforeTransfer(target);
  }

  /** {@code FileChannel.transferTo}, any exit; returns what the call is to return. */
  public static long afterTransfer(
      boolean skipped, @Nullable Object target, long n, @Nullable Throwable thrown) {
    if (skipped) {
      return 0;
    }
    Hooks h = hooks;
    if (h != null && target instanceof SocketChannel) {
      h.afterTransfer(target, thrown == null ? n : -1);
    }
    return n;
  }

  /** Any {@code shutdownInput} or {@code shutdownOutput}, enter; null on a socket not created. */
  public static void beforeShutdown(@Nullable FileDescriptor fd) {
    Hooks h = hooks;
    if (h != null && fd != null) {
      h.beforeShutdown(fd);
    }
  }

  /** Any close, enter; null on a socket not created. */
  public static void beforeClose(@Nullable FileDescriptor fd) {
    Hooks h = hooks;
    if (h != null && fd != null) {
      h.beforeClose(fd);
    }
  }

  /**
   * {@code NioSocketImpl.close}, enter. Closing a closed socket is allowed and does nothing; its
   * descriptor's number may by then be another connection's.
   */
  public static void beforeSocketClose(@Nullable FileDescriptor fd, int state, int closing) {
    if (state < closing) {
      beforeClose(fd);
    }
  }

  /** {@code ApplicationShutdownHooks.runHooks}, enter. */
  public static void beforeShutdownHooks() {
    Hooks h = hooks;
    if (h != null) {
      h.beforeShutdownHooks();
    }
  }
}
