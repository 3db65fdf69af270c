package dev.baton.handoff;

import dev.baton.http.ApplicationState;
import dev.baton.linux.QueueRoom;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The donor's send queue during one handoff: what the server has written and the client does not
 * have yet. It may hold megabytes, which should neither be waited for nor carried. There are three
 * ways to treat it, chosen at the moment the server is held:
 *
 * <ul>
 *   <li><i>drain</i>: the client empties the queue while the server is held. For a quick client,
 *       whose pause is the shortest if nothing has to be carried.
 *   <li><i>regenerate</i>: where another server can be asked for the rest of a response from any
 *       byte, the cut is made a little ahead of the client, and what the queue holds behind it is
 *       dropped; the acceptor's server gives it again.
 *   <li><i>transfer</i>: the queue travels. For what is short, or cannot be had again.
 * </ul>
 *
 * <p>Between hosts every byte costs time on a line that may be slow, and the client is far away, so
 * that much is in flight. There a response that can be had from any byte is regenerated from the
 * last one that the client has acknowledged: nothing of the queue travels, whatever it holds.
 *
 * <p>Not thread-safe.
 */
final class SendQueue {
  /** What may be left unsent when the socket is frozen; the acceptor sends it. */
  private static final int LOW_WATER = 16 << 10;

  /** A queue of a slow client that is no longer than this travels. */
  private static final int SHORT = 64 << 10;

  private static final int MOST_AHEAD = 2 << 20;

  /** A queue that is no longer than this is not worth a new request at the acceptor's server. */
  private static final int LITTLE = 512;

  /** An acceptor has about as much of the response in hand when its server is held, or more. */
  private static final int IN_HAND = 64 << 10;

  /** What an acceptor reads in a few milliseconds. */
  private static final int NEAR = 256 << 10;

  /**
   * From the cut to the freeze on a busy machine. The client lives on the queue for that time; one
   * that is quicker than it looked overruns the cut.
   */
  private static final long CUT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** How long a client may take to empty the queue. */
  private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  /** How long the client is watched before its pace is believed. */
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final TcpConnection tcp;
  private final boolean far;
  private final boolean bold;
  private boolean whole;
  private boolean quick = true;
  private final long begun = System.nanoTime();
  private final long sentAtFirst;

  /** Where the acceptor was last asked to come, in bytes of the whole connection. */
  private long position;

  /** Bytes at the queue's end that lie behind the cut, and are dropped. */
  private int spare;

  private int overlap;

  /**
   * @param tcp the connection; stays the caller's
   * @param far whether the acceptor is on another host
   * @param bold whether something may be dropped, and the acceptor need not always be asked first
   */
  SendQueue(TcpConnection tcp, boolean far, boolean bold) throws IOException {
    this.tcp = tcp;
    this.far = far;
    this.bold = bold;
    this.whole = !bold;
    this.sentAtFirst = sent();
  }

  /** Position of the kernel's last sent byte; what is in flight counts as sent. */
  private long sent() throws IOException {
    return tcp.sentPosition() - tcp.unsent();
  }

  /** What the acceptor's server might give again, if the client does not get it from here. */
  private int open() throws IOException {
    return far ? tcp.queued() : tcp.unsent();
  }

  private double bytesPerNano() throws IOException {
    return Math.max(0, sent() - sentAtFirst) / (double) (System.nanoTime() - begun);
  }

  /**
   * Where the client is, if the rest can be had from there; else where the server is, and then for
   * good: a rehearsal does not go back.
   */
  ApplicationState near(ApplicationState written) throws IOException {
    // The server may have written since, and the queue may be longer than this state knows.
    position = Math.max(position, written.bytesWritten() - open());
    ApplicationState sent = whole ? null : written.rewound(written.bytesWritten() - position);
    whole = sent == null;
    return sent == null ? written : sent;
  }

  /**
   * Whether the acceptor, that was brought {@link #near} a while ago, needs not be brought nearer
   * before the server is held: what can be had from any byte, it gets as fast as it reads.
   */
  boolean stillNear(ApplicationState written) throws IOException {
    return !whole && written.bytesWritten() - open() - position < NEAR;
  }

