package dev.baton.it.bed;

import dev.baton.handoff.Group;
import dev.baton.handoff.NodeClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks the nodes of one group what a command would ask them, and shows the answers in the form the
 * commands print. No process is started for it, so it takes a handoff no longer than the nodes
 * need; {@link BatonCli} is for what the commands themselves do.
 */
public final class Operator {

  private static final JsonMapper JSON = JsonMapper.shared();

  private final Group group;

  Operator(Group group) {
    this.group = group;
  }

  /** Moves all connections, whatever becomes of each. */
  public Json.Handoff handoff(String from, String to) throws IOException {
    return move(from, to, null);
  }

  /** Moves one connection, named as in {@link #connections}. */
  public Json.Handoff handoff(String from, String to, String connection) throws IOException {
    return move(from, to, connection);
  }

  private Json.Handoff move(String from, String to, @Nullable String connection)
      throws IOException {
    try (NodeClient donor = group.open(from, null)) {
      return JSON.convertValue(donor.handoff(to, connection), Json.Handoff.class);
    }
  }

  /** Is told how a drain goes: how many connections have moved, and how many are left. */
  public interface Progress {
    void is(int moved, int left);
  }

  /** Hands everything over to the rest of the group. */
  public Json.Handoff drain(String node, Progress progress) throws IOException {
    try (NodeClient donor = group.open(node, null)) {
      return JSON.convertValue(
          donor.drain(null, step -> progress.is(step.handedOff(), step.remaining())),
          Json.Handoff.class);
    }
  }

  /** All connections of the group. */
  public List<Json.Connection> connections() throws IOException {
    List<Json.Connection> all = new ArrayList<>();
    for (String name : group.names()) {
      try (NodeClient node = group.open(name, null)) {
        node.connections()
            .forEach(connection -> all.add(JSON.convertValue(connection, Json.Connection.class)));
      }
    }
    return all;
  }

  /** All nodes of the group. */
  public List<Json.Node> nodes() throws IOException {
    return group.nodes(null).stream()
        .map(node -> JSON.convertValue(node, Json.Node.class))
        .toList();
  }
}
