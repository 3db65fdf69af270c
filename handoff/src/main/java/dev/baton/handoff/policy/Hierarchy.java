package dev.baton.handoff.policy;

import dev.baton.handoff.NodeInfo;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which nodes are below which (paper "roaming clusters", section 3.2, where L-nodes form one): each
 * says which ones are directly below it, and those that are below these are below it, too. If by
 * the operator's mistake two are below each other, neither is: what is below is strictly below.
 */
public final class Hierarchy {
  /** Of each node that has any: all that are below it. */
  private final Map<String, Set<String>> below;

  private Hierarchy(Map<String, Set<String>> below) {
    this.below = below;
  }

  /** Of these nodes, as they describe themselves; nodes that are not among them are not in it. */
  public static Hierarchy of(Collection<NodeInfo> nodes) {
    Map<String, List<String>> directly = new HashMap<>();
    for (NodeInfo node : nodes) {
      if (!node.below().isEmpty()) {
        directly.put(node.name(), node.below());
      }
    }
    Map<String, Set<String>> reached = new HashMap<>();
    for (String node : directly.keySet()) {
      reached.put(node, reached(node, directly));
    }
    Map<String, Set<String>> below = new HashMap<>();
    reached.forEach(
        (node, others) -> {
          Set<String> strictly = new HashSet<>(others);
          strictly.removeIf(other -> reached.getOrDefault(other, Set.of()).contains(node));
          below.put(node, strictly);
        });
    return new Hierarchy(below);
  }

  /** All that a node leads to; also itself, if it is in a circle. */
  private static Set<String> reached(String node, Map<String, List<String>> directly) {
    Set<String> reached = new HashSet<>();
    Deque<String> next = new ArrayDeque<>();
    next.add(node);
    while (!next.isEmpty()) {
      for (String one : directly.getOrDefault(next.remove(), List.of())) {
        if (reached.add(one)) {
          next.add(one);
        }
      }
    }
    return reached;
  }

  /** Those of some nodes that are below another one, directly or not. */
  public List<NodeInfo> below(String node, List<NodeInfo> nodes) {
    Set<String> its = below.getOrDefault(node, Set.of());
    return its.isEmpty()
        ? List.of()
        : nodes.stream().filter(one -> its.contains(one.name())).toList();
  }

  /** Those of some nodes that are not below another one of these. At least one, if there is any. */
  public List<NodeInfo> tops(List<NodeInfo> nodes) {
    if (below.isEmpty()) {
      return nodes;
    }
    Set<String> covered = new HashSet<>();
    for (NodeInfo node : nodes) {
      covered.addAll(below.getOrDefault(node.name(), Set.of()));
    }
    return nodes.stream().filter(node -> !covered.contains(node.name())).toList();
  }
}
