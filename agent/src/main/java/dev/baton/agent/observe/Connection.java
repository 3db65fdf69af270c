package dev.baton.agent.observe;

import dev.baton.agent.observe.Internals.NativeView;
import dev.baton.handoff.ConnectionInfo;
import dev.baton.handoff.ServedConnection;
import dev.baton.http.ApplicationState;
import dev.baton.http.HttpTracker;
import dev.baton.http.Unmovable;
import dev.baton.linux.BlockedThreads;
import dev.baton.linux.TcpConnection;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One connection that the host's server accepted: its tracker, its gates, and who is in the kernel
 * for it.
 *
 * <p>A host thread announces itself ({@code reading}, {@code writing}) before it looks at the gate,
 * and whoever closes the gate does so before looking who is announced; so one of them always sees
 * the other. That takes a fence between the announcement and the look, which a volatile store has.
 * Taking the announcement back needs none: a release store is enough. It keeps what the thread did
 * before (its call in the kernel, the tracker) before it, so whoever finds the flag down finds all
 * of that; and that he may see it go down a moment late only makes him wait that moment. The
 * thread's next announcement of the same kind is a store to the same flag, which stays behind.
 *
 * <p>The tracker is only touched under this object's monitor, which is held for the parsing of one
 * read or write, of all its buffers, and never while waiting.
 */
final class Connection implements ServedConnection {
  /** {@code sun.nio.ch.IOStatus.UNAVAILABLE}: "nothing now". */
  private static final int UNAVAILABLE = -2;

  /** {@code struct iovec} on 64-bit Linux: base, length. */
  private static final int IOVEC_BYTES = 2 * Long.BYTES;

  private static final VarHandle READING = field("reading", boolean.class);
  private static final VarHandle WRITING = field("writing", boolean.class);
  private static final VarHandle READ_GATE = field("readGate", Gate.class);

  /** A thread that is not in a blocking call leaves the kernel within this time. */
  private static final long PASSING_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

  private final FileDescriptor descriptor;
  private final int number;
  private final InetSocketAddress client;
  private final ConnectionTable table;
  private final String node;
  private final AtomicBoolean claimed = new AtomicBoolean();
  private final NativeView view = new NativeView();

  private volatile @Nullable Gate writeGate;
  private volatile @Nullable Gate readGate;
  private volatile boolean writing;
  private volatile boolean reading;
  private volatile boolean closed;
  private volatile boolean gone;

  /** Null while this is a rehearsal, whose bytes are not a client's. */
  private @Nullable HttpTracker tracker;

  /** Where a client's connection comes in that this becomes; null if nobody is asked about it. */
  private @Nullable Entrance entrance;

  private volatile String id;
  private long preload;
  private long written;
  private long bytesRead;
  private long writtenDuringTransfer;

  Connection(
      FileDescriptor descriptor,
      InetSocketAddress client,
      ConnectionTable table,
      String node,
      String id,
      @Nullable HttpTracker tracker) {
    this.descriptor = descriptor;
    this.number = Internals.number(descriptor);
    this.client = client;
    this.table = table;
    this.node = node;
    this.id = id;
    this.tracker = tracker;
  }

