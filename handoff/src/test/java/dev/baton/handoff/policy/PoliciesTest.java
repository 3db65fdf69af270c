package dev.baton.handoff.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.handoff.NodeInfo;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What each policy promises, and nothing else. */
final class PoliciesTest {
  private static final NodeInfo A = node("a", "here", 5, 0.9);
  private static final NodeInfo B = node("b", "there", 3, 0.5);
  private static final NodeInfo C = node("c", "elsewhere", 4, 0.1);
  private static final List<NodeInfo> ALL = List.of(A, B, C);
  private static final Candidate ORDINARY = marked(0);

  private static NodeInfo node(String name, String host, int connections, double load) {
    return new NodeInfo(
        name,
        1,
        List.of(80),
        connections,
        false,
        "member",
        "ok",
        host,
        name.charAt(0),
        false,
        0,
        load);
  }

  /** A node that knows the round trips, in microseconds, to some networks. */
  private static NodeInfo knowing(NodeInfo node, Map<String, Integer> roundTrips) {
    return new NodeInfo(
        node.name(),
        node.pid(),
        node.ports(),
        node.connections(),
        node.draining(),
        node.role(),
        node.health(),
        node.namespace(),
        node.sinceMillis(),
        node.contact(),
        node.adviceErrors(),
        node.load(),
        node.below(),
        roundTrips,
        null);
  }

  private static Candidate from(String client) {
    return new Candidate("a", new InetSocketAddress(client, 1), "GET", "/x", null, 0, 0);
  }

  private static Map<String, Long> choices(
      HandoffPolicy policy, String client, int times, NodeInfo... nodes) {
    return IntStream.range(0, times)
        .mapToObj(i -> choice(policy, from(client), Arrays.asList(nodes)))
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  private static Candidate marked(int trafficClass) {
    return new Candidate(
        "a",
        InetSocketAddress.createUnresolved("client", 1),
        "GET",
        "/x",
        "shop.example",
        trafficClass,
        0);
  }

  private static String choice(HandoffPolicy policy, Candidate about, List<NodeInfo> nodes) {
    return policy.selectTarget(about, nodes).map(NodeInfo::name).orElse("none");
  }

  private static Map<String, Long> choices(HandoffPolicy policy, int times, NodeInfo... nodes) {
    return IntStream.range(0, times)
        .mapToObj(i -> choice(policy, ORDINARY, Arrays.asList(nodes)))
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  @Test
  void everyPolicyChoosesOneOfTheNodesOrNoneIfThereIsNone() {
    for (PolicyKind kind : PolicyKind.values()) {
      HandoffPolicy policy = kind.policy();
      assertThat(choice(policy, ORDINARY, List.of())).as("%s", kind).isEqualTo("none");
      assertThat(choice(policy, ORDINARY, List.of(C))).as("%s", kind).isEqualTo("c");
      assertThat(choice(policy, ORDINARY, ALL)).as("%s", kind).isIn("a", "b", "c");
      assertThat(PolicyKind.of(kind.word())).isEqualTo(kind);
    }
  }

  @Test
  void firstComeServesWhereAConnectionComes() {
    assertThat(choices(new FirstCome(), 10, C, B, A)).containsOnlyKeys("a");
  }

  @Test
  void firstComeSpreadsWhatCannotStay() {
    assertThat(choices(new FirstCome(), 101, B, C)).containsEntry("b", 51L).containsEntry("c", 50L);
  }

  @Test
  void roundRobinGivesToOneAfterTheOtherWhateverTheirOrder() {
    HandoffPolicy policy = new RoundRobin();
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      order.add(choice(policy, ORDINARY, i % 2 == 0 ? ALL : List.of(C, A, B)));
    }
    assertThat(order).containsExactly("a", "b", "c", "a", "b", "c");
  }

  @Test
  void randomIsEvenInTheLongRun() {
    Random random = new Random(1);
    Map<String, Long> choices = choices(new RandomChoice(random::nextInt), 3_000, A, B, C);
    assertThat(choices.values()).hasSize(3).allMatch(times -> times > 900 && times < 1_100);
  }

  @Test
  void leastConnectionsCountsWhatItGaveSinceTheNodesWereLastAsked() {
    HandoffPolicy policy = new LeastConnections();
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      order.add(choice(policy, ORDINARY, ALL));
    }
    assertThat(order).containsExactly("b", "b", "c", "a", "b", "c");
    NodeInfo later = node("b", "there", 1, 0);
    assertThat(choice(policy, ORDINARY, List.of(A, later, C))).as("b said anew").isEqualTo("b");
  }

