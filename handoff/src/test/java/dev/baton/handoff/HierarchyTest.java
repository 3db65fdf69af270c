package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.handoff.Selection.Range;
import dev.baton.handoff.policy.Hierarchy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Which nodes a new connection may be placed on, level by level, and that this ends. */
final class HierarchyTest {
  private static final NodeInfo A = node("a");
  private static final NodeInfo B = node("b", "c", "d");
  private static final NodeInfo C = node("c");
  private static final NodeInfo D = node("d", "e");
  private static final NodeInfo E = node("e");
  private static final List<NodeInfo> ALL = List.of(A, B, C, D, E);

  private static NodeInfo node(String name, String... below) {
    return new NodeInfo(
        name,
        1,
        List.of(80),
        0,
        false,
        "member",
        "ok",
        name,
        0,
        false,
        0,
        0,
        List.of(below),
        Map.of(),
        null);
  }

  private static List<NodeInfo> without(List<NodeInfo> nodes, NodeInfo... some) {
    return nodes.stream().filter(node -> !Arrays.asList(some).contains(node)).toList();
  }

  /** Who is asked about, at a node that sees all of these, of which some cannot serve. */
  private static String range(
      NodeInfo at, Range range, boolean mayStay, List<NodeInfo> seen, NodeInfo... unable) {
    Census.Snapshot group = new Census.Snapshot(at, without(seen, at));
    return String.join(
        "",
        Selection.inRange(group, without(group.others(), unable), range, mayStay).stream()
            .map(NodeInfo::name)
            .sorted()
            .toList());
  }

  @Test
  void theContactNodeGivesToTheTopsAndEachOfThemToThoseBelowIt() {
    assertThat(range(A, Range.GROUP, true, ALL)).isEqualTo("ab");
    assertThat(range(A, Range.BELOW, true, ALL)).isEmpty();
    assertThat(range(B, Range.BELOW, true, ALL)).isEqualTo("bcd");
    assertThat(range(D, Range.BELOW, true, ALL)).isEqualTo("de");
    assertThat(range(C, Range.BELOW, true, ALL)).isEmpty();
  }

  @Test
  void whereTheContactAddressMovesTheHierarchyStays() {
    assertThat(range(B, Range.GROUP, true, ALL)).isEqualTo("ab");
    assertThat(range(E, Range.GROUP, true, ALL)).as("from below").isEqualTo("ab");
  }

  @Test
  void whatIsBelowANodeThatCannotServeIsReachedFromAbove() {
    assertThat(range(A, Range.GROUP, true, ALL, B)).as("b drains").isEqualTo("acd");
    assertThat(range(A, Range.GROUP, true, without(ALL, B))).as("b is dead").isEqualTo("acd");
    assertThat(range(B, Range.BELOW, true, ALL, D)).as("d drains").isEqualTo("bce");
  }

  @Test
  void aNodeServesItselfIfNobodyBelowItCan() {
    assertThat(range(B, Range.BELOW, true, ALL, C, D, E)).isEmpty();
    assertThat(range(B, Range.BELOW, true, List.of(A, B))).isEmpty();
  }

  @Test
  void aNodeThatDoesNotServeGivesToTheOthers() {
    assertThat(range(A, Range.GROUP, false, ALL)).isEqualTo("b");
    assertThat(range(B, Range.BELOW, false, ALL)).isEqualTo("cd");
    assertThat(range(B, Range.GROUP, false, ALL)).as("b drains").isEqualTo("acd");
  }

  @Test
  void nodesThatAreBelowEachOtherAreNotBelow() {
    List<NodeInfo> circle = List.of(A, node("b", "c"), node("c", "d"), node("d", "b", "e"), E);
    assertThat(range(A, Range.GROUP, true, circle)).isEqualTo("abcd");
    for (NodeInfo node : circle.subList(1, 4)) {
      assertThat(range(node, Range.BELOW, true, circle)).isEqualTo(node.name() + "e");
    }
    assertThat(Hierarchy.of(List.of(node("b", "b"))).tops(List.of(B))).containsExactly(B);
  }

  @Test
  void whateverIsBelowWhatAConnectionGoesOnlyDownAndEndsSomewhere() {
    long seed = Long.getLong("baton.seed", System.nanoTime());
    System.out.println("HierarchyTest -Dbaton.seed=" + seed);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int group = 0; group < 2_000; group++) {
      List<NodeInfo> nodes = randomGroup(random);
      NodeInfo at = nodes.get(random.nextInt(nodes.size()));
      Range range = Range.GROUP;
      Set<String> visited = new HashSet<>();
      boolean moved = true;
      while (moved) {
        assertThat(visited.add(at.name())).as("%s again, in %s", at, nodes).isTrue();
        moved = false;
        Census.Snapshot seen = new Census.Snapshot(at, without(nodes, at));
        for (Range next : range == Range.GROUP ? Range.values() : new Range[] {Range.BELOW}) {
          List<NodeInfo> asked = Selection.inRange(seen, seen.others(), next, true);
          NodeInfo choice = asked.isEmpty() ? at : asked.get(random.nextInt(asked.size()));
          if (!choice.equals(at)) {
            at = choice;
            moved = true;
            break;
          }
        }
        if (range == Range.GROUP && moved) {
          visited.clear(); // the first node may be below the one it gives the connection to
        }
        range = Range.BELOW;
      }
    }
  }

  private static List<NodeInfo> randomGroup(RandomGenerator random) {
    int size = random.nextInt(1, 9);
    List<NodeInfo> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      List<String> below = new ArrayList<>();
      while (random.nextInt(3) > 0) {
        below.add("n" + random.nextInt(size + 1));
      }
      nodes.add(node("n" + i, below.toArray(String[]::new)));
    }
    return nodes;
  }
}
