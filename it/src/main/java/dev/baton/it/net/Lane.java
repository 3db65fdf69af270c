package dev.baton.it.net;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;

/**
 * One direction of a {@link Link}. Its quality may be changed, and it may be cut, by any thread and
 * at any moment; packets that have been sent already arrive as was decided when they were.
 */
public final class Lane {

  /** Instead of the moment of arrival, for a packet that will never arrive. */
  static final long NEVER = Long.MAX_VALUE;

  private static final double NANOS_PER_SECOND = 1e9;
  private static final int BITS = 8;

  private final String name;

  // The router's own.
  private final SplittableRandom random;
  private long busyUntil;

  private volatile Quality quality = Quality.perfect();
  private volatile boolean cut;

  private final LongAdder sent = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final LongAdder overflowed = new LongAdder();
  private final LongAdder severed = new LongAdder();
  private final LongAdder duplicated = new LongAdder();
  private final LongAdder heldBack = new LongAdder();

  /**
   * A perfect one.
   *
   * @param name of the lane; with the seed it decides the fate of each packet in turn, whatever
   *     happens on other lanes
   */
  Lane(String name, long seed) {
    this.name = name;
    this.random = new SplittableRandom(seed ^ ((long) name.hashCode() << 32));
  }

  /** What it does to packets now. */
  public Quality quality() {
    return quality;
  }

  /** From now on it does this to packets. Those in the queue leave it at the rate they met. */
  public Lane become(Quality newQuality) {
    quality = newQuality;
    return this;
  }

  /** From now on nothing goes in and nothing comes out; what comes out too late is lost. */
  public void cut() {
    cut = true;
  }

  /** Undoes {@link #cut}. */
  public void restore() {
    cut = false;
  }

  /** Whether it is cut. */
  public boolean isCut() {
    return cut;
  }

  /** What it has done so far. */
  public Traffic traffic() {
    return new Traffic(
        sent.sum(),
        sentBytes.sum(),
        lost.sum(),
        overflowed.sum(),
        severed.sum(),
        duplicated.sum(),
        heldBack.sum());
  }

  /**
   * Takes in a packet.
   *
   * @param at when, in nanoseconds; not before that of the packet before
   * @param length in bytes
   * @return when it comes out, or {@link #NEVER}
   */
  long pass(long at, int length) {
    Quality now = quality;
    sent.increment();
    sentBytes.add(length);
    if (cut) {
      severed.increment();
      return NEVER;
    }
    long due = at;
    if (now.bitsPerSecond() > 0) {
      double nanosPerByte = BITS * NANOS_PER_SECOND / now.bitsPerSecond();
      long start = Math.max(at, busyUntil);
      if (start - at > now.queueBytes() * nanosPerByte) {
        overflowed.increment();
        return NEVER;
      }
      due = start + Math.round(length * nanosPerByte);
      busyUntil = due;
    }
    if (happens(now.loss())) {
      lost.increment();
      return NEVER;
    }
    due += now.delay().toNanos();
    if (happens(now.disorder())) {
      heldBack.increment();
      due += now.heldBack().toNanos();
    }
    return due;
  }

  /** Whether the packet that was just taken in comes out a second time. */
  boolean duplicates() {
    boolean twice = happens(quality.duplication());
    if (twice) {
      duplicated.increment();
    }
    return twice;
  }

  /** Whether a packet whose time has come does come out. */
  boolean yields() {
    if (cut) {
      severed.increment();
    }
    return !cut;
  }

  private boolean happens(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  @Override
  public String toString() {
    return name;
  }
}
