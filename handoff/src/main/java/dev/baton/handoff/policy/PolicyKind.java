package dev.baton.handoff.policy;

import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The policies an operator can choose from, by {@code baton.policy}. */
public enum PolicyKind {
  FIRST_COME("first-come", "Where it comes. Nothing is looked at, nothing is moved."),
  ROUND_ROBIN("round-robin", "One node after the other, in the order of their names."),
  RANDOM("random", "Any node, each as likely as the others."),
  LEAST_CONNECTIONS("least-connections", "The node that has the fewest connections."),
  LOAD("load", "By lot, weighted by the processors that are idle on each node's host."),
  PRIORITY(
      "priority",
      "Connections whose packets claim priority, by the first three bits of the IPv6 traffic class"
          + " or IPv4 type of service (2 to 7), on the least loaded host; the others in turn."),
  NEAREST(
      "nearest",
      "The node with the shortest measured round trip to the client's network (/24 of IPv4, /48 of"
          + " IPv6); of several that are as near, the one with the fewest connections. One"
          + " connection in sixteen goes to a node that does not know the network, if there is"
          + " one, so that it gets to know it; if none does, all take turns.");

  private final String word;
  private final String meaning;

  PolicyKind(String word, String meaning) {
    this.word = word;
    this.meaning = meaning;
  }

  /** Returns how an operator writes it. */
  public String word() {
    return word;
  }

  /** Returns where a new connection is served under it, in Markdown. */
  public String meaning() {
    return meaning;
  }

  /** Returns all of them, as they are enumerated in Markdown. */
  public static String words() {
    PolicyKind[] all = values();
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < all.length; i++) {
      String before = i == 0 ? "" : i == all.length - 1 ? " or " : ", ";
      words.append(before).append('`').append(all[i].word).append('`');
    }
    return words.toString();
  }

  /** Finds a kind by its word; null if there is none. */
  public static @Nullable PolicyKind of(String word) {
    for (PolicyKind kind : values()) {
      if (kind.word.equals(word)) {
        return kind;
      }
    }
    return null;
  }

  /** Makes one. */
  public HandoffPolicy policy() {
    return switch (this) {
      case FIRST_COME -> new FirstCome();
      case ROUND_ROBIN -> new RoundRobin();
      case RANDOM -> new RandomChoice(bound -> ThreadLocalRandom.current().nextInt(bound));
      case LEAST_CONNECTIONS -> new LeastConnections();
      case LOAD -> new ByProcessorLoad(() -> ThreadLocalRandom.current().nextDouble());
      case PRIORITY -> new ByPriority();
      case NEAREST -> new Nearest(() -> ThreadLocalRandom.current().nextDouble());
    };
  }
}
