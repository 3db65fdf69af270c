package dev.baton.agent.cli.demo;

import dev.baton.handoff.HandoffReport.PhaseMicros;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a demo has shown; printed as it is by {@code demo --json}.
 *
 * @param ok whether everything went as it should
 * @param problems what did not, in plain words; empty if ok
 * @param server the server that was shown
 * @param bytes how many bytes of the body the client got
 * @param expectedBytes how many there are
 * @param sha256 the digest of what the client got; null if its download broke
 * @param expectedSha256 the digest of the file
 * @param tcpConnections how many connections the client made
 * @param handoffs each handoff, in order
 * @param sigterm the end of the JVM that served the client; null if it did not come to that
 * @param pauseMicros from freeze to activation, as the nodes measured, over all handoffs that
 *     worked
 * @param longestGapMicros the longest time the client waited for a byte
 * @param millis how long the download took
 * @param adviceErrors errors that Baton's advice swallowed in the two JVMs; anything but 0 is a
 *     defect
 */
public record DemoReport(
    boolean ok,
    List<String> problems,
    String server,
    long bytes,
    long expectedBytes,
    @Nullable String sha256,
    String expectedSha256,
    int tcpConnections,
    List<Hop> handoffs,
    @Nullable Sigterm sigterm,
    Spread pauseMicros,
    long longestGapMicros,
    long millis,
    long adviceErrors) {

  /**
   * One handoff.
   *
   * @param number counted from 1
   * @param from the donor
   * @param to the acceptor
   * @param sent body bytes sent when it moved
   * @param result the word of the {@code HandoffReport}
   * @param reason why not, if not handed off
   * @param phaseMicros how long each phase took
   * @param pauseMicros from freeze to activation
   * @param clientGapMicros the longest time the client waited for a byte around the handoff
   */
  public record Hop(
      int number,
      String from,
      String to,
      long sent,
      String result,
      @Nullable String reason,
      PhaseMicros phaseMicros,
      long pauseMicros,
      long clientGapMicros) {}

  /**
   * The end of the JVM that served the client.
   *
   * @param node its node, which handed everything over when it was told to stop
   * @param to the node that serves the client since
   * @param sent body bytes sent when the other node was seen to serve it
   * @param exitStatus of the JVM, 143 if it ended by SIGTERM
   * @param millis from SIGTERM to its end
   * @param clientGapMicros the longest time the client waited for a byte meanwhile
   */
  public record Sigterm(
      String node, String to, long sent, int exitStatus, long millis, long clientGapMicros) {}

  /**
   * Some durations, in short.
   *
   * @param median the middle one; 0 if there are none
   * @param max the longest; 0 if there are none
   */
  public record Spread(long median, long max) {

    static Spread of(long... values) {
      long[] sorted = values.clone();
      Arrays.sort(sorted);
      return sorted.length == 0
          ? new Spread(0, 0)
          : new Spread(sorted[sorted.length / 2], sorted[sorted.length - 1]);
    }
  }
}
