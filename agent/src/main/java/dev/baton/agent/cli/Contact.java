package dev.baton.agent.cli;

import dev.baton.handoff.Group;
import dev.baton.handoff.NoSuchNodeException;
import dev.baton.handoff.NodeClient;
import dev.baton.handoff.NodeInfo;
import dev.baton.handoff.wire.RefusedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reaches the nodes of a group, or says in one line why not. Nodes on this host are asked directly;
 * one of them puts the command through to nodes elsewhere, to which it could not prove itself.
 */
final class Contact {
  private final Group group;

  Contact(Group group) {
    this.group = group;
  }

  /** A question to a node. */
  @FunctionalInterface
  interface Question<T> {
    /** Asks it. */
    T ask(NodeClient node) throws IOException;
  }

  /**
   * What a group answered.
   *
   * @param answers of the nodes that did, in the order of their names
   * @param unreachable the nodes that should have
   */
  record Answers<T>(List<T> answers, List<Unreachable> unreachable) {}

  /**
   * A node that did not answer.
   *
   * @param name its name
   * @param reason why, as far as is known
   */
  record Unreachable(String name, String reason) {}

  /**
   * Opens a conversation.
   *
   * @throws CommandFailedException if there is no such node, or it does not answer
   */
  NodeClient open(String node) throws CommandFailedException {
    try {
      return group.open(node, null);
    } catch (NoSuchNodeException e) {
      NodeClient elsewhere = openElsewhere(node);
      if (elsewhere == null) {
        throw new CommandFailedException(Cli.NOT_REACHABLE, e.getMessage() + "; " + hint());
      }
      return elsewhere;
    } catch (IOException e) {
      throw new CommandFailedException(Cli.NOT_REACHABLE, reason(node, e));
    }
  }

  /** Null if no node here knows it. */
  private @Nullable NodeClient openElsewhere(String node) throws CommandFailedException {
    for (String name : names()) {
      try {
        NodeClient here = group.open(name, null);
        try {
          return here.through(node);
        } catch (IOException | RuntimeException e) {
          here.close();
          throw e;
        }
      } catch (IOException e) { // that one does not; perhaps another one does
      }
    }
    return null;
  }

  /**
   * Asks all nodes, those of this host first.
   *
   * @throws CommandFailedException if nobody can be asked, because their folder is out of bounds
   */
  <T> Answers<T> ask(Question<T> question) throws CommandFailedException {
    List<T> answers = new ArrayList<>();
    List<Unreachable> unreachable = new ArrayList<>();
    List<String> here = names();
    List<String> elsewhere = List.of();
    for (String name : here) {
      try (NodeClient node = group.open(name, null)) {
        answers.add(question.ask(node));
        if (elsewhere.isEmpty()) {
          elsewhere = elsewhere(node, here);
        }
      } catch (NoSuchNodeException e) { // its socket has outlived it: not a node any more
      } catch (IOException e) {
        unreachable.add(new Unreachable(name, reason(name, e)));
      }
    }
    for (String name : elsewhere) {
      try (NodeClient node = openElsewhere(name)) {
        if (node != null) { // else it has just left
          answers.add(question.ask(node));
        }
      } catch (IOException e) {
        unreachable.add(new Unreachable(name, reason(name, e)));
      }
    }
    return new Answers<>(answers, unreachable);
  }

  /** Which nodes on other hosts a node knows. */
  private static List<String> elsewhere(NodeClient node, List<String> here) throws IOException {
    return node.nodesElsewhere().stream()
        .map(NodeInfo::name)
        .filter(name -> !here.contains(name))
        .toList();
  }

  /** Where the nodes of the group meet. */
  Path folder() throws CommandFailedException {
    try {
      return Objects.requireNonNull(group.socket("any").getParent());
    } catch (IOException e) { // too long for any socket: no node can be there
      throw new CommandFailedException(Cli.NOT_REACHABLE, Failures.firstLine(e));
    }
  }

  private List<String> names() throws CommandFailedException {
    Path folder = folder();
    if (outOfBounds(folder)) {
      throw new CommandFailedException(Cli.NOT_REACHABLE, outOfBoundsHint(folder));
    }
    try {
      return group.names();
    } catch (AccessDeniedException e) {
      throw new CommandFailedException(Cli.NOT_REACHABLE, outOfBoundsHint(folder));
    } catch (IOException e) {
      throw new CommandFailedException(
          Cli.NOT_REACHABLE, folder + " cannot be read: " + Failures.firstLine(e));
    }
  }

  /** What would work instead of a node that is not there. */
  private String hint() throws CommandFailedException {
    if (outOfBounds(folder())) {
      return outOfBoundsHint(folder());
    }
    List<String> running = ask(node -> node.node().name()).answers();
    return running.isEmpty()
        ? "no node of this group does: is --group or --dir another?"
        : "these do: " + String.join(", ", running);
  }

  private static boolean outOfBounds(Path folder) {
    return Stream.ofNullable(folder.getParent())
        .flatMap(dir -> Stream.of(dir, folder))
        .anyMatch(path -> Files.exists(path) && !Files.isExecutable(path));
  }

  private static String outOfBoundsHint(Path folder) {
    return "you may not look into " + folder + ": run baton as the user the server runs as";
  }

  private static String reason(String node, IOException e) {
    return e instanceof RefusedException
        ? "node '" + node + "' refuses: " + Failures.firstLine(e)
        : "node '" + node + "' does not answer: " + Failures.firstLine(e);
  }
}
