package dev.baton.agent.observe;

import dev.baton.http.Opening;
import dev.baton.http.RequestHead;
import dev.baton.linux.LinuxException;
import dev.baton.linux.TcpConnection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The gate at which a server waits before its first read of a new connection, until it is clear
 * where that is served. Whoever comes to read looks himself whether the request's header section
 * has arrived, and leaves it in the kernel; then the connection is handed off, or the gate opens.
 *
 * <p>A reader who finds nothing is sent away with "nothing now": the JDK waits in {@code poll} or
 * the server in its selector, as they would without Baton. It opens at the latest after a fiftieth
 * of a second for a header section that comes slowly, after two seconds for a handoff.
 */
final class Arrival extends Gate {
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long HANDOFF_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Connection connection;
  private final Entrance entrance;
  private final AtomicBoolean looking = new AtomicBoolean();

  /** When it opens whatever happens, on the scale of nanoTime; 0 as long as nothing has come. */
  private volatile long deadline;

  private volatile boolean leaving;

  Arrival(Connection connection, Entrance entrance) {
    super(false);
    this.connection = connection;
    this.entrance = entrance;
  }

  @Override
  boolean pass() {
    if (leaving || !looking.compareAndSet(false, true)) {
      return pause(leaving && isBlocking());
    }
    try {
      return look();
    } catch (LinuxException e) { // the server's own read will say what it is
      open();
      return true;
    } finally {
      looking.set(false);
    }
  }

  private boolean look() throws LinuxException {
    Opening opening = entrance.peek(connection.number());
    if (opening == null) {
      return false;
    }
    if (opening instanceof Opening.Incomplete) {
      begin(SLOW_NANOS);
      return pause(false);
    }
    if (opening instanceof RequestHead request && place(request)) {
      return pause(isBlocking());
    }
    open();
    return true;
  }

  private boolean place(RequestHead request) {
    deadline = 0;
    begin(HANDOFF_NANOS);
    leaving = true;
    boolean leaves = false;
    try {
      leaves = entrance.place(connection, request, this::open);
    } finally {
      leaving = leaves; // unless it is settled already, and this gate open
    }
    return leaves;
  }

  private void begin(long nanos) {
    if (deadline == 0) {
      deadline = Math.max(1, System.nanoTime() + nanos);
    }
  }

  private boolean isOver() {
    return deadline != 0 && System.nanoTime() - deadline > 0;
  }

  private boolean isBlocking() {
    try {
      return TcpConnection.isBlocking(connection.number());
    } catch (LinuxException e) {
      return false; // closed: the next look says so
    }
  }

  /**
   * Waits for the end of the handoff, or of the header section.
   *
   * @param patiently as long as it takes, or a moment
   */
  private boolean pause(boolean patiently) {
    if (patiently) {
      await();
      return true;
    }
    if (isOver()) {
      open();
    }
    return super.pass();
  }

  /** A server that closes a connection it has not read need not wait for its client. */
  @Override
  void await() {
    boolean interrupted = false;
    while (leaving && !isOver()) {
      if (await(Math.max(1, deadline - System.nanoTime()))) {
        break;
      }
      interrupted |= Thread.interrupted();
    }
    open();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  void open() {
    connection.hasArrived(this);
    super.open();
  }
}
