package dev.baton.agent;

import dev.baton.agent.observe.Listeners;
import dev.baton.agent.observe.ManagedPorts;
import dev.baton.agent.observe.Observation;
import dev.baton.agent.observe.PortSharing;
import dev.baton.agent.observe.ServerSide;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.node.Activation;
import dev.baton.boot.Bridge;
import dev.baton.handoff.Group;
import dev.baton.handoff.HandoffReport;
import dev.baton.handoff.Log;
import dev.baton.handoff.Node;
import dev.baton.handoff.NodeConfig;
import dev.baton.handoff.Optimizer;
import dev.baton.handoff.WarmUp;
import dev.baton.handoff.contact.Discovery;
import dev.baton.handoff.policy.HandoffPolicy;
import dev.baton.handoff.policy.Routes;
import dev.baton.http.HttpTracker;
import dev.baton.linux.Capabilities;
import dev.baton.linux.Listener;
import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Baton at work in one JVM: observes from the first connection on, and joins its group from a
 * thread of its own while the host starts.
 */
final class Baton {
  /** How long a shutdown that comes right after the start waits for the node. */
  private static final long STARTING_MILLIS = 2_000;

  /** Requests are kept in arrays. */
  private static final int LARGEST_REPLAY = 1 << 30;

  private final Settings settings;
  private final Log log;
  private final Listeners listeners;
  private final ServerSide server;
  private final ExecutorService executor = Executors.newSingleThreadExecutor(Baton::daemon);
  private final CountDownLatch started = new CountDownLatch(1);
  private volatile @Nullable Node node;

  private Baton(Settings settings) throws IOException {
    this.settings = settings;
    this.log = new Log(System.err, settings.node());
    Group group = new Group(settings.dir().toPath(), settings.group());
    ManagedPorts ports = new ManagedPorts(settings.ports(), ownPorts(settings));
    this.listeners =
        new Listeners(
            ports,
            settings.takeover() ? new PortSharing(group, settings.node()) : port -> false,
            Listener.tagOfThisProcess(),
            log);
    this.server =
        new ServerSide(settings.node(), ports, policy(settings), listeners, Bridge::errors, log);
  }

  /**
   * Puts the implementation into the bridge; the hooks are installed. Returns soon, since the
   * host's {@code main} waits: whatever takes time follows on a daemon thread.
   *
   * @param settings read and valid
   * @param instrumentation the host's
   * @param attached whether the server was running before, and connections may be open
   * @throws IOException if the kernel does not let connections be moved, in words for the operator
   */
  static void start(Settings settings, Instrumentation instrumentation, boolean attached)
      throws IOException {
    String missing = Capabilities.missing();
    if (missing != null) {
      throw new IOException(missing);
    }
    Baton baton = new Baton(settings);
    Bridge.hooks = new Observation(baton.server, baton::beforeShutdownHooks);
    baton.executor.execute(baton::join);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(null, task, "baton-node", 0, false);
    thread.setDaemon(true);
    return thread;
  }

  /** Where Baton itself listens. */
  private static Set<Integer> ownPorts(Settings settings) {
    return settings
        .listen()
        .map(InetSocketAddress::getPort)
        .map(port -> Set.of(port, settings.membershipPort().orElse(port + 1)))
        .orElse(Set.of());
  }

  private static HttpTracker.Policy policy(Settings settings) {
    return new HttpTracker.Policy(
        (int) Math.min(settings.maxReplay(), LARGEST_REPLAY),
        (method, target) ->
            settings.replayable().stream().anyMatch(pattern -> pattern.matches(method, target)));
  }

  private void join() {
    try {
      NodeConfig config =
          new NodeConfig(
              settings.node(),
              settings.group(),
              settings.dir().toPath(),
              settings.drainTimeout(),
              settings.keys().map(this::elsewhere),
              distribution());
      Node joined = Node.start(config, server, log);
      node = joined;
      started.countDown();
      practise();
      listeners.whenReady(listener -> executor.execute(() -> takeNewConnections(joined, listener)));
    } catch (IOException | RuntimeException e) {
      log.warn("this node is not in its group; no connection of it will be handed off", e);
    } finally {
      started.countDown();
    }
  }