  @Test
  void leastConnectionsTakesBackWhatFailed() {
    HandoffPolicy policy = new LeastConnections();
    NodeInfo other = node("d", "x", 3, 0);
    assertThat(choice(policy, ORDINARY, List.of(B, other))).isEqualTo("b");
    policy.failed(ORDINARY, B);
    assertThat(choice(policy, ORDINARY, List.of(B, other))).isEqualTo("b");
  }

  @Test
  void loadIsALotWeightedByWhatIsIdle() {
    Random random = new Random(1);
    Map<String, Long> choices = choices(new ByProcessorLoad(random::nextDouble), 15_000, A, B, C);
    assertThat(choices.get("a")).isBetween(850L, 1_150L);
    assertThat(choices.get("b")).isBetween(4_700L, 5_300L);
    assertThat(choices.get("c")).isBetween(8_700L, 9_300L);
  }

  @Test
  void hostsWithNothingIdleAreServedEvenly() {
    Random random = new Random(1);
    NodeInfo busy = node("x", "x", 0, 1);
    NodeInfo busyToo = node("y", "y", 0, 1);
    assertThat(choices(new ByProcessorLoad(random::nextDouble), 1_000, busy, busyToo).values())
        .hasSize(2)
        .allMatch(times -> times > 430);
  }

  @Test
  void priorityGetsTheLeastLoadedHostAndOthersTakeTurns() {
    HandoffPolicy policy = new ByPriority();
    int expedited = 0xb8;
    int lowerEffort = 0x20;
    List<String> order = new ArrayList<>();
    for (int trafficClass : new int[] {expedited, 0, expedited, lowerEffort, 0, expedited}) {
      order.add(choice(policy, marked(trafficClass), ALL));
    }
    assertThat(order).containsExactly("c", "a", "c", "b", "c", "c");
  }

  @Test
  void theNearestNodeIsTheOneWithTheShortestRoundTripToTheClientsNetwork() {
    NodeInfo a = knowing(A, Map.of("192.0.2.0/24", 30_000, "2001:db8:7::/48", 2_000));
    NodeInfo b = knowing(B, Map.of("192.0.2.0/24", 4_000, "2001:db8:7::/48", 90_000));
    NodeInfo c = knowing(C, Map.of("192.0.2.0/24", 80_000, "2001:db8:7::/48", 9_000));
    HandoffPolicy policy = new Nearest(() -> 0);
    assertThat(choices(policy, "192.0.2.77", 10, a, b, c)).containsOnlyKeys("b");
    assertThat(choices(policy, "2001:db8:7:1::5", 10, a, b, c)).containsOnlyKeys("a");
  }

  @Test
  void ofSeveralThatAreAsNearTheOneWithTheFewestConnectionsServes() {
    NodeInfo a = knowing(A, Map.of("192.0.2.0/24", 4_400));
    NodeInfo b = knowing(B, Map.of("192.0.2.0/24", 5_000));
    NodeInfo c = knowing(C, Map.of("192.0.2.0/24", 7_000));
    assertThat(choices(new Nearest(() -> 0), "192.0.2.1", 12, a, b, c))
        .isEqualTo(Map.of("a", 5L, "b", 7L)); // with the 5 and 3 they have
  }

  @Test
  void whereNobodyKnowsTheClientsNetworkAllTakeTurns() {
    NodeInfo elsewhere = knowing(A, Map.of("192.0.2.0/24", 1));
    assertThat(choices(new Nearest(() -> 0.99), "198.51.100.1", 9, elsewhere, B, C))
        .isEqualTo(Map.of("a", 3L, "b", 3L, "c", 3L));
  }

