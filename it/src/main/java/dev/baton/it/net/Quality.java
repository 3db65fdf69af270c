package dev.baton.it.net;

import java.time.Duration;

/**
 * What one direction of a link does to packets.
 *
 * @param delay from the moment the last bit was sent until it arrives
 * @param bitsPerSecond how fast packets are sent, IP header included; 0 for no limit
 * @param queueBytes how much may wait to be sent; a packet that finds more waiting is dropped.
 *     Without meaning if there is no limit to the rate
 * @param loss probability that a packet is lost after it was sent
 * @param duplication probability that a packet arrives twice
 * @param disorder probability that a packet is held back, so that those sent soon after it overtake
 *     it
 * @param heldBack how much later than due a packet that is held back arrives
 * @param mtu the largest packet, in bytes; to a larger one the router answers Packet Too Big; it
 *     makes no fragments
 */
public record Quality(
    Duration delay,
    long bitsPerSecond,
    long queueBytes,
    double loss,
    double duplication,
    double disorder,
    Duration heldBack,
    int mtu) {

  /** The largest packets there are here, in bytes. */
  public static final int ETHERNET_MTU = 1500;

  /** What a queue holds if nothing else is said: so much of the rate, in seconds. */
  private static final double QUEUE_SECONDS = 0.1;

  private static final long SMALLEST_QUEUE = 64 << 10;

  /** Refuses what no link can do. */
  public Quality {
    if (delay.isNegative() || heldBack.isNegative() || bitsPerSecond < 0 || queueBytes < 0) {
      throw new IllegalArgumentException("negative time or size");
    }
    for (double probability : new double[] {loss, duplication, disorder}) {
      if (!(probability >= 0 && probability <= 1)) {
        throw new IllegalArgumentException("not a probability: " + probability);
      }
    }
    if (mtu < 68 || mtu > ETHERNET_MTU) {
      throw new IllegalArgumentException("not an MTU of 68 to " + ETHERNET_MTU + ": " + mtu);
    }
  }

  /** Takes no time, has no limit, loses nothing. */
  public static Quality perfect() {
    return new Quality(Duration.ZERO, 0, 0, 0, 0, 0, Duration.ZERO, ETHERNET_MTU);
  }

  /** Perfect but for a delay. */
  public static Quality delay(Duration delay) {
    return perfect().delayedBy(delay);
  }

  /** Takes that long. */
  public Quality delayedBy(Duration theDelay) {
    return new Quality(
        theDelay, bitsPerSecond, queueBytes, loss, duplication, disorder, heldBack, mtu);
  }

  /** Sends at a rate in bit/s, with a queue that holds 100 ms of it and at least 64 KiB. */
  public Quality limitedTo(long rate) {
    return limitedTo(rate, Math.max(SMALLEST_QUEUE, (long) (QUEUE_SECONDS * rate / 8)));
  }

  /** Sends at a rate in bit/s, with a queue of so many bytes. */
  public Quality limitedTo(long rate, long queue) {
    return new Quality(delay, rate, queue, loss, duplication, disorder, heldBack, mtu);
  }

  /** Loses packets with that probability. */
  public Quality losing(double probability) {
    return new Quality(
        delay, bitsPerSecond, queueBytes, probability, duplication, disorder, heldBack, mtu);
  }

  /** Delivers packets twice with that probability. */
  public Quality duplicating(double probability) {
    return new Quality(
        delay, bitsPerSecond, queueBytes, loss, probability, disorder, heldBack, mtu);
  }

  /** Holds packets back with that probability, for so long. */
  public Quality holdingBack(double probability, Duration howLong) {
    return new Quality(
        delay, bitsPerSecond, queueBytes, loss, duplication, probability, howLong, mtu);
  }

  /** Takes packets of at most so many bytes. */
  public Quality upTo(int largestPacket) {
    return new Quality(
        delay, bitsPerSecond, queueBytes, loss, duplication, disorder, heldBack, largestPacket);
  }
}