  /** Empty if connections are served where they come: then nothing is looked at. */
  private Optional<NodeConfig.Distribution> distribution() {
    if (!settings.distributes()) {
      return Optional.empty();
    }
    Supplier<HandoffPolicy> policy =
        settings.routes().isEmpty()
            ? settings.policy()::policy
            : () -> new Routes(settings.routes(), settings.policy().policy());
    return Optional.of(new NodeConfig.Distribution(policy, settings.below()));
  }

  private NodeConfig.Elsewhere elsewhere(File keys) {
    boolean leave = settings.trafficSwitch() != Settings.TrafficSwitch.LOCAL;
    return new NodeConfig.Elsewhere(
        keys.toPath(),
        settings.listen(),
        settings.peers(),
        leave ? settings.contact() : List.of(),
        membership(),
        new NodeConfig.Admission(settings.admission().map(File::toPath), settings.ticket()),
        mobility());
  }

  /**
   * Reads the home agent's key.
   *
   * @throws IllegalArgumentException if something is missing, in words for the operator
   */
  private Optional<NodeConfig.Mobility> mobility() {
    if (settings.trafficSwitch() != Settings.TrafficSwitch.MIP6) {
      return Optional.empty();
    }
    if (settings.homeAgent().isEmpty() || settings.homeKey().isEmpty()) {
      throw new IllegalArgumentException(
          "baton.switch=mip6 requires baton.homeAgent and baton.homeKey");
    }
    return Optional.of(
        new NodeConfig.Mobility(
            Ip6.of(settings.homeAgent().get()),
            HomeKey.association(settings.homeKey().get()),
            settings.pipelined() ? Activation.PIPELINED : Activation.ACKNOWLEDGED));
  }

  private NodeConfig.Membership membership() {
    int after = settings.listen().map(address -> address.getPort() + 1).orElse(0);
    List<InetSocketAddress> peers = new ArrayList<>();
    for (InetSocketAddress peer : settings.peers()) {
      peers.add(
          InetSocketAddress.createUnresolved(
              peer.getHostString(), settings.membershipPort().orElse(peer.getPort() + 1)));
    }
    String how = settings.discovery();
    Discovery discovery =
        switch (how) {
          case "peers" -> new Discovery.Peers();
          case "multicast" -> new Discovery.Multicast();
          default -> new Discovery.Dns(how.substring("dns:".length()));
        };
    return new NodeConfig.Membership(
        settings.membershipPort().orElse(after), peers, discovery, settings.absence());
  }

  /** Who takes the new connections will be given the old ones: it gets ready for that first. */
  private void practise() {
    try {
      WarmUp.run(settings.dir().toPath());
    } catch (IOException e) {
      log.warn(
          "handoffs were practised and did not work; connections that cannot move stay where they"
              + " are",
          e);
    }
  }

  private void takeNewConnections(Node joined, Listener listener) {
    try {
      joined.takeNewConnections(listener);
    } catch (IOException e) {
      log.warn(
          "new connections on port " + listener.local().getPort() + " do not all come here", e);
    }
  }

  /** Runs when the JVM begins to stop, before the server's own shutdown hooks. */
  private void beforeShutdownHooks() {
    try {
      if (!started.await(STARTING_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
      Node joined = node;
      if (joined == null) {
        return;
      }
      joined.refuseHandoffs();
      if (settings.drainOnTerm()) {
        drain(joined);
      }
      joined.close();
    } catch (IOException e) {
      log.warn("the node's socket stays behind", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void drain(Node joined) {
    if (!joined.hasSuccessor()) {
      return; // nobody to hand over to: the JVM stops as it always did
    }
    Optimizer.standBack(log);
    try {
      long begun = System.nanoTime();
      HandoffReport report = joined.drain(null, step -> {});
      log.info(
          "drained in "
              + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)
              + " ms: "
              + report.handedOff()
              + " connections handed off, "
              + (report.skipped() + report.failed())
              + " left");
      report.connections().stream()
          .filter(row -> row.reason() != null)
          .limit(20)
          .forEach(
              row ->
                  log.info(
                      "left behind: " + row.client() + " " + row.state() + ": " + row.reason()));
    } catch (IOException e) {
      log.info("nothing was handed over, the server stops as without Baton: " + e.getMessage());
    }
  }
}
