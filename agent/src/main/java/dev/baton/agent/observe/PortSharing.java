package dev.baton.agent.observe;

import dev.baton.handoff.Group;
import dev.baton.linux.Listener;
import java.io.IOException;
import java.util.function.IntPredicate;

/**
 * Whether a server may bind a port that it can share. If nobody listens there, it may: a later node
 * can join it. If somebody does, it may only if that is a node of the group; else the bind must
 * fail as it would without Baton.
 */
public final class PortSharing implements IntPredicate {
  private final Group group;
  private final String self;

  /**
   * @param group the group whose nodes may share
   * @param self this node's name
   */
  public PortSharing(Group group, String self) {
    this.group = group;
    this.self = self;
  }

  @Override
  public boolean test(int port) {
    try {
      return !Listener.isTaken(port)
          || group.nodes(self).stream().anyMatch(node -> node.ports().contains(port));
    } catch (IOException e) {
      return false; // then the bind behaves as without Baton
    }
  }
}
