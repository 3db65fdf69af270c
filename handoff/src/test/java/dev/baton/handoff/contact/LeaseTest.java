package dev.baton.handoff.contact;

import static dev.baton.handoff.contact.LeaseWorld.MILLI;
import static dev.baton.handoff.contact.LeaseWorld.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has the contact address, whatever happens to whom. */
class LeaseTest {
  private static final List<String> THREE = List.of("a", "b", "c");

  private final long seed = Long.getLong("baton.seed", RandomGenerator.getDefault().nextLong());
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  private final LeaseWorld world = new LeaseWorld(random);

  @BeforeEach
  void tellTheSeed() {
    System.out.println("LeaseTest: -Dbaton.seed=" + seed);
  }

  private void start(List<String> names) {
    names.forEach(world::add);
    for (String name : names) {
      world.nodes.get(name).start();
      world.runFor(2 * SECOND);
    }
    assertThat(world.holders()).containsExactly(names.get(0));
    for (String name : names) {
      assertThat(world.nodes.get(name).lease.electorate().members())
          .containsExactlyInAnyOrderElementsOf(names);
    }
  }

  /** How long nobody has the address, from now on. */
  private long goneMillis() {
    long begun = world.nowNanos;
    while (world.holders().isEmpty()) {
      world.runFor(MILLI);
      assertThat(world.nowNanos - begun).as("nobody takes it").isLessThan(20 * SECOND);
    }
    return (world.nowNanos - begun) / MILLI;
  }

