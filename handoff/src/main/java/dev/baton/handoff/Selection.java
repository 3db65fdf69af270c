package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.HandoffReport.Row;
import dev.baton.handoff.policy.Candidate;
import dev.baton.handoff.policy.HandoffPolicy;
import dev.baton.handoff.policy.Hierarchy;
import dev.baton.http.RequestHead;
import dev.baton.linux.PacketMarks;
import dev.baton.linux.TcpConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the node for a connection: which ones could serve it, and which of them the policy says.
 */
final class Selection {
  private final Census census;
  private final Switches switches;
  private final HandoffPolicy policy;

  Selection(Census census, Switches switches, HandoffPolicy policy) {
    this.census = census;
    this.switches = switches;
    this.policy = policy;
  }

  /**
   * What the policy says.
   *
   * @param about what it was asked about
   * @param node where the connection is to be served
   * @param by who said it
   */
  record Choice(Candidate about, NodeInfo node, HandoffPolicy by) {

    /** Whether the connection stays where it is. */
    boolean stays() {
      return node.name().equals(about.at());
    }
  }

  /**
   * Chooses a node for a connection that cannot stay.
   *
   * @param except nodes to be chosen only if there is no other
   * @return empty if there is none
   * @throws IOException if the connection is over
   */
  Optional<Choice> away(ServedConnection connection, Set<String> except) throws IOException {
    Census.Snapshot group = census.latest();
    try (TcpConnection tcp = connection.tcp()) {
      List<NodeInfo> able = able(group, new Flow(connection.client(), tcp.local()));
      List<NodeInfo> other = able.stream().filter(node -> !except.contains(node.name())).toList();
      ConnectionInfo info = connection.info();
      Candidate about =
          candidate(group, connection, info.method(), info.uri(), null, tcp.receivedMarks());
      return choose(about, other.isEmpty() ? able : other);
    }
  }

  /** Which nodes are asked about a new connection. */
  enum Range {
    /** All of the group, but for those to which another one of them leads. */
    GROUP,
    /** Those below this one, but for those to which another one of them leads. */
    BELOW
  }

  /**
   * Chooses a node for a connection that has just come.
   *
   * @param mayStay whether this node is one of those that could serve it
   * @return empty if there is no other than this one
   * @throws IOException if the connection is over
   */
  Optional<Choice> forNew(
      ServedConnection connection, RequestHead request, Range range, boolean mayStay)
      throws IOException {
    Census.Snapshot group = census.latest();
    try (TcpConnection tcp = connection.tcp()) {
      List<NodeInfo> able = able(group, new Flow(connection.client(), tcp.local()));
      List<NodeInfo> nodes = inRange(group, able, range, mayStay);
      if (nodes.isEmpty()) {
        return Optional.empty();
      }
      PacketMarks marks = tcp.receivedMarks();
      return choose(
          candidate(group, connection, request.method(), request.target(), request.host(), marks),
          nodes);
    }
  }

  /** Those to be asked about, this node among them if it may serve; none if there is no other. */
  static List<NodeInfo> inRange(
      Census.Snapshot group, List<NodeInfo> able, Range range, boolean mayStay) {
    Hierarchy hierarchy = group.hierarchy();
    List<NodeInfo> others =
        range == Range.GROUP ? able : hierarchy.below(group.self().name(), able);
    if (others.isEmpty()) {
      return List.of();
    }
    List<NodeInfo> nodes = new ArrayList<>(range == Range.GROUP ? others : hierarchy.tops(others));
    if (mayStay) {
      nodes.add(group.self());
    }
    return range == Range.GROUP ? hierarchy.tops(nodes) : List.copyOf(nodes);
  }

  /** Says what became of a choice, so that the next one is better. */
  static void learn(Choice choice, Row row) {
    if (row.result().equals(Result.HANDED_OFF.text())) {
      choice.by().succeeded(choice.about(), choice.node());
    } else if (row.result().equals(Result.FAILED.text())) {
      choice.by().failed(choice.about(), choice.node());
    }
  }

  private Optional<Choice> choose(Candidate about, List<NodeInfo> nodes) {
    return policy.selectTarget(about, nodes).map(node -> new Choice(about, node, policy));
  }

  private List<NodeInfo> able(Census.Snapshot group, Flow flow) {
    int port = flow.server().getPort();
    return group.others().stream()
        .filter(NodeInfo::open)
        .filter(node -> node.ports().contains(port))
        .filter(node -> switches.reach(node.namespace(), flow))
        .toList();
  }

  private static Candidate candidate(
      Census.Snapshot group,
      ServedConnection connection,
      @Nullable String method,
      @Nullable String target,
      @Nullable String host,
      PacketMarks marks) {
    return new Candidate(
        group.self().name(),
        connection.client(),
        method,
        target,
        host,
        marks.trafficClass(),
        marks.flowLabel());
  }
}
