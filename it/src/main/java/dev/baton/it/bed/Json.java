package dev.baton.it.bed;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the commands print with {@code --json}. */
public final class Json {

  private Json() {}

  /**
   * Of {@code handoff} and {@code drain}.
   *
   * @param from donor
   * @param to acceptor; null if a drain used several or none
   * @param handedOff how many connections moved
   * @param skipped how many stayed for a reason known before
   * @param failed how many stayed because something went wrong
   * @param connections each of them
   */
  public record Handoff(
      String from,
      @Nullable String to,
      int handedOff,
      int skipped,
      int failed,
      List<Move> connections) {

    /** The move of the connection of this client. */
    public Move of(int clientPort) {
      return connections.stream()
          .filter(move -> move.client().endsWith(":" + clientPort))
          .findFirst()
          .orElseThrow(
              () -> new IllegalStateException("no client port " + clientPort + " in " + this));
    }
  }

  /**
   * One connection of a {@link Handoff}.
   *
   * @param id the connection
   * @param client address and port
   * @param method of the request under way, or null
   * @param uri of the request under way, or null
   * @param sent response bytes sent so far
   * @param result {@code handed-off} or another word
   * @param reason why not, or null
   * @param phaseMicros microseconds by phase
   * @param pauseMicros microseconds for which nobody served the connection
   * @param stateBytes bytes the donor sent to the acceptor
   */
  public record Move(
      String id,
      String client,
      @Nullable String method,
      @Nullable String uri,
      long sent,
      String result,
      @Nullable String reason,
      @Nullable Map<String, Long> phaseMicros,
      long pauseMicros,
      long stateBytes) {

    /** Whether it moved. */
    public boolean handedOff() {
      return result.equals("handed-off");
    }
  }

  /**
   * Of {@code connections}.
   *
   * @param connections all
   */
  public record Connections(List<Connection> connections) {}

  /**
   * One of {@link Connections}.
   *
   * @param node who holds it
   * @param id the connection
   * @param client address and port
   * @param state what it is doing
   * @param method of the request under way, or null
   * @param uri of the request under way, or null
   * @param sent response bytes sent so far
   * @param movable whether it could be handed off now
   * @param reason why not, or null
   */
  public record Connection(
      String node,
      String id,
      String client,
      String state,
      @Nullable String method,
      @Nullable String uri,
      long sent,
      boolean movable,
      @Nullable String reason) {}

  /**
   * Of {@code nodes}.
   *
   * @param nodes all
   */
  public record Nodes(List<Node> nodes) {}

  /**
   * One of {@link Nodes}.
   *
   * @param name the node
   * @param pid its process
   * @param ports the ports it manages
   * @param connections how many it holds
   * @param draining whether it is about to leave
   * @param role {@code taker} for the one that gets the new connections
   * @param adviceErrors errors that Baton's advice kept from the server; any is a defect
   * @param mobility what became of clients by Mobile IPv6; null if the node does not use it
   */
  public record Node(
      String name,
      long pid,
      List<Integer> ports,
      int connections,
      boolean draining,
      String role,
      long adviceErrors,
      @Nullable Mobility mobility) {

    /**
     * Of clients whose connections came to a node.
     *
     * @param bound how often one was bound to it
     * @param tunnelled how often that was not possible
     */
    public record Mobility(long bound, long tunnelled) {}

    /** Whether it gets the new connections of its ports. */
    public boolean takesNewConnections() {
      return role.equals("taker");
    }
  }
}
