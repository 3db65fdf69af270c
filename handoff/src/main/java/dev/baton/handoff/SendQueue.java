package dev.baton.handoff;

import dev.baton.http.ApplicationState;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The donor's send queue during one handoff: what the server has written and the client does not
 * have yet. It may hold megabytes, which should neither be waited for nor carried.
 *
 * <p>Where another server can be asked for the rest of a response from any byte, the cut is made a
 * little ahead of where the client is, and what the queue holds beyond it is dropped: the
 * acceptor's server gives it again ("regenerate"). Elsewhere the cut is behind the server's last
 * byte, and the client empties the queue while the server is held, if it is quick ("drain"); what
 * is left then travels ("transfer"). Not thread-safe.
 */
final class SendQueue {
  /** What may be left unsent when the socket is frozen, besides what the client takes meanwhile. */
  private static final int LOW_WATER = 16 << 10;

  /** From the decision to freeze to the freeze, on a busy machine. */
  private static final long FREEZE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** How long the acceptor takes for the cut; the client lives on the queue for that time. */
  private static final long CUT_NANOS = TimeUnit.MILLISECONDS.toNanos(60);

  private static final int LEAST_AHEAD = 128 << 10;
  private static final int MOST_AHEAD = 2 << 20;

  /** How long the client may take to empty the queue. */
  private static final long LOW_WATER_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  /** How long the client is watched before its pace is believed. */
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final TcpConnection tcp;
  private final boolean whole;
  private final long begun = System.nanoTime();
  private final long sentAtFirst;

  /** Bytes at the queue's end that lie beyond the cut. */
  private int spare;

  /**
   * @param tcp the connection; stays the caller's
   * @param whole whether nothing may be dropped
   */
  SendQueue(TcpConnection tcp, boolean whole) throws IOException {
    this.tcp = tcp;
    this.whole = whole;
    this.sentAtFirst = sent();
  }

  /** Position of the kernel's last sent byte; what is in flight counts as sent. */
  private long sent() throws IOException {
    return tcp.sentPosition() - tcp.unsent();
  }

  private double bytesPerNano() throws IOException {
    return Math.max(0, sent() - sentAtFirst) / (double) (System.nanoTime() - begun);
  }

  /** Where the client is, if the rest can be had from there; else where the server is. */
  ApplicationState sent(ApplicationState written) throws IOException {
    ApplicationState sent = whole ? null : written.rewound(tcp.unsent());
    return sent == null ? written : sent;
  }

  /** Watches the client until its pace can be believed, if there is a queue worth it. */
  void watch() throws IOException {
    long left = PACE_NANOS - (System.nanoTime() - begun);
    if (left > 0 && tcp.unsent() > LEAST_AHEAD) {
      LockSupport.parkNanos(left);
    }
  }

  /** Decides where the cut is; the server is held. */
  ApplicationState cut(ApplicationState written) throws IOException {
    double pace = bytesPerNano();
    int unsent = tcp.unsent();
    double ahead = Math.max(LEAST_AHEAD, Math.min(MOST_AHEAD, pace * CUT_NANOS));
    spare = Math.max(0, unsent - (int) ahead);
    boolean empties = unsent < pace * LOW_WATER_NANOS;
    ApplicationState cut = whole || empties ? null : written.rewound(spare);
    if (cut == null) {
      spare = 0;
      return written;
    }
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
   * Lets the client take the queue up to the cut, so that little has to be frozen and carried. Ends
   * when that is nearly so, or when at the client's pace it would take too long.
   */
  void awaitLowWater() throws IOException {
    int low = LOW_WATER + (int) Math.min(MOST_AHEAD, bytesPerNano() * FREEZE_NANOS);
    int left = tcp.unsent() - spare;
    if (left <= low) {
      return;
    }
    tcp.limitSendBuffer(LOW_WATER / 2); // or the server's selector would find it writable
    int atFirst = left;
    long from = System.nanoTime();
    while (left > low) {
      LockSupport.parkNanos(LOOK_NANOS);
      left = tcp.unsent() - spare;
      long waited = System.nanoTime() - from;
      long needed = // for the whole, at the pace so far
          (long) (waited * ((double) (atFirst - low) / Math.max(1, atFirst - left)));
      if (waited > PACE_NANOS && needed > LOW_WATER_NANOS) {
        return;
      }
    }
  }

  /** The image as it travels: without what lies beyond the cut. */
  TcpImage part(TcpImage image) {
    if (spare == 0) {
      return image;
    }
    int travels = Math.max(0, image.unsent().length - spare);
    return image.withQueues(image.unacknowledged(), Arrays.copyOf(image.unsent(), travels));
  }

  /** How many bytes beyond the cut the client was sent after all. */
  int overlap(TcpImage image) {
    return Math.max(0, spare - image.unsent().length);
  }
}