  /** Watches the client until its pace can be believed, if there is a queue worth it. */
  void watch() throws IOException {
    long left = PACE_NANOS - (System.nanoTime() - begun);
    if (left > 0 && tcp.unsent() > SHORT) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * Whether the client empties the queue so soon that it should. Once it is not, it never is again.
   */
  boolean quick() throws IOException {
    int unsent = tcp.unsent();
    quick = quick && (unsent <= LOW_WATER || unsent < bytesPerNano() * DRAIN_NANOS);
    return quick;
  }

  /**
   * Whether the client would get nothing while the acceptor, on another host, is asked to come to
   * the cut: the queue lasts no longer than that.
   */
  boolean lastsTooShort() throws IOException {
    return far && bold && tcp.unsent() <= bytesPerNano() * CUT_NANOS;
  }

  /** How many bytes may have to travel. */
  int freight() throws IOException {
    int queued = tcp.queued();
    return whole || quick() ? queued : Math.min(queued, ahead());
  }

  private int ahead() throws IOException {
    return (int) Math.max(SHORT, Math.min(MOST_AHEAD, bytesPerNano() * CUT_NANOS));
  }

  /** Decides where the cut is; the server is held. */
  ApplicationState cut(ApplicationState written) throws IOException {
    if (far && !whole && canBeHadAgain()) {
      return cutAt(written.bytesWritten() - open(), written);
    }
    int unsent = tcp.unsent();
    int ahead = ahead();
    if (whole || quick() || unsent <= ahead) {
      return written;
    }
    return cutAt(written.bytesWritten() - (unsent - ahead), written);
  }

  /**
   * Whether the acceptor will have in hand what the client has been sent behind the cut at the
   * freeze: what is in flight now, and what the client gets until then.
   */
  private boolean canBeHadAgain() throws IOException {
    int queued = tcp.queued();
    return queued > LITTLE && queued - tcp.unsent() + bytesPerNano() * CUT_NANOS <= IN_HAND;
  }

  private ApplicationState cutAt(long wanted, ApplicationState written) {
    position = Math.max(position, wanted);
    int behind = (int) (written.bytesWritten() - position);
    ApplicationState cut = written.rewound(behind);
    if (cut == null) {
      return written;
    }
    spare = behind;
    return cut;
  }

  /** A later state, at the same cut. */
  ApplicationState again(ApplicationState written) {
    ApplicationState cut = spare == 0 ? written : written.rewound(spare);
    if (cut == null) {
      throw new IllegalStateException("the response has changed while the server was held");
    }
    return cut;
  }

  /**
   * Lets a quick client empty the queue. Ends when that is nearly so, or when it turns out slower
   * than it looked.
   */
  void awaitLowWater() throws IOException {
    int left = tcp.unsent();
    if (!quick || spare > 0 || left <= LOW_WATER) {
      return;
    }
    tcp.limitSendBuffer(LOW_WATER / 2); // or the server's selector would find it writable
    int atFirst = left;
    long from = System.nanoTime();
    while (left > LOW_WATER) {
      LockSupport.parkNanos(LOOK_NANOS);
      left = tcp.unsent();
      long waited = System.nanoTime() - from;
      long needed = // for the whole, at the pace so far
          (long) (waited * ((double) (atFirst - LOW_WATER) / Math.max(1, atFirst - left)));
      if (waited > PACE_NANOS && needed > DRAIN_NANOS) {
        return;
      }
    }
  }

  /**
   * The image as it travels: without what lies behind the cut.
   *
   * @param room keeps what lies behind the cut
   */
  TcpImage extract(QueueRoom room) throws IOException {
    TcpImage image = tcp.extract(room, spare);
    overlap = spare - room.restLength();
    return image;
  }

  /**
   * The image as it goes to another host: also without what has been sent, if the acceptor can put
   * that back. The donor has its socket still.
   */
  TcpImage lightened(TcpImage image) {
    return far && overlap >= image.unacknowledgedLength()
        ? image.withQueues(new byte[0], image.unsent())
        : image;
  }

  /** How many bytes behind the cut the client has been sent after all. */
  int overlap() {
    return overlap;
  }
}
