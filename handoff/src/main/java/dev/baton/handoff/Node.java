package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.Row;
import dev.baton.handoff.policy.Avoidance;
import dev.baton.handoff.policy.FirstCome;
import dev.baton.handoff.policy.HandoffPolicy;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.ProtocolException;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.linux.Listener;
import dev.baton.linux.NetworkNamespace;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.ThreadPriority;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node of a group: answers other nodes and the command line on its Unix socket, takes connections
 * over, and gives its own away.
 *
 * <p>All its threads are daemons. What goes wrong in one conversation ends that conversation, with
 * a line in the log, and nothing else.
 */
public final class Node implements Closeable {
  private static final long WATCH_MILLIS = 1_000;

  /** How often the nodes describe themselves to one that distributes new connections. */
  private static final long CENSUS_MILLIS = 500;

  private final NodeConfig config;
  private final Host host;
  private final Log log;
  private final Group group;
  private final ExecutorService executor;
  private final Reception reception;
  private final Switches switches;
  private final Departures departures;
  private final Donor donor;
  private final ApplicationDonor applicationDonor;
  private final Optimizer optimizer;
  private final Census census;
  private final Handover handover;
  private final Placement placement;
  private final Relay relay;
  private final ProcessorLoad load = new ProcessorLoad();
  private final RoundTrips roundTrips = new RoundTrips(System::nanoTime);
  private final long sinceMillis = System.currentTimeMillis();
  private final String namespace = NetworkNamespace.current().toString();
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * Held while new connections are directed here, or given up: {@link #taker} and the kernel agree.
   */
  private final Object directing = new Object();

  private volatile boolean taker;
  private @Nullable Closeable distributing;

  private Node(NodeConfig config, Host host, Log log, Group group, Switches switches, Team team)
      throws IOException {
    this.config = config;
    this.host = host;
    this.log = log;
    this.group = group;
    this.switches = switches;
    departures = new Departures(config.node(), group, switches, log);
    this.donor = new Donor(departures, log);
    this.applicationDonor = new ApplicationDonor(config.node(), host, departures);
    this.optimizer = team.optimizer();
    this.executor = team.executor();
    this.relay = new Relay(group, config.node());
    HandoffPolicy policy = newPolicy();
    boolean distances = policy.needsRoundTrips();
    this.census = new Census(group, () -> info(distances), distances, executor, log);
    this.handover =
        new Handover(
            config, namespace, host, group, switches, census, donor, policy, executor, log);
    this.placement =
        new Placement(
            selection(policy),
            below().isEmpty() ? null : selection(newPolicy()),
            donor,
            executor,
            () -> !handover.draining() && !handover.drained());
    this.reception =
        Reception.open(
            group.name(), group.socket(config.node()), this::info, this::answer, executor, log);
  }

  private HandoffPolicy newPolicy() {
    return config.distribution().map(all -> all.policy().get()).orElseGet(FirstCome::new);
  }

  private List<String> below() {
    return config.distribution().map(NodeConfig.Distribution::below).orElse(List.of());
  }

  private Selection selection(HandoffPolicy policy) {
    return new Selection(census, switches, new Avoidance(policy, System::nanoTime));
  }

  /**
   * Who does a node's work.
   *
   * @param executor one daemon thread for each conversation
   */
  private record Team(ExecutorService executor, Optimizer optimizer) {

    /**
     * @param rank what each thread does first
     */
    static Team of(Runnable rank, Optimizer optimizer) {
      AtomicInteger count = new AtomicInteger();
      return new Team(
          Executors.newCachedThreadPool(
              task -> {
                Runnable ranked =
                    () -> {
                      rank.run();
                      task.run();
                    };
                Thread thread =
                    new Thread(null, ranked, "baton-" + count.incrementAndGet(), 0, false);
                thread.setDaemon(true);
                return thread;
              }),
          optimizer);
    }
  }

  /**
   * Joins the group.
   *
   * @param host the server this node lives in
   * @throws IOException if the folder cannot be used, or another node has this name
   */
  public static Node start(NodeConfig config, Host host, Log log) throws IOException {
    return start(config, host, log, Team.of(ThreadPriority::raise, new Optimizer(log)));
  }

  /**
   * Joins the group on behalf of an application that hands off itself.
   *
   * @param host the application
   * @throws IOException if the folder cannot be used, or another node has this name
   */
  public static Node start(NodeConfig config, ApplicationHost host, Log log) throws IOException {
    return start(config, host, log, Team.of(ThreadPriority::raise, Optimizer.untouched(log)));
  }

  /**
   * Joins a group only to practise: whatever the node does stands back behind all others.
   *
   * @param host serves nobody
   */
  static Node practise(NodeConfig config, Host host, Log log) throws IOException {
    return start(config, host, log, Team.of(ThreadPriority::standBack, Optimizer.untouched(log)));
  }

  private static Node start(NodeConfig config, Host host, Log log, Team team) throws IOException {
    LocalSwitch here = new LocalSwitch(host, log);
    if (config.elsewhere().isEmpty()) {
      Group group = new Group(config.dir(), config.group());
      group.create();
      group.sweep();
      return new Node(config, host, log, group, Switches.local(here), team).begin();
    }
    Abroad abroad = Abroad.open(config, config.elsewhere().get(), log);
    try {
      Group group = new Group(config.dir(), config.group(), abroad.peers());
      group.create();
      group.sweep();
      Switches switches = abroad.switches(config.node(), host, here, group, team.executor(), log);
      Node node = new Node(config, host, log, group, switches, team);
      abroad.listen(node.reception); // first: who is found on its host can be reached from others
      node.begin();
      abroad.practise(config.node(), log);
      return node;
    } catch (IOException | RuntimeException e) {
      abroad.close();
      throw e;
    }
  }

  private Node begin() {
    reception.begin();
    executor.execute(this::watch);
    if (config.distribution().isPresent()) {
      distributing = census.keepFresh(CENSUS_MILLIS);
      host.consult(placement);
    }
    return this;
  }

  /** What this node tells about itself. */
  public NodeInfo info() {
    return info(false);
  }

  private NodeInfo info(boolean distances) {
    return new NodeInfo(
        config.node(),
        ProcessHandle.current().pid(),
        host.listeners().stream()
            .map(listener -> listener.local().getPort())
            .sorted()
            .distinct()
            .toList(),
        host.connectionCount(),
        handover.draining(),
        taker ? NodeInfo.TAKER : handover.drained() ? NodeInfo.DRAINED : "member",
        host.adviceErrors() == 0 ? "ok" : host.adviceErrors() + " errors in advice",
        namespace,
        sinceMillis,
        switches.isContact(),
        host.adviceErrors(),
        load.now(),
        below(),
        distances ? roundTrips.tell() : Map.of(),
        switches.mobility());
  }

  /**
   * Hands a connection of an application off, which says itself what has to be known.
   *
   * @param tcp stays the caller's; nobody does anything with the connection meanwhile
   * @param to the acceptor
   * @param state for the application there
   * @return what became of it; never throws
   */
  public ApplicationHost.Outcome handOff(TcpConnection tcp, String to, byte[] state) {
    return applicationDonor.handOff(tcp, to, state);
  }

  /** A connection of this node is over for both its ends: its packets need not come here longer. */
  public void over(Flow flow) {
    switches.over(flow);
  }

  /** Makes connections that a listener accepts from now on such that they can go anywhere. */
  public void fit(Listener listener) throws IOException {
    switches.fit(listener);
  }

  /**
   * Gets the new connections of a shared listener from now on; the other nodes of the group that
   * share it get no more.
   */
  public void takeNewConnections(Listener listener) throws IOException {
    switches.fit(listener);
    for (NodeInfo peer : group.nodes(config.node())) {
      if (!peer.namespace().equals(namespace)) {
        continue; // its listener is its own
      }
      try (NodeClient client = group.open(peer.name(), config.node())) {
        client
            .channel()
            .ask(
                new Message.NewConnections(config.node()),
                Message.Ready.class,
                NodeClient.ANSWER_MILLIS);
      } catch (EOFException | NoSuchNodeException e) { // it is leaving
      } catch (IOException e) {
        log.warn("node " + peer.name() + " could not be told that new connections come here", e);
      }
    }
    // Only now: the node that had them until it was told might have directed them to itself again.
    synchronized (directing) {
      direct(listener);
      taker = true;
    }
    serveAgain();
  }

  /**
   * When a listener of a port closes, also by the death of its JVM, the kernel renumbers the
   * others; so the node that gets the new connections looks every now and then whether it still
   * does.
   */
  private void watch() {
    try {
      while (!closed.await(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
        synchronized (directing) {
          for (Listener listener : taker ? host.listeners() : List.<Listener>of()) {
            listener.directNewConnectionsAgain();
          }
        }
        switches.tidy(host);
        roundTrips.measure(host);
      }
    } catch (IOException | InterruptedException e) {
      log.warn("new connections may go to another node when one leaves", e);
    }
  }

  private void direct(Listener listener) throws IOException {
    if (listener.isListening() && listener.isShared()) {
      listener.directNewConnections();
    }
  }

  /**
   * Hands everything over and stops accepting, until nothing is left or the drain's time is up.
   *
   * @param to the acceptor; null to let the policy choose
   * @param progress called as it goes
   * @throws IOException if there is no one to hand over to; nothing has happened then
   */
  public HandoffReport drain(@Nullable String to, Consumer<Message.Progress> progress)
      throws IOException {
    return handover.drain(to, this::giveUpNewConnections, progress);
  }

  private void giveUpNewConnections() {
    synchronized (directing) {
      taker = false;
    }
    if (handover.drained()) {
      host.consult(placement); // what comes here is sent where the rest goes
    }
  }

  /** After a drain: somebody has use for this node again. */
  private void serveAgain() {
    if (handover.undo()) {
      host.consult(config.distribution().isPresent() ? placement : null);
    }
  }

  /** Hands everything over to this node itself, for practice. */
  HandoffReport drainIntoItself() throws IOException, InterruptedException {
    return handover.intoItself();
  }

  /** Takes no connection over any more: this JVM stops. */
  public void refuseHandoffs() {
    handover.stop();
  }

  /** Whether there is something to hand over, and a node that a drain could hand it over to. */
  public boolean hasSuccessor() {
    return handover.hasSuccessor();
  }

  /** The nodes that a connection could go to. */
  public List<NodeInfo> targets() throws IOException {
    return handover.targets();
  }

  /** Leaves the group. Connections stay with the host. */
  @Override
  public void close() throws IOException {
    closed.countDown();
    host.consult(null);
    if (distributing != null) {
      distributing.close();
    }
    reception.close();
    departures.close();
    switches.close();
    executor.shutdown();
  }

  /** Answers questions until the caller hangs up. */
  private void answer(FrameChannel channel, Message.Hello caller) throws IOException {
    while (true) {
      Message question;
      try {
        question = channel.receive(NodeClient.IDLE_MILLIS);
      } catch (SocketTimeoutException e) {
        if (channel.idle()) {
          return; // it has nothing to ask at the moment
        }
        throw e;
      }
      if (question instanceof Message.Prepare prepare) {
        if (!accept(channel, prepare, caller)) {
          return;
        }
        continue;
      }
      if (question instanceof Message.Guard guard) {
        guard(channel, guard);
        return;
      }
      if (question instanceof Message.Through through) {
        relay.put(channel, through, caller);
        return;
      }
      channel.send(answer(channel, question, caller), NodeClient.ANSWER_MILLIS);
    }
  }

  private Message answer(FrameChannel channel, Message question, Message.Hello caller)
      throws IOException {
    if (question instanceof Message.Connections) {
      return new Message.ConnectionList(
          host.connections().stream().map(ServedConnection::info).toList());
    }
    if (question instanceof Message.Describe describe) {
      return new Message.Welcome(Message.VERSION, info(describe.roundTrips()));
    }
    if (question instanceof Message.Elsewhere) {
      return new Message.NodeList(group.nodesElsewhere(config.node()));
    }
    if (question instanceof Message.Settle settle) {
      return new Message.Settled(switches.settle(settle, caller, channel.peerAddress()));
    }
    if (question instanceof Message.Ended ended) {
      switches.ended(ended, channel.peerAddress());
      return new Message.Ready();
    }
    if (question instanceof Message.Practice) {
      return question;
    }
    if (question instanceof Message.NewConnections to) {
      if (!to.node().equals(config.node())) {
        new Trial(donor, executor, log).of(to.node(), host.connections());
      }
      synchronized (directing) {
        taker = to.node().equals(config.node());
        for (Listener listener : taker ? host.listeners() : List.<Listener>of()) {
          direct(listener);
        }
      }
      return new Message.Ready();
    }
    if (question instanceof Message.Handoff handoff) {
      return new Message.Report(handOff(handoff.to(), handoff.connection()));
    }
    if (question instanceof Message.Drain drain) {
      return new Message.Report(drain(drain.to(), step -> sendQuietly(channel, step)));
    }
    throw new ProtocolException("got " + question.getClass().getSimpleName() + " out of turn");
  }

  private void sendQuietly(FrameChannel channel, Message.Progress step) {
    try {
      channel.send(step, NodeClient.ANSWER_MILLIS);
    } catch (IOException e) {
      log.warn("whoever asked for the drain has gone; it goes on", e);
    }
  }

  private HandoffReport handOff(String to, @Nullable String id) throws IOException {
    try (NodeClient acceptor = group.open(to, config.node())) {
      if (to.equals(config.node())) {
        throw new RefusedException("a node cannot hand off to itself");
      }
      if (acceptor.node().draining()) {
        throw new RefusedException("node '" + to + "' is draining");
      }
    } catch (NoSuchNodeException e) {
      throw new RefusedException(Log.words(e));
    }
    List<Future<Row>> moves = new ArrayList<>();
    for (ServedConnection connection : host.connections()) {
      if (id == null || id.equals(connection.id())) {
        moves.add(executor.submit(() -> donor.handOff(connection, to)));
      }
    }
    if (id != null && moves.isEmpty()) {
      throw new RefusedException("there is no connection '" + id + "' here");
    }
    List<Row> rows = new ArrayList<>();
    for (Future<Row> move : moves) {
      try {
        rows.add(move.get());
      } catch (ExecutionException e) {
        throw new IOException("a handoff broke", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted in the middle of a handoff", e);
      }
    }
    return HandoffReport.of(config.node(), to, rows);
  }

  /** Guards a client that moves between two other nodes, until they hang up. */
  private void guard(FrameChannel channel, Message.Guard guard) throws IOException {
    Flow flow = new Flow(guard.client().toSocketAddress(), guard.server().toSocketAddress());
    switches.here().prepare(flow);
    try {
      channel.send(new Message.Ready(), NodeClient.ANSWER_MILLIS);
      channel.receive(NodeClient.IDLE_MILLIS);
    } finally {
      switches.here().release(flow, false);
    }
  }

  /** Returns whether the conversation goes on. */
  private boolean accept(FrameChannel channel, Message.Prepare prepare, Message.Hello caller)
      throws IOException {
    if (handover.refuses()) {
      throw new RefusedException("node '" + config.node() + "' is draining");
    }
    TrafficSwitch trafficSwitch = switches.to(caller.namespace());
    if (host instanceof ApplicationHost application) {
      String donor = caller.node();
      if (donor == null) {
        throw new ProtocolException("got Prepare from a command");
      }
      try (ApplicationAcceptor acceptor =
          new ApplicationAcceptor(application, trafficSwitch, channel, prepare, donor, executor)) {
        return acceptor.run();
      }
    }
    serveAgain();
    optimizer.begin();
    try (Acceptor acceptor = new Acceptor(host, trafficSwitch, channel, prepare, executor)) {
      return acceptor.run();
    } finally {
      optimizer.end();
    }
  }
}