  private static VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(Connection.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(name, e);
    }
  }

  FileDescriptor descriptor() {
    return descriptor;
  }

  int number() {
    return number;
  }

  /** Before the connection is known: its server waits before its first read until it is placed. */
  void arrives(Entrance entrance) {
    readGate = new Arrival(this, entrance);
  }

  /** Before the connection is known: it may become one that another node has placed here. */
  void mayArriveFromElsewhere(@Nullable Entrance through) {
    entrance = through != null && through.leadsOn() ? through : null;
  }

  /** It has been placed; a gate that a handoff has closed meanwhile is that handoff's. */
  void hasArrived(Arrival gate) {
    READ_GATE.compareAndSet(this, gate, null);
  }

  // ---- what the hooks call, on the host's threads
  // -------------------------------------------------

  int enterRead() {
    while (true) {
      reading = true;
      Gate gate = readGate;
      if (gate == null) {
        return 0;
      }
      reading = false;
      if (!gate.pass()) {
        return UNAVAILABLE;
      }
    }
  }

  int enterWrite() {
    while (true) {
      writing = true;
      Gate gate = writeGate;
      if (gate == null) {
        return 0;
      }
      writing = false;
      if (!gate.pass()) {
        return UNAVAILABLE;
      }
    }
  }

  void leaveRead() {
    READING.setRelease(this, false);
  }

  void leaveWrite() {
    WRITING.setRelease(this, false);
  }

  /** A call moved {@code n} bytes through the first of these buffers. */
  synchronized void moved(long iovecs, int count, long n, boolean written) {
    long left = n;
    for (int i = 0; i < count && left > 0; i++) {
      int part = (int) Math.min(left, length(iovecs, i));
      if (part > 0) {
        if (written) {
          wrote(base(iovecs, i), part);
        } else {
          read(base(iovecs, i), part);
        }
      }
      left -= part;
    }
  }

  private long base(long iovecs, int index) {
    return view.word(iovecs + (long) index * IOVEC_BYTES);
  }

  private long length(long iovecs, int index) {
    return view.word(iovecs + (long) index * IOVEC_BYTES + Long.BYTES);
  }

  synchronized void read(long address, int count) {
    bytesRead += count;
    if (tracker != null) {
      tracker.request(view.at(address, count));
    }
  }

  synchronized void wrote(long address, int count) {
    written += count;
    writtenDuringTransfer += count;
    if (tracker != null) {
      tracker.response(view.at(address, count));
    }
  }

  synchronized void transferBegins() {
    writtenDuringTransfer = 0;
  }

  /**
   * What a transfer moved besides the writes that were seen went from the file to the socket
   * unseen.
   */
  synchronized void transferred(long count) {
    long unseen = count - writtenDuringTransfer;
    if (unseen > 0) {
      written += unseen;
      if (tracker != null) {
        tracker.responseUnseen(unseen);
      }
    }
  }

  /** Waits while the connection changes hands. */
  void beforeShutdown() {
    Gate gate = readGate;
    if (gate != null) {
      gate.await();
    }
  }

  /** The host closes the connection; waits while it changes hands. */
  void beforeClose() {
    while (true) {
      closed = true;
      Gate gate = readGate;
      if (gate == null) {
        break;
      }
      closed = false;
      gate.await();
    }
    table.remove(this);
  }

  // ---- what the handoff calls
  // ---------------------------------------------------------------------

  @Override
  public String id() {
    return id;
  }

  @Override
  public InetSocketAddress client() {
    return client;
  }

  @Override
  public InetSocketAddress server() throws IOException {
    try (TcpConnection tcp = tcp()) {
      return tcp.local();
    }
  }

  synchronized boolean rehearsing() {
    return tracker == null;
  }

  @Override
  public synchronized ConnectionInfo info() {
    HttpTracker seen = seen();
    String reason = unmovable();
    return new ConnectionInfo(
        node,
        id,
        show(client),
        seen.phase().word(),
        seen.method(),
        seen.target(),
        seen.bodyOffset(),
        reason == null,
        reason);
  }

  private static String show(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    return host instanceof Inet6Address
        ? "[" + host.getHostAddress() + "]:" + address.getPort()
        : host.getHostAddress() + ":" + address.getPort();
  }

  private HttpTracker seen() {
    if (tracker == null) {
      throw new IllegalStateException("a rehearsal has no state of its own");
    }
    return tracker;
  }

  @Override
  public synchronized @Nullable String unmovable() {
    Unmovable unmovable = seen().unmovable();
    return unmovable == null ? null : unmovable.reason();
  }

  @Override
  public boolean claim() {
    if (closed || gone || !claimed.compareAndSet(false, true)) {
      return false;
    }
    if (closed || gone) {
      claimed.set(false);
      return false;
    }
    return true;
  }

  @Override
  public void unclaim() {
    claimed.set(false);
  }

  @Override
  public void holdWrites(long timeoutMillis) throws IOException {
    Gate held = writeGate;
    if (held == null) {
      held = new Gate(TcpConnection.isBlocking(number));
      writeGate = held;
    }
    long begun = System.nanoTime();
    while (writing) {
      expel(held.blocking(), begun, timeoutMillis, "write");
    }
  }

  @Override
  public boolean holdAll(long timeoutMillis) throws IOException {
    Gate held = writeGate;
    if (closed) {
      resume();
      return false;
    }
    if (held == null) {
      held = new Gate(TcpConnection.isBlocking(number));
      writeGate = held;
    }
    readGate = new Gate(held.blocking());
    if (closed) {
      resume();
      return false;
    }
    long begun = System.nanoTime();
    while (writing || reading) {
      expel(held.blocking(), begun, timeoutMillis, writing ? "write" : "read");
    }
    return true;
  }

  /**
   * Brings the host's threads out of the kernel: a partial write counts, an empty read is repeated.
   *
   * @param blocking whether the kernel may keep a thread; else it comes out by itself
   */
  private void expel(boolean blocking, long begun, long timeoutMillis, String call)
      throws IOException {
    long waited = System.nanoTime() - begun;
    if (waited > TimeUnit.MILLISECONDS.toNanos(timeoutMillis)) {
      resume();
      throw new IOException(
          "a thread of the server stayed inside a " + call + " for " + timeoutMillis + " ms");
    }
    if (waited > PASSING_NANOS) {
      if (blocking) {
        BlockedThreads.interrupt(number);
      }
      LockSupport.parkNanos(PASSING_NANOS);
    } else {
      Thread.onSpinWait();
    }
  }

  @Override
  public void resume() {
    resume(null);
  }

  /** Opens all gates; whoever reads finds the next one, if there is one. */
  private void resume(@Nullable Gate next) {
    Gate write = writeGate;
    Gate read = readGate;
    writeGate = null;
    readGate = next;
    if (write != null) {
      write.open();
    }
    if (read != null) {
      read.open();
    }
  }

  @Override
  public synchronized ApplicationState state() {
    return seen().snapshot();
  }

  @Override
  public synchronized int placed() {
    return seen().placed();
  }

  @Override
  public synchronized void placed(int nodes) {
    seen().placed(nodes);
  }

  @Override
  public synchronized long bytesRead() {
    return bytesRead;
  }

  @Override
  public TcpConnection tcp() throws IOException {
    if (closed || gone) {
      throw new IOException("the connection is closed");
    }
    return TcpConnection.of(number);
  }

  @Override
  public synchronized long expectedSentPosition() {
    return preload + written;
  }

  @Override
  public synchronized void recovered(long bytes) {
    preload = bytes;
    written = 0;
  }

  @Override
  public void leave() {
    gone = true;
    table.remove(this);
    resume();
  }

  @Override
  public boolean closed() {
    return closed;
  }

  @Override
  public void continueAs(String connectionId, HttpTracker continued, long bytes) {
    Gate arrival = null;
    synchronized (this) {
      id = connectionId;
      tracker = continued;
      preload = bytes;
      written = 0;
      if (entrance != null && continued.placed() > 0) {
        arrival = new Arrival(this, entrance);
      } else {
        continued.placed(0);
      }
      entrance = null;
    }
    resume(arrival);
  }
}
