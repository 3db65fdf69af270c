package dev.baton.examples;

import dev.baton.handoff.NodeConfig;
import dev.baton.handoff.library.AnycastNode;
import dev.baton.handoff.library.ConnectionLostException;
import dev.baton.handoff.library.HandedOff;
import dev.baton.handoff.library.NotHandedOffException;
import dev.baton.handoff.library.Received;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A server without the agent that passes its clients on by itself. {@code curl
 * localhost:8080/100000000} gets 100 MB of numbered lines; after each stint the node that serves
 * hands the client to the next one, which knows from the state where to go on. When a node is told
 * to stop (SIGTERM) it hands all its clients to others first.
 *
 * <pre>
 *   java -jar number-server.jar node=a port=8080 practise=1
 *   java -jar number-server.jar node=b port=8080 practise=1
 * </pre>
 */
public final class NumberServer {
  private static final int LONGEST_REQUEST = 8 << 10;
  private static final long STOPPING_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final AnycastNode node;
  private final long stint;
  private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();
  private volatile boolean stopping;

  private NumberServer(AnycastNode node, long stint) {
    this.node = node;
    this.stint = stint;
  }

  /**
   * Runs a node until it is told to stop.
   *
   * @param arguments {@code key=value} each, as {@link Arguments} says
   */
  public static void main(String... arguments) throws IOException, InterruptedException {
    Arguments given = Arguments.of(arguments);
    NodeConfig config = given.config();
    AnycastNode node = AnycastNode.start(config);
    if (given.number("practise", 0) != 0) {
      node.practise();
    }
    NumberServer server = new NumberServer(node, given.number("stint", 4 << 20));
    ServerSocketChannel listener =
        node.listen(new InetSocketAddress((int) given.number("port", 8080)));
    Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "stop"));
    new Thread(() -> server.accept(listener), "accept").start();
    System.out.println("ready " + ((InetSocketAddress) listener.getLocalAddress()).getPort());
    server.receive();
  }

  /** New clients. */
  private void accept(ServerSocketChannel listener) {
    try {
      while (true) {
        SocketChannel client = listener.accept();
        start(client, () -> answer(client));
      }
    } catch (IOException e) {
      System.err.println("no more clients: " + e);
    }
  }

  /** Clients of other nodes. */
  private void receive() throws IOException, InterruptedException {
    try {
      while (true) {
        Received received = node.receive();
        ByteBuffer state = ByteBuffer.wrap(received.state());
        long next = state.getLong();
        long end = state.getLong();
        start(received.channel(), () -> serve(received.channel(), next, end));
      }
    } catch (ClosedChannelException e) {
      System.out.println("stopped");
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void start(SocketChannel client, Work work) {
    clients.add(client);
    Runnable task =
        () -> {
          try {
            work.run();
          } catch (IOException e) {
            System.out.println("a client has gone: " + e);
          } finally {
            clients.remove(client);
          }
        };
    new Thread(task, "client").start();
  }

  /** Reads {@code GET /LENGTH} and begins to answer. */
  private void answer(SocketChannel client) throws IOException {
    String request = read(client);
    long length = Long.parseLong(request.substring("GET /".length(), request.indexOf(" HTTP/")));
    String head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
            + length
            + "\r\n\r\n";
    write(client, ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
    serve(client, 0, length);
  }

  private static String read(SocketChannel client) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LONGEST_REQUEST);
    while (true) {
      String text = StandardCharsets.US_ASCII.decode(bytes.duplicate().flip()).toString();
      if (text.endsWith("\r\n\r\n")) {
        return text;
      }
      if (client.read(bytes) <= 0) {
        throw new IOException("no request");
      }
    }
  }

  /** Serves a client from one offset on, for a stint at a time as long as nobody else does. */
  private void serve(SocketChannel client, long from, long end) throws IOException {
    long next = from;
    while (next < end) {
      long stop = Math.min(end, next + stint);
      do {
        ByteBuffer piece = Numbers.between(next, stop);
        next += piece.remaining();
        write(client, piece);
      } while (next < stop && !stopping);
      if (next < end && handOff(client, next, end)) {
        return;
      }
    }
    node.close(client);
  }

  private static void write(SocketChannel client, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  /** Whether the client is not ours any more. */
  private boolean handOff(SocketChannel client, long next, long end) throws IOException {
    String who = client.getRemoteAddress().toString();
    Optional<String> acceptor = nextNode();
    if (acceptor.isEmpty()) {
      return false;
    }
    byte[] state = ByteBuffer.allocate(2 * Long.BYTES).putLong(next).putLong(end).array();
    try {
      HandedOff done = node.handoff(client, acceptor.get(), state);
      System.out.println(
          who
              + " handed to "
              + done.acceptor()
              + " at "
              + next
              + ", pause "
              + TimeUnit.NANOSECONDS.toMicros(done.pause().toNanos())
              + " us");
      return true;
    } catch (NotHandedOffException e) {
      System.out.println(e.getMessage());
      return false;
    } catch (ConnectionLostException e) {
      System.out.println(e.getMessage());
      return true;
    }
  }

  /** The one after this one, in the order of the names; none if this one is alone. */
  private Optional<String> nextNode() throws IOException {
    List<String> others = node.others().stream().sorted().toList();
    return others.stream()
        .filter(other -> other.compareTo(node.name()) > 0)
        .findFirst()
        .or(() -> others.stream().findFirst());
  }

  /** Lets the clients go to other nodes before this one ends. */
  private void stop() {
    node.stopReceiving();
    stopping = true;
    long deadline = System.nanoTime() + STOPPING_NANOS;
    while (!clients.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    try {
      node.close();
    } catch (IOException e) {
      System.err.println("the node did not close: " + e);
    }
  }
}