  private void runUntilNobodyHasIt() {
    long begun = world.nowNanos;
    while (!world.holders().isEmpty()) {
      world.runFor(MILLI);
      assertThat(world.nowNanos - begun).as("it is never lost").isLessThan(2 * SECOND);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theFirstToStartHasItAndKeepsIt(int count) {
    start(THREE.subList(0, count));
    for (int second = 0; second < 20; second++) {
      world.runFor(SECOND);
      assertThat(world.holders()).containsExactly("a");
    }
    assertThat(world.mostHolders).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void theEldestBackupTakesItWhenTheHolderDies(int count) {
    start(THREE.subList(0, count));
    world.runFor(10 * SECOND);
    world.nodes.get("a").kill();
    world.allSee();
    world.runFor(times().leaseNanos() / 2);
    runUntilNobodyHasIt();
    assertThat(goneMillis()).isLessThan(1000);
    assertThat(world.holders()).containsExactly("b");
    assertThat(world.mostHolders).isEqualTo(1);
  }

  private Lease.Times times() {
    return world.times;
  }

  @Test
  void theNextTakesItAtOnceWhenTheHolderLeaves() {
    start(THREE);
    LeaseWorld.Node holder = world.nodes.get("a");
    holder.lease.leave(holder.clock());
    assertThat(holder.fenceIsOpen()).isFalse();
    assertThat(goneMillis()).isLessThan(400);
    assertThat(world.mostHolders).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void aHolderThatSleptDoesNotGetItBack(int count) {
    start(THREE.subList(0, count));
    world.runFor(10 * SECOND);
    world.nodes.get("a").stop(3 * SECOND);
    world.allSee();
    world.runFor(3 * SECOND);
    assertThat(world.holders()).containsExactly("b");
    world.runFor(10 * SECOND);
    assertThat(world.holders()).containsExactly("b");
    assertThat(world.mostHolders).isEqualTo(1);
  }

  @Test
  void aShortSleepCostsAMomentAndNoChange() {
    start(THREE);
    world.nodes.get("a").stop(380 * MILLI); // on top of what it may be late with a renewal
    world.runFor(2 * SECOND);
    assertThat(world.holders()).containsExactly("a");
  }

  @Test
  void aHolderCutOffFromBothLosesItAndOneOfTheOthersGetsIt() {
    start(THREE);
    world.cut("a", "b");
    world.cut("a", "c");
    world.runFor(5 * SECOND);
    assertThat(world.holders()).isSubsetOf("b", "c").hasSize(1);
    world.heal();
    world.runFor(5 * SECOND);
    assertThat(world.holders()).isSubsetOf("b", "c").hasSize(1);
    assertThat(world.mostHolders).isEqualTo(1);
  }

  @Test
  void ofTwoEachHasItOnItsSideOfACutAndOneYieldsAfterwards() {
    start(THREE.subList(0, 2));
    world.runFor(10 * SECOND);
    world.cut("a", "b");
    world.runFor(5 * SECOND);
    assertThat(world.holders()).containsExactly("a", "b");
    world.heal();
    world.runFor(5 * SECOND);
    assertThat(world.holders()).hasSize(1);
  }

  /** As a member that begins a group of its own, because it does not find the others at once. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void oneThatComesBackLateSoonAgreesAboutTheHolder(int count) {
    start(THREE.subList(0, count));
    world.distanceNanos = 10 * MILLI;
    for (int i = 0; i < 200; i++) {
      String holder = world.holders().get(0);
      LeaseWorld.Node newcomer = world.nodes.get(holder.equals("a") ? "b" : "a");
      newcomer.kill();
      newcomer.slownessNanos = MILLI;
      world.nodes.get(holder).slownessNanos = 80 * MILLI;
      for (String other : THREE) {
        if (!other.equals(newcomer.name)) {
          world.cut(newcomer.name, other);
        }
      }
      world.runFor(SECOND);
      newcomer.start();
      world.runFor(random.nextLong(4 * SECOND)); // not as long as until it decides alone
      world.heal();
      world.allSee();
      long healed = world.nowNanos;
      while (!holder.equals(newcomer.lease.holder())) {
        world.runFor(MILLI);
        assertThat(world.nowNanos - healed)
            .as("attempt %d", i)
            .isLessThan(2 * times().renewNanos());
      }
      assertThat(world.holders()).containsExactly(holder);
    }
    assertThat(world.mostHolders).isEqualTo(1);
  }

  @Test
  void whoeverHasLeftIsNotMissed() {
    start(THREE);
    for (String name : List.of("a", "b")) {
      LeaseWorld.Node leaver = world.nodes.get(name);
      leaver.lease.leave(leaver.clock());
      leaver.kill();
      world.runFor(5 * SECOND);
    }
    assertThat(world.holders()).containsExactly("c");
  }

  @Test
  void neverDoTwoOfThreeHaveIt() {
    start(THREE);
    world.lossy = true;
    world.wrongViews = true;
    world.stopsInSteps = 0.002;
    int changes = 0;
    List<String> last = world.holders();
    for (int step = 0; step < 3_000; step++) {
      misfortune();
      world.runFor(random.nextLong(700 * MILLI));
      assertThat(world.mostHolders).as("holders at one moment, step %d", step).isEqualTo(1);
      List<String> now = world.holders();
      if (!now.isEmpty() && !now.equals(last)) {
        changes++;
        last = now;
      }
    }
    assertThat(changes).as("it did change hands").isGreaterThan(50);
    world.heal();
    world.lossy = false;
    world.wrongViews = false;
    world.stopsInSteps = 0;
    world.runFor(10 * SECOND);
    for (LeaseWorld.Node node : world.nodes.values()) {
      if (node.lease == null) {
        node.start();
      }
    }
    world.runFor(10 * SECOND);
    assertThat(world.holders()).as("in the end somebody has it").hasSize(1);
  }

  private void misfortune() {
    LeaseWorld.Node node = world.nodes.get(THREE.get(random.nextInt(3)));
    switch (random.nextInt(9)) {
      case 0, 1 -> node.stop(random.nextLong(3 * SECOND));
      case 2 -> {
        if (node.lease == null) {
          node.start();
        } else {
          node.kill();
        }
      }
      case 3, 4 -> {
        if (node.lease == null) {
          node.start();
        }
      }
      case 5, 6 -> world.cut(node.name, THREE.get((THREE.indexOf(node.name) + 1) % 3));
      case 7 -> world.delayNanos = MILLI << random.nextInt(9);
      default -> world.heal();
    }
  }
}
