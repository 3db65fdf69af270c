package dev.baton.agent.observe;

import dev.baton.handoff.Group;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/**
 * Whether a server may bind a port that it can share. If nobody listens there, it may: a later node
 * can join it. If somebody does, it may only if that is a node of the group; else the bind must
 * fail as it would without Baton.
 */
public final class PortSharing implements IntPredicate {
  private static final List<Path> SOCKETS =
      List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));
  private static final String LISTEN = "0A";

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
      return !taken(port)
          || group.nodes(self).stream().anyMatch(node -> node.ports().contains(port));
    } catch (IOException e) {
      return false; // then the bind behaves as without Baton
    }
  }

  private static boolean taken(int port) throws IOException {
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    for (Path sockets : SOCKETS) {
      if (Files.exists(sockets)) {
        try (Stream<String> lines = Files.lines(sockets, StandardCharsets.US_ASCII)) {
          if (lines.skip(1).anyMatch(line -> listens(line, suffix))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean listens(String line, String suffix) {
    String[] columns = line.strip().split("\\s+", 5); // number, local, remote, state, rest
    return columns.length == 5 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN);
  }
}
