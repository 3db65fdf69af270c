package dev.baton.handoff.library;

import dev.baton.handoff.ApplicationHost;
import dev.baton.handoff.Flow;
import dev.baton.linux.Listener;
import dev.baton.linux.OwnSockets;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The application, as the node sees it: its listeners, and the connections that have come to it.
 */
final class Application implements ApplicationHost {
  private final Inbox inbox;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /** What has come and is here still. */
  private final Map<Flow, SocketChannel> received = new ConcurrentHashMap<>();

  private final Set<Flow> ending = ConcurrentHashMap.newKeySet();

  Application(Inbox inbox) {
    this.inbox = inbox;
  }

  /** A listener of the application has joined the node. */
  void joined(Listener listener) {
    listeners.add(listener);
  }

  /** A connection ends, and its packets matter until {@link #ended}. */
  void ending(Flow flow) {
    ending.add(flow);
    received.remove(flow);
  }

  /** A connection is over. */
  void ended(Flow flow) {
    ending.remove(flow);
  }

  @Override
  public int connectionCount() {
    forgetClosed();
    return received.size() + ending.size();
  }

  /** The application may simply have closed them. */
  private void forgetClosed() {
    received.values().removeIf(channel -> !channel.isOpen());
  }

  @Override
  public Set<InetSocketAddress> clients() {
    forgetClosed();
    Set<InetSocketAddress> clients = new HashSet<>();
    received.keySet().forEach(flow -> clients.add(flow.client()));
    ending.forEach(flow -> clients.add(flow.client()));
    return clients;
  }

  @Override
  public List<Listener> listeners() {
    listeners.removeIf(listener -> !listener.isListening());
    return List.copyOf(listeners);
  }

  @Override
  public @Nullable Listener listener(InetSocketAddress server) {
    Listener wildcard = null;
    for (Listener listener : listeners) {
      InetSocketAddress bound = listener.local();
      if (bound.getPort() == server.getPort() && listener.isListening()) {
        if (bound.getAddress().equals(server.getAddress())) {
          return listener;
        }
        if (bound.getAddress().isAnyLocalAddress()) {
          wildcard = listener;
        }
      }
    }
    return wildcard;
  }

  @Override
  public Place place(Flow flow, String donor) throws IOException {
    inbox.reserve();
    SocketChannel channel = null;
    try {
      channel =
          flow.client().getAddress() instanceof Inet6Address
              ? SocketChannel.open(StandardProtocolFamily.INET6)
              : SocketChannel.open();
      return new EmptyChannel(flow, donor, channel, OwnSockets.vacant(channel));
    } catch (IOException | RuntimeException e) {
      inbox.release();
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  /**
   * A channel that is to become the client's connection. The kernel's socket is brought to where a
   * connect sends nothing and succeeds at once; then the channel itself connects, and so believes
   * what is true.
   */
  private final class EmptyChannel implements Place {
    private final Flow flow;
    private final String donor;
    private final SocketChannel channel;
    private final TcpConnection tcp;
    private boolean taken;

    EmptyChannel(Flow flow, String donor, SocketChannel channel, TcpConnection tcp) {
      this.flow = flow;
      this.donor = donor;
      this.channel = channel;
      this.tcp = tcp;
    }

    @Override
    public TcpConnection become(TcpImage image) throws IOException {
      tcp.become(image, channel::connect);
      return tcp;
    }

    @Override
    public void goOn(byte[] state) throws IOException {
      taken = true;
      received.put(flow, channel);
      inbox.put(new Received(channel, state, flow.client(), donor));
    }

    @Override
    public void close() {
      tcp.close(); // drops the connection silently, if it is there and not active
      if (!taken) {
        inbox.release();
        try {
          channel.close();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    }
  }
}
