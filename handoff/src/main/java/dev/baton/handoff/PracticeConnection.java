package dev.baton.handoff;

import dev.baton.http.ApplicationState;
import dev.baton.http.HttpTracker;
import dev.baton.http.Unmovable;
import dev.baton.linux.TcpConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a {@link PracticeHost}. Its server's thread never blocks in the kernel and takes
 * this object's monitor for each call, so that to close the gates is no more than a flag.
 */
final class PracticeConnection implements ServedConnection {
  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  private final TcpConnection socket;
  private final InetSocketAddress client;
  private final ByteBuffer request = ByteBuffer.allocateDirect(1 << 10);
  private @Nullable ByteBuffer response;
  private String id;

  /** Null while this is a rehearsal. */
  private @Nullable HttpTracker tracker;

  private boolean toMove;
  private boolean claimed;
  private boolean held;
  private boolean ended;
  private long bytesRead;
  private long written;
  private long preload;

  /**
   * @param socket owned by this object from now on
   * @param tracker null for a rehearsal
   */
  PracticeConnection(
      TcpConnection socket, InetSocketAddress client, String id, @Nullable HttpTracker tracker) {
    this.socket = socket;
    this.client = client;
    this.id = id;
    this.tracker = tracker;
    this.toMove = tracker != null;
  }

  // ---- the server

  /** Serves until the connection is gone; for a thread of its own. */
  void serve() {
    try (socket) {
      while (step()) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
    } catch (IOException e) {
      end(); // the client, which expects every byte, will say it
    }
  }

  /** Does what can be done now; false when there is nothing more to do. */
  private synchronized boolean step() throws IOException {
    if (ended || held) {
      return !ended;
    }
    if (response == null) {
      response = read();
    }
    if (response != null && response.hasRemaining()) {
      write(response);
    } else if (response != null) {
      ended = socket.read(request.clear()) == 0;
    }
    return true;
  }

  private @Nullable ByteBuffer read() throws IOException {
    int from = request.position();
    if (socket.read(request) == 0) {
      ended = true; // whoever knocked has changed its mind
      return null;
    }
    bytesRead = request.position();
    ByteBuffer news = request.duplicate().flip().position(from);
    if (tracker != null) {
      tracker.request(news.duplicate());
    }
    String text = StandardCharsets.US_ASCII.decode(request.duplicate().flip()).toString();
    if (!text.endsWith("\r\n\r\n")) {
      return null;
    }
    byte[] answer = PracticeResponse.to(text);
    return ByteBuffer.allocateDirect(answer.length).put(answer).flip();
  }

  /** Writes what the kernel takes; only what is not to move gets its end. */
  private void write(ByteBuffer answer) throws IOException {
    ByteBuffer now = answer.duplicate();
    if (toMove) {
      now.limit(PracticeResponse.FIRST_PART);
    }
    int count = now.hasRemaining() ? socket.write(now) : 0;
    if (tracker != null) {
      tracker.response(answer.duplicate().limit(answer.position() + count));
    }
    answer.position(answer.position() + count);
    written += count;
  }

  /** Ends the connection; its thread closes the socket. */
  synchronized void end() {
    ended = true;
  }

  // ---- the handoff

  /** Whether a client's connection waits to be moved. */
  synchronized boolean isToMove() {
    return toMove && !ended;
  }

  @Override
  public synchronized String id() {
    return id;
  }

  @Override
  public InetSocketAddress client() {
    return client;
  }

  @Override
  public InetSocketAddress server() {
    return socket.local();
  }

  @Override
  public synchronized ConnectionInfo info() {
    HttpTracker seen = seen();
    String reason = unmovable();
    return new ConnectionInfo(
        "",
        id,
        client.toString(),
        seen.phase().word(),
        seen.method(),
        seen.target(),
        seen.bodyOffset(),
        reason == null,
        reason);
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
  public synchronized boolean claim() {
    boolean free = !claimed && !ended;
    claimed |= free;
    return free;
  }

  @Override
  public synchronized void unclaim() {
    claimed = false;
  }

  @Override
  public synchronized void holdWrites(long timeoutMillis) {
    held = true;
  }

  @Override
  public synchronized boolean holdAll(long timeoutMillis) {
    held = !ended;
    return held;
  }

  @Override
  public synchronized void resume() {
    held = false;
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
  public synchronized TcpConnection tcp() throws IOException {
    if (ended) {
      throw new IOException("the connection is closed");
    }
    return socket.another();
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
    end();
  }

  @Override
  public synchronized boolean closed() {
    return ended;
  }

  @Override
  public synchronized void continueAs(String connectionId, HttpTracker continued, long bytes) {
    id = connectionId;
    tracker = continued;
    preload = bytes;
    written = 0;
    held = false;
  }
}
