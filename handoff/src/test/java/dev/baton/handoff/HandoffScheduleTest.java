package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.handoff.contact.LoneDesk;
import dev.baton.handoff.wire.Claim;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.handoff.wire.UnreliableFrames;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The end of a handoff between hosts, from {@code Init} on, when anything may happen to any message
 * and anybody may die: never do two hosts write to one client, and a connection whose owner lives
 * is not lost. Switches, desk and messages are real; the sockets are a model that knows whether
 * they are active, and who asks the desk comes through a contact node that hangs up, answers late,
 * or hears twice.
 */
class HandoffScheduleTest {
  private static final int SCHEDULES = 2_000;
  private static final int AT_ONCE = 48;

  /** What a donor grants an acceptor; short, so that it is often too short. */
  private static final int HELD_MILLIS = 30;

  /** What an acceptor grants a donor; short, too. And no contact node is near. */
  private static final Settling.Patience PATIENCE = new Settling.Patience(40, 0);

  private static final String CONTACT = "contact";
  private static final List<String> SIDES = List.of("donor", "acceptor");

  @TempDir private Path folder;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<Flow, String> packets = new ConcurrentHashMap<>();
  private final Map<Flow, RandomGenerator> moods = new ConcurrentHashMap<>();
  private final Log quiet = new Log(new PrintStream(OutputStream.nullOutputStream()), "test");
  private InetAddress contactAddress;
  private Group group;
  private Reception reception;
  private LoneDesk desk;

  @BeforeEach
  void openTheContactNode() throws Exception {
    contactAddress = InetAddress.getByName("10.0.0.99");
    group = new Group(folder.resolve("d"), "g");
    group.create();
    desk =
        new LoneDesk(
            CONTACT,
            new LoneDesk.Steering() {
              @Override
              public void steer(Flow flow, InetAddress node) {
                packets.put(flow, SIDES.get(node.getAddress()[3] - 1));
              }

              @Override
              public void keepHere(Flow flow) {
                packets.put(flow, CONTACT);
              }
            },
            () -> 2 * System.nanoTime()); // as patient as it need be
    reception =
        Reception.open(
            "g", group.socket(CONTACT), HandoffScheduleTest::contact, this::answer, threads, quiet);
    reception.begin();
  }

  @AfterEach
  void close() throws Exception {
    reception.close();
    threads.shutdownNow();
  }

  private static NodeInfo contact() {
    return new NodeInfo(
        CONTACT, 1, List.of(), 0, false, NodeInfo.TAKER, "ok", "somewhere", 0, true, 0, 0);
  }

  /** As a node would, but for the faults. */
  private void answer(FrameChannel channel, Message.Hello caller) throws IOException {
    while (true) {
      Message.Settle settle = channel.receive(Message.Settle.class, 60_000);
      Flow flow = new Flow(settle.client().toSocketAddress(), settle.server().toSocketAddress());
      int mood;
      int late;
      RandomGenerator random = moods.get(flow);
      synchronized (random) {
        mood = random.nextInt(10);
        late = random.nextInt(1, 60);
      }
      if (mood == 0) {
        throw new EOFException("as if the question had been lost");
      }
      if (mood == 1) {
        sleep(late); // the question comes late
      }
      String asker = caller.node();
      InetAddress at = InetAddress.getByAddress(settle.at());
      String owner;
      try {
        owner = desk.settle(settle.claim(), settle.handoff(), flow, asker, at);
      } catch (IOException e) {
        owner = null;
      }
      if (mood == 2) {
        throw new EOFException("as if the answer had been lost");
      }
      if (mood == 3) {
        again(settle, flow, asker, at, owner);
      }
      if (mood == 4) {
        sleep(late); // the answer comes late
      }
      channel.send(new Message.Settled(owner), 1_000);
    }
  }

  /** The question comes twice. */
  private void again(
      Message.Settle settle, Flow flow, String asker, InetAddress at, @Nullable String owner)
      throws IOException {
    String twice;
    try {
      twice = desk.settle(settle.claim(), settle.handoff(), flow, asker, at);
    } catch (IOException e) {
      return; // it was reserved, and has been given back meanwhile
    }
    if (settle.claim() == Claim.TAKE && asker.equals(owner)) {
      assertThat(twice).isEqualTo(owner);
    }
  }

