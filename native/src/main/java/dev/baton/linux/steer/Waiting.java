package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;

/**
 * Waits until something happens to one of some descriptors, or until another thread wakes the one
 * that waits.
 *
 * <p>{@link #wake} may be called by any thread; all else by one at a time. Allocates nothing while
 * it waits.
 */
final class Waiting implements AutoCloseable {

  /** {@code struct pollfd} */
  private static final int POLLFD = 8;

  private static final int EVENTS_AT = 4;
  private static final int READY_AT = 6;
  private static final int POLLIN = 1;

  private final int alarm;
  private final int count;

  /** The descriptors, the alarm behind them, and room for what is read of it. */
  private final Memory polled;

  private Waiting(int[] descriptors, int alarm) {
    this.alarm = alarm;
    this.count = descriptors.length + 1;
    this.polled = new Memory((long) count * POLLFD + Long.BYTES);
    for (int i = 0; i < count; i++) {
      polled.setInt((long) i * POLLFD, i < descriptors.length ? descriptors[i] : alarm);
      polled.setInt((long) i * POLLFD + EVENTS_AT, POLLIN); // and no events yet
    }
  }

  /**
   * @param descriptors stay the caller's, and open as long as this is used
   * @throws LinuxException if the process has no descriptor left
   */
  static Waiting on(int... descriptors) throws LinuxException {
    int alarm = Calls.eventfd(0, Calls.O_CLOEXEC | Calls.O_NONBLOCK);
    if (alarm < 0) {
      throw Calls.failure("eventfd");
    }
    return new Waiting(descriptors, alarm);
  }

  /**
   * Waits.
   *
   * @param timeoutMillis may be 0
   * @return whether something has happened, if only that somebody wakes this thread
   */
  boolean await(int timeoutMillis) {
    long at = Pointer.nativeValue(polled);
    if (Calls.poll(at, count, timeoutMillis) <= 0) {
      return false;
    }
    Calls.read(alarm, at + (long) count * POLLFD, Long.BYTES);
    return true;
  }

  /** Whether it was to this descriptor, counted from 0, that something happened. */
  boolean isReady(int index) {
    return polled.getShort((long) index * POLLFD + READY_AT) != 0;
  }

  /** Ends an {@link #await} of another thread, or the next one. */
  void wake() {
    try (Memory one = new Memory(Long.BYTES)) {
      one.setLong(0, 1);
      Calls.write(alarm, Pointer.nativeValue(one), Long.BYTES);
    }
  }

  /** Must not be called while somebody waits or wakes. */
  @Override
  public void close() {
    Calls.close(alarm);
  }
}
