package dev.baton.linux;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The listeners that share one port, seen from one of them. The kernel numbers them from 0, and a
 * BPF program of the group turns a packet into a number. A listener cannot read its own number, and
 * it changes when another one closes; so it is found out by experiment.
 *
 * <p>The experiment is a SYN marked for a number with the tag that no node has. The listener with
 * that number drops it and counts the drop: if it is our counter that moves, it is our number. No
 * server sees anything. A number beyond the group would go to any listener, so numbers are tried
 * from 0 upwards, and a hit is repeated until chance is out of the question.
 */
final class ReuseportGroup {

  private static final int REPETITIONS = 16;

  /**
   * Over loopback a SYN arrives within the call that sends it; this is for a kernel that is busy.
   */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final long LAST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int UNKNOWN = -1;
  private static final int NEVER = 0;

  /** A number beyond every group: the kernel chooses by hash, as it does without a program. */
  private static final int NOBODY = -1;

  private final Listener listener;
  private volatile int lastKnown;

  /** How many listeners there were when connections were directed to this one. */
  private int directedAmong = NEVER;

  ReuseportGroup(Listener listener) {
    this.listener = listener;
  }

  /** The number at which this listener was last found; a guess, since it may have changed. */
  int lastKnown() {
    return lastKnown;
  }

  void found(int index) {
    lastKnown = index;
  }

  /**
   * An upper limit of the number of listeners in the group: all that listen on the port, on any
   * address.
   */
  int limit() throws LinuxException {
    return Math.max(1, Math.min(ListenerCount.of(listener.local().getPort()), Mark.INDEX_MASK + 1));
  }

  /**
   * Lets the kernel look at marks, if this is the port's first listener: until somebody asks for
   * the new connections there is no program, and a knock would go to any listener.
   */
  synchronized void begin() throws LinuxException {
    if (limit() == 1) {
      attach(listener.checked(), NOBODY);
    }
  }

  /**
   * As {@link #begin}, if no program that looks at marks is found. One that is there may be
   * another's, and stays.
   */
  synchronized void obeyMarks() throws LinuxException {
    if (find(limit(), LAST_PATIENCE_NANOS) == UNKNOWN) {
      attach(listener.checked(), NOBODY);
    }
  }

  /** Makes this listener the one that gets all connections but knocks for others. */
  synchronized void directTo() throws LinuxException {
    int fd = listener.checked();
    int limit = limit();
    int index = limit == 1 ? 0 : find(limit, PATIENCE_NANOS);
    if (index == UNKNOWN) {
      // No program that looks at marks yet, or a very slow kernel.
      attach(fd, NOBODY);
      index = find(limit, LAST_PATIENCE_NANOS);
    }
    if (index == UNKNOWN) {
      throw new LinuxException(
          listener + " was not found in its group of at most " + limit, Errno.ETIMEDOUT);
    }
    attach(fd, index);
    lastKnown = index;
    directedAmong = limit;
  }

  /**
   * Directs again if there are more or fewer listeners than when it was done, else does nothing.
   */
  synchronized void directAgain() throws LinuxException {
    if (directedAmong != NEVER && directedAmong != limit()) {
      directTo();
    }
  }

  private static void attach(int fd, int target) throws LinuxException {
    new BpfProgram()
        .loadWord(BpfProgram.MARK)
        .shiftRight(Mark.PREFIX_SHIFT)
        .jumpIfEqual(Mark.PREFIX, 0, 3)
        .loadWord(BpfProgram.MARK)
        .and(Mark.INDEX_MASK)
        .giveAccumulator()
        .give(target)
        .attach(fd, Option.SO_ATTACH_REUSEPORT_CBPF);
  }

  private int find(int limit, long patienceNanos) throws LinuxException {
    for (int index = 0; index < limit; index++) {
      int hits = 0;
      while (hits < REPETITIONS && probe(index, patienceNanos)) {
        hits++;
      }
      if (hits == REPETITIONS) {
        return index;
      }
    }
    return UNKNOWN;
  }

  /** Sends one probe; returns whether it was this listener that dropped it. */
  private boolean probe(int index, long patienceNanos) throws LinuxException {
    InetSocketAddress address = reachable();
    int family = SocketAddresses.isIpv4(address) ? SystemCalls.AF_INET : SystemCalls.AF_INET6;
    int before = listener.drops();
    int fd = RawSocket.open(family, SystemCalls.SOCK_NONBLOCK);
    try {
      RawSocket.set(fd, Option.SO_MARK, Mark.of(Mark.PROBE_TAG, index));
      RawSocket.connect(fd, family, address);
      long deadline = System.nanoTime() + patienceNanos;
      do {
        if (listener.drops() != before) {
          return true;
        }
        Thread.onSpinWait();
      } while (System.nanoTime() - deadline < 0);
      return false;
    } finally {
      RawSocket.close(fd);
    }
  }

  /** An address at which this listener answers. */
  private InetSocketAddress reachable() throws LinuxException {
    InetSocketAddress bound = listener.local();
    if (!bound.getAddress().isAnyLocalAddress()) {
      return bound;
    }
    boolean six =
        listener.family() == SystemCalls.AF_INET6
            && RawSocket.isSet(listener.checked(), Option.IPV6_V6ONLY);
    byte[] loopback = six ? new byte[16] : new byte[] {127, 0, 0, 1};
    if (six) {
      loopback[15] = 1;
    }
    InetAddress address = SocketAddresses.of(loopback, 0);
    return new InetSocketAddress(address, bound.getPort());
  }
}
