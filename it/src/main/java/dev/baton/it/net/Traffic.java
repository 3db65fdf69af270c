package dev.baton.it.net;

/**
 * What became so far of the packets sent into one direction of a link. Those still under way are in
 * {@code sent} only.
 *
 * @param sent packets
 * @param sentBytes of these, IP header included
 * @param lost because the link's quality said so
 * @param overflowed dropped because the queue was full
 * @param severed because the link was cut
 * @param duplicated how many arrived twice
 * @param heldBack how many were delayed more than the others
 */
public record Traffic(
    long sent,
    long sentBytes,
    long lost,
    long overflowed,
    long severed,
    long duplicated,
    long heldBack) {}