  @Test
  void aSmallShareGoesToNodesThatDoNotKnowTheNetwork() {
    NodeInfo a = knowing(A, Map.of("192.0.2.0/24", 30_000));
    Random random = new Random(1);
    Map<String, Long> choices =
        choices(new Nearest(random::nextDouble), "192.0.2.1", 3_200, a, B, C);
    assertThat(choices.get("b") + choices.get("c")).isBetween(150L, 250L);
    assertThat(choices.get("b")).isBetween(choices.get("c") - 1, choices.get("c") + 1);
  }

  @Test
  void aNearNodeThatFailsIsAvoidedLikeAnyOther() {
    NodeInfo a = knowing(A, Map.of("192.0.2.0/24", 30_000));
    NodeInfo b = knowing(B, Map.of("192.0.2.0/24", 4_000));
    HandoffPolicy policy = new Avoidance(new Nearest(() -> 0), () -> 0);
    policy.failed(from("192.0.2.1"), b);
    policy.failed(from("192.0.2.1"), b);
    assertThat(choices(policy, "192.0.2.1", 5, a, b)).containsOnlyKeys("a");
  }

  @Test
  void onlyTheNearestNeedsThatRoundTripsAreMeasured() {
    for (PolicyKind kind : PolicyKind.values()) {
      HandoffPolicy wrapped =
          new Avoidance(new SameHostFirst("here", new Routes(List.of(), kind.policy())), () -> 0);
      assertThat(wrapped.needsRoundTrips()).as("%s", kind).isEqualTo(kind == PolicyKind.NEAREST);
    }
  }

  @Test
  void theFirstRouteThatFitsLeavesOnlyItsNodes() {
    HandoffPolicy policy =
        new Routes(
            List.of(
                new Route(about -> about.trafficClass() == 8, List.of("c")),
                new Route(about -> "/x".equals(about.target()), List.of("b", "c", "gone"))),
            new RoundRobin());
    assertThat(choice(policy, marked(8), ALL)).isEqualTo("c");
    assertThat(choices(policy, 10, A, B, C)).containsOnlyKeys("b", "c");
    assertThat(choices(policy, 1, A)).as("none of its nodes is there").containsOnlyKeys("a");
  }

  @Test
  void aNodeThatLeavesPrefersItsHostsSuccessor() {
    HandoffPolicy policy = new SameHostFirst("there", new FirstCome());
    NodeInfo newer = node("z", "there", 100, 1);
    assertThat(choices(policy, 10, A, B, C, newer)).containsOnlyKeys("z");
    assertThat(choices(policy, 10, A, C)).containsOnlyKeys("a");
  }

  @Test
  void oneFailureIsForgivenTwoInARowAreNot() {
    AtomicLong clock = new AtomicLong();
    HandoffPolicy policy = new Avoidance(new LeastConnections(), clock::get);
    policy.failed(ORDINARY, B);
    assertThat(choices(policy, 9, A, B, C)).containsKey("b");
    policy.succeeded(ORDINARY, B);
    policy.failed(ORDINARY, B);
    assertThat(choices(policy, 9, A, B, C)).containsKey("b");
    policy.failed(ORDINARY, B);
    assertThat(choices(policy, 9, A, B, C)).doesNotContainKey("b");
    assertThat(choices(policy, 9, B)).as("better than none").containsKey("b");
  }

  @Test
  void aBadNodeIsTriedAgainAndAvoidedForLongerIfItIsStillBad() {
    AtomicLong clock = new AtomicLong();
    HandoffPolicy policy = new Avoidance(new RoundRobin(), clock::get);
    policy.failed(ORDINARY, B);
    policy.failed(ORDINARY, B);
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      clock.addAndGet(seconds * 1_000_000_000L - 1);
      assertThat(choices(policy, 9, A, B, C)).as("%d s", seconds).doesNotContainKey("b");
      policy.failed(ORDINARY, B); // what began before says nothing new
      clock.addAndGet(1);
      assertThat(choices(policy, 9, A, B, C)).as("after %d s", seconds).containsKey("b");
      policy.failed(ORDINARY, B);
    }
    policy.succeeded(ORDINARY, B);
    assertThat(choices(policy, 9, A, B, C)).containsKey("b");
  }
}
