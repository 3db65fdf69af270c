package dev.baton.handoff.library;

import dev.baton.handoff.Flow;
import dev.baton.handoff.Log;
import dev.baton.handoff.Node;
import dev.baton.handoff.NodeConfig;
import dev.baton.handoff.NodeInfo;
import dev.baton.handoff.WarmUp;
import dev.baton.linux.Capabilities;
import dev.baton.linux.Listener;
import dev.baton.linux.OwnSockets;
import dev.baton.linux.TcpConnection;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A node of a distributed server: its application hands clients' connections off to other nodes of
 * the group and takes theirs over. The client keeps one TCP connection to one address and notices
 * nothing but a pause, of milliseconds once both JVMs have warmed up ({@link #practise}).
 *
 * <p>What has been said on a connection, and what is to be said next, only the application knows.
 * It tells the other one in a state of its own making, which travels with the connection. The bytes
 * are Baton's business: what was written before a handoff reaches the client before anything that
 * is written after it, and what the client has sent and nobody has read yet is read by the
 * acceptor.
 *
 * <p>Nodes on one host find each other in a folder, and share their port ({@link #listen}). Nodes
 * on several hosts are told where the others are, prove with keys that they are of the group, and
 * serve at its contact address ({@link NodeConfig.Elsewhere}); only connections to a contact
 * address can go to another host.
 *
 * <p>Needs CAP_NET_ADMIN. On JDK 24 and later, start the JVM with {@code
 * --enable-native-access=ALL-UNNAMED}, or it prints a warning. All threads are daemons.
 * Thread-safe.
 */
public final class AnycastNode implements Closeable {

  /** The longest state in bytes. What is larger belongs into a store that both nodes can read. */
  public static final int MAX_STATE = 1 << 20;

  private final NodeConfig config;
  private final ExecutorService delivery;
  private final Inbox inbox;
  private final Application application;
  private final Farewells farewells;
  private final Node node;
  private final Handoffs handoffs;

  private AnycastNode(NodeConfig config, Log log) throws IOException {
    this.config = config;
    this.delivery = Executors.newCachedThreadPool(threads("received"));
    this.inbox = new Inbox(delivery);
    this.application = new Application(inbox);
    this.farewells = new Farewells(threads("farewell"));
    this.node = Node.start(config, application, log);
    this.handoffs = new Handoffs(node, log, threads("handoff"));
  }

  private static ThreadFactory threads(String what) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread =
          new Thread(null, task, "baton-" + what + "-" + count.incrementAndGet(), 0, false);
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Joins a group, with lines about trouble on standard error.
   *
   * @param config the node's name, its group, and where the others are
   * @throws IOException if that cannot be: the message says what is missing
   */
  public static AnycastNode start(NodeConfig config) throws IOException {
    return start(config, new Log(System.err, config.node()));
  }

  /**
   * Joins a group.
   *
   * @param config the node's name, its group, and where the others are
   * @param log gets a line about each event that an operator should know
   * @throws IOException if that cannot be: the message says what is missing
   */
  public static AnycastNode start(NodeConfig config, Log log) throws IOException {
    String missing = Capabilities.missing();
    if (missing != null) {
      throw new IOException(missing);
    }
    return new AnycastNode(config, log);
  }

  /**
   * Moves connections of its own to and fro for a second or so, at the lowest priority. Classes
   * that a JVM loads and compiles now need not be loaded while the first client waits.
   *
   * @throws IOException if moving a connection does not work here
   */
  public void practise() throws IOException {
    WarmUp.run(config.dir());
  }

  /** This node's name in its group. */
  public String name() {
    return config.node();
  }

  /**
   * The names of the nodes that a connection could go to at this moment: they serve the same port,
   * can be reached, and are not about to leave.
   */
  public List<String> others() throws IOException {
    return node.targets().stream().map(NodeInfo::name).toList();
  }

  // ---- listening

  /**
   * Listens for clients. Other nodes of the group on this host may listen at the same address: the
   * kernel then spreads new clients among them, or gives them all to one that {@linkplain
   * #takeNewConnections asks}.
   *
   * @param address with port 0 for one that is free
   * @return joined; owned by the caller
   */
  public ServerSocketChannel listen(SocketAddress address) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open();
    try {
      server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      server.bind(address);
      join(server);
      return server;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /**
   * Makes a listener of the application known, as {@link #listen} does. Connections can be handed
   * off, and come here, only if a listener on their port has joined: it must not answer packets of
   * a client whose connection is just between two nodes. With a contact address, clients that
   * connect from now on are told to send segments that leave room for the tunnel between hosts.
   *
   * @param server bound, with SO_REUSEPORT if it is to share its port; stays the caller's, who may
   *     close it at any time
   */
  public void join(ServerSocketChannel server) throws IOException {
    Listener listener = OwnSockets.listener(server, Listener.tagOfThisProcess());
    node.fit(listener);
    application.joined(listener);
  }

  /**
   * Directs all new connections to this host's shared ports here, until another node asks for the
   * same. Those that are open stay where they are.
   */
  public void takeNewConnections() throws IOException {
    for (Listener listener : application.listeners()) {
      node.takeNewConnections(listener);
    }
  }

  // ---- client_handoff

  /**
   * Hands a client's connection off ({@code client_handoff}). Returns when the acceptor has it and
   * the channel here is closed, or throws.
   *
   * <p>Meanwhile nobody may read from the channel, write to it or close it, and no selector may
   * look at it: cancel its key first, or set its interest to 0, and let the selector see that. A
   * client that is quick gets what has been written before the connection moves; what a slow one
   * has not got yet moves along. To interrupt the caller does not end a handoff; the interrupt is
   * kept. Some tens of handoffs are under way at one time.
   *
   * @param client connected: accepted by a listener that has {@linkplain #join joined}, or {@link
   *     #receive() received}
   * @param acceptor the node that is to have it
   * @param state for the application there, at most {@link #MAX_STATE} bytes; not kept
   * @return where it is and how long it took
   * @throws NotHandedOffException if the connection is still here, as it was
   * @throws ConnectionLostException if it is not here any more, and may be nowhere
   */
  public HandedOff handoff(SocketChannel client, String acceptor, byte[] state)
      throws HandoffException {
    try {
      return handoffs.begin(client, acceptor, state).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof HandoffException told) {
        throw told.toldHere();
      }
      throw e;
    }
  }

  /**
   * As {@link #handoff}, without waiting. What has been said of the channel holds from this call
   * on.
   *
   * @return completed with the result, or with a {@link HandoffException}; on a thread that may be
   *     kept
   */
  public CompletionStage<HandedOff> handoffAsync(
      SocketChannel client, String acceptor, byte[] state) {
    return handoffs
        .begin(client, acceptor, state)
        .whenCompleteAsync((done, failure) -> {}, delivery);
  }

  // ---- client_receive

  /**
   * Receives a connection that another node hands off ({@code client_receive}); waits for one. From
   * the first call on, connections may come; a number of them wait to be received, and then others
   * are refused and stay where they are.
   *
   * @return the caller's
   * @throws ClosedChannelException if this node is closed
   */
  public Received receive() throws IOException, InterruptedException {
    return await(Optional.empty()).orElseThrow();
  }

  /**
   * As {@link #receive()}, but does not wait for long.
   *
   * @return empty if none has come in time
   */
  public Optional<Received> receive(Duration timeout) throws IOException, InterruptedException {
    return await(Optional.of(timeout));
  }

  private Optional<Received> await(Optional<Duration> timeout)
      throws IOException, InterruptedException {
    CompletableFuture<Received> next = inbox.next();
    boolean taken = false;
    try {
      Received received =
          timeout.isEmpty() ? next.get() : next.get(timeout.get().toNanos(), TimeUnit.NANOSECONDS);
      taken = true;
      return Optional.of(received);
    } catch (TimeoutException e) {
      if (next.cancel(false)) {
        return Optional.empty();
      }
      taken = true;
      return Optional.of(next.join()); // it has come in this moment
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException closed ? closed : new IOException(e.getCause());
    } finally {
      if (!taken && !next.cancel(false) && !next.isCompletedExceptionally()) {
        inbox.putBack(next.join()); // interrupted in this moment
      }
    }
  }

  /**
   * As {@link #receive()}, without waiting.
   *
   * @return completed with the next connection, on a thread of this node that may be kept; or with
   *     a {@link ClosedChannelException}. Whoever does not want it any more cancels the future
   */
  public CompletionStage<Received> receiveAsync() {
    return inbox.next();
  }

  /**
   * Takes no connection over from now on, and lets the others know: for a node that is about to
   * leave and hands off what it has. Those that have come already can be received.
   */
  public void stopReceiving() {
    node.refuseHandoffs();
  }

  // ---- client_close

  /**
   * Ends a client's connection ({@code client_close}). The channel is closed when this returns.
   * What was written still reaches the client; when the client has ended its side too, the contact
   * node is told to forget where the connection was. A plain {@code close} of the channel does
   * nearly the same: a client that has sent something that was not read is reset, as always, and
   * the contact node is told a minute later.
   *
   * @param client accepted, or {@link #receive() received}
   */
  public void close(SocketChannel client) throws IOException {
    if (!client.isOpen() || !client.isConnected()) {
      client.close();
      return;
    }
    TcpConnection tcp;
    try {
      tcp = OwnSockets.connection(client);
    } catch (IOException e) {
      client.close(); // the client has reset it
      return;
    }
    Flow flow = new Flow(tcp.remote(), tcp.local());
    application.ending(flow);
    try {
      farewells.begin(tcp, () -> over(flow));
    } catch (IOException e) {
      tcp.close();
      application.ended(flow);
    } finally {
      client.close();
    }
  }

  private void over(Flow flow) {
    node.over(flow);
    application.ended(flow);
  }

  /**
   * Leaves the group. Connections that nobody has received are ended; all others stay the
   * application's, and can be handed off no more: do that before.
   */
  @Override
  public void close() throws IOException {
    try (node;
        inbox) {
      stopReceiving();
      handoffs.close();
      farewells.close();
      application.listeners().forEach(Listener::close);
    } finally {
      delivery.shutdown();
    }
  }

  @Override
  public String toString() {
    return "node " + config.node() + " of group " + config.group();
  }
}
