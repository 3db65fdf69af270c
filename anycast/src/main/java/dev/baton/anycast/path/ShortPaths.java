package dev.baton.anycast.path;

import java.util.concurrent.TimeUnit;

/**
 * Addresses to which less passes than IPv6 guarantees, once the headers are put on. Then it is of
 * no use to tell the kernel, which makes no packets shorter than {@value TooBig#LEAST_MTU} bytes:
 * what leaves must be divided here. Few paths are like that, and they are forgotten after a while.
 * For one thread.
 */
final class ShortPaths {

  private static final int MOST = 64;

  /** RFC 8201 §4: after that it may be tried whether the path has become better. */
  private static final long LIFETIME_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final long[] high = new long[MOST];
  private final long[] low = new long[MOST];
  private final long[] learnt = new long[MOST];
  private final int[] mtu = new int[MOST];
  private int count;
  private int next;

  /**
   * Remembers one; the oldest makes room.
   *
   * @param message a "packet too big" about a packet that left here, from its type on
   */
  void learn(Packet message, long now) {
    long itsHigh = message.getLong(TooBig.MESSAGE + Packet.DESTINATION);
    long itsLow = message.getLong(TooBig.MESSAGE + Packet.DESTINATION + Long.BYTES);
    int place = find(itsHigh, itsLow);
    if (place < 0) {
      place = next;
      next = (next + 1) % MOST;
      count = Math.max(count, place + 1);
    }
    high[place] = itsHigh;
    low[place] = itsLow;
    learnt[place] = now;
    mtu[place] = Math.max(TooBig.LEAST_MTU, message.getInt(TooBig.MTU));
  }

  /** How long a packet may be, in bytes, to get where it is sent. */
  int limit(Packet packet, int otherwise, long now) {
    if (count == 0) {
      return otherwise;
    }
    int place =
        find(packet.getLong(Packet.DESTINATION), packet.getLong(Packet.DESTINATION + Long.BYTES));
    boolean known = place >= 0 && now - learnt[place] < LIFETIME_NANOS;
    return known ? Math.min(mtu[place], otherwise) : otherwise;
  }

  private int find(long itsHigh, long itsLow) {
    for (int i = 0; i < count; i++) {
      if (low[i] == itsLow && high[i] == itsHigh) {
        return i;
      }
    }
    return -1;
  }
}