  private static void sleep(int millis) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void everyScheduleOfFaultsLeavesOneOwnerOrADeadOne() throws Exception {
    long seed = Long.getLong("baton.seed", System.nanoTime());
    System.out.println("HandoffScheduleTest -Dbaton.seed=" + seed);
    ExecutorService schedules = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < SCHEDULES; i++) {
        int number = i;
        all.add(
            schedules.submit(
                () -> {
                  new Schedule(seed + number, number).run();
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get(60, TimeUnit.SECONDS);
      }
    } finally {
      schedules.shutdownNow();
    }
  }

  /** The process of a side ends. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private interface Role {
    void play() throws Exception;
  }

  /** One handoff. */
  private final class Schedule {
    private final long seed;
    private final Flow flow;
    private final UnreliableFrames[] line;
    private final List<SteerSwitch> switches = new ArrayList<>();

    /** Who dies, and after how many steps; nobody if it takes fewer. */
    private final String victim;

    private final String handoff;
    private final boolean reserves;
    private final CountDownLatch reserved = new CountDownLatch(1);

    private int stepsToLive;
    private @Nullable String active;

    /** Once somebody has been, nobody else can be: the client knows bytes that he does not. */
    private @Nullable String everActive;

    private boolean dead;

    /** The acceptor has what it needs to be active; it may be the owner though it never was. */
    private boolean used;

    /** The donor has learnt for sure that the acceptor was never active. */
    private volatile boolean knows;

    Schedule(long seed, int number) throws IOException {
      this.seed = seed;
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      this.flow =
          new Flow(
              new InetSocketAddress(
                  InetAddress.getByAddress(new byte[] {10, 1, (byte) (number >> 8), (byte) number}),
                  4711),
              new InetSocketAddress(contactAddress, 80));
      moods.put(flow, RandomGeneratorFactory.of("L64X128MixRandom").create(~seed));
      packets.put(flow, SIDES.get(0));
      this.line = UnreliableFrames.pair(random, 0.4);
      this.victim = random.nextBoolean() ? SIDES.get(random.nextInt(2)) : "nobody";
      this.stepsToLive = random.nextInt(5);
      this.handoff = "h" + seed;
      this.reserves = random.nextInt(4) > 0;
      for (int side = 0; side < 2; side++) {
        InetAddress at = InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) (side + 1)});
        switches.add(
            new SteerSwitch(
                SIDES.get(side),
                at,
                List.of(contactAddress),
                group,
                new LocalSwitch(NoServer.HERE, quiet),
                new LoneDesk.Elsewhere(CONTACT),
                threads,
                PATIENCE,
                quiet));
      }
    }

    void run() throws Exception {
      Future<?> donor = threads.submit(() -> play("donor", this::donor));
      Future<?> acceptor = threads.submit(() -> play("acceptor", this::acceptor));
      donor.get(30, TimeUnit.SECONDS);
      line[0].close(); // the rest of its process may be over too
      acceptor.get(30, TimeUnit.SECONDS);
      for (SteerSwitch each : switches) {
        each.close();
      }
      String owner = packets.get(flow);
      if (dead) {
        assertThat(active == null || active.equals(owner)).as("seed %d", seed).isTrue();
        String decided =
            desk.settle(Claim.TAKE_BACK, handoff, flow, "donor", InetAddress.getByName("10.0.0.1"));
        boolean perhapsActive = victim.equals("acceptor") && (used || (reserves && !knows));
        assertThat(active != null || victim.equals(decided) || perhapsActive)
            .as("whoever lives has not lost it, seed %d", seed)
            .isTrue();
      } else {
        assertThat(active).as("who has the connection, seed %d", seed).isEqualTo(owner);
      }
    }

    private Void play(String side, Role role) throws Exception {
      try {
        role.play();
      } catch (Killed e) {
        dies(side);
      } catch (IOException e) {
        return null; // it has given up, as a node does that logs this
      }
      return null;
    }

    private synchronized void dies(String side) {
      dead = true;
      if (side.equals(active)) {
        active = null; // its client gets a reset
      }
      line[SIDES.indexOf(side)].close();
    }

    private synchronized void step(String side) {
      if (side.equals(victim) && stepsToLive-- == 0) {
        throw new Killed();
      }
    }

    /** The socket of a side is no longer frozen. */
    private synchronized void activate(String side, boolean reserved) {
      assertThat(everActive).as("%s writes, and so did, seed %d", side, seed).isNull();
      if (!reserved) {
        assertThat(packets.get(flow)).as("where the packets go, seed %d", seed).isEqualTo(side);
      }
      everActive = side;
      active = side;
    }

    private synchronized boolean use(TrafficSwitch.Reservation reservation) {
      used = reservation.use(handoff);
      return used;
    }

    /** As {@link Departure}; its socket is frozen from {@code Init} on. */
    private void donor() throws Exception {
      reserved.await(1, TimeUnit.SECONDS);
      boolean activating = false;
      step("donor");
      try {
        line[0].send(new Message.Init(new byte[] {1}, null, 0, handoff), 1_000);
        Message answer = line[0].receive(HELD_MILLIS);
        while (answer instanceof Message.Activating) {
          activating = true;
          answer = line[0].receive(HELD_MILLIS);
        }
        FrameChannel.expect(Message.Done.class, answer);
        step("donor");
      } catch (IOException e) {
        knows = e instanceof RefusedException || line[0].hasSaidAll();
        step("donor");
        line[0].close();
        if (!activating && switches.get(0).keep(flow, handoff, knows)) {
          step("donor");
          activate("donor", false);
        }
      }
    }

    /** As {@link Arrival}; whatever goes wrong before it is active, its socket is dropped. */
    private void acceptor() throws Exception {
      TrafficSwitch.Reservation mine = reserves ? switches.get(1).reserve(flow, handoff) : null;
      reserved.countDown();
      try {
        Message.Init init = line[1].receive(Message.Init.class, 2_000);
        step("acceptor");
        if (mine == null && line[1].ended()) {
          throw new EOFException("the donor has taken the connection back");
        }
        step("acceptor");
        boolean ahead = mine != null && use(mine) && announced();
        if (!ahead) {
          switches.get(1).switchTo(flow, init.handoff());
        }
        step("acceptor");
        activate("acceptor", ahead);
        step("acceptor");
        if (ahead) {
          switches.get(1).switchReserved(flow, handoff);
        }
        line[1].send(new Message.Done(1, 2, 3, 4, false), 1_000);
        step("acceptor");
      } catch (Killed e) {
        if (mine != null) {
          mine.use(handoff); // the dead give nothing back
        }
        throw e;
      } finally {
        if (mine != null) {
          mine.close();
        }
      }
    }

    private boolean announced() {
      try {
        line[1].send(new Message.Activating(), 1_000);
        return true;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
