package dev.baton.agent.cli.demo;

import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a demo is to do.
 *
 * @param app the server to be shown
 * @param agent the agent jar
 * @param javaA the Java launcher of the first server
 * @param javaB the Java launcher of the second
 * @param group the group of the two; null for one of their own
 * @param dir where they meet; null for a temporary folder
 * @param bytes how long the file is
 * @param bytesPerSecond how fast the client reads
 * @param handoffs how many, before SIGTERM
 */
public record DemoPlan(
    App app,
    Path agent,
    Path javaA,
    Path javaB,
    @Nullable String group,
    @Nullable Path dir,
    long bytes,
    long bytesPerSecond,
    int handoffs) {

  /** Between two handoffs the client receives at least this many bytes. */
  private static final long SHORTEST_LEG = 4L << 20;

  private static final long DEFAULT_LEG = 8L << 20;
  private static final long DEFAULT_BYTES = 96L << 20;

  /** How many legs come after the last handoff: one until SIGTERM, three for the drain. */
  private static final int LAST_LEGS = 4;

  /** Returns how long the file must be for every handoff to fall into the middle of it. */
  public static long leastBytes(int handoffs) {
    return (handoffs + LAST_LEGS) * SHORTEST_LEG;
  }

  /** Returns how long the file is unless something else is said. */
  public static long defaultBytes(int handoffs) {
    return Math.max(DEFAULT_BYTES, (handoffs + LAST_LEGS) * DEFAULT_LEG);
  }

  /** Where in the file a handoff is due, counted from 0; the one after the last is SIGTERM. */
  long due(int handoff) {
    return leg() * (handoff + 1);
  }

  /** How far the client may read before the connection has moved for the last time. */
  long limit() {
    return bytes - 2 * leg();
  }

  private long leg() {
    return bytes / (handoffs + LAST_LEGS);
  }

  /** The group's name. */
  String groupName() {
    return group == null ? "demo-" + Integer.toHexString(new SecureRandom().nextInt()) : group;
  }
}
