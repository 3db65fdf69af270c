package dev.baton.agent.observe;

import dev.baton.handoff.Log;
import dev.baton.linux.Listener;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of this JVM, by descriptor number. Lets them share their port with other nodes of
 * the group before they are bound, and finds out when the server begins to accept.
 */
public final class Listeners {
  private final ManagedPorts ports;
  private final IntPredicate mayShare;
  private final int tag;
  private final Log log;
  private volatile @Nullable Entry[] byNumber = new @Nullable Entry[64];
  private volatile @Nullable Consumer<Listener> ready;

  /**
   * @param fd the JDK's object, by which a reused number is recognised
   * @param listener null if this one is none of ours
   */
  private record Entry(FileDescriptor fd, @Nullable Listener listener) {}

  /**
   * @param ports the ports to manage
   * @param mayShare whether a port may be bound next to another node's listener; asked once per
   *     bind
   * @param tag this node's tag in the marks of rehearsal connections
   */
  public Listeners(ManagedPorts ports, IntPredicate mayShare, int tag, Log log) {
    this.ports = ports;
    this.mayShare = mayShare;
    this.tag = tag;
    this.log = log;
  }

  /** A descriptor is about to be bound: if it is a server's, lets it share its port. */
  void beforeBind(FileDescriptor fd, int port) {
    if (!ports.contain(port)) {
      return;
    }
    try {
      int number = Internals.number(fd);
      if (Listener.isServerSocket(number) && (port == 0 || mayShare.test(port))) {
        Listener.share(number);
      }
    } catch (IOException e) {
      log.warn("port " + port + " is not shared; another JVM cannot take it over", e);
    }
  }

  /** The server accepts, or selects for it, on this listener. Called on every accept. */
  void accepting(FileDescriptor fd) {
    int number = Internals.number(fd);
    @Nullable Entry[] table = byNumber;
    if (number >= 0 && number < table.length) {
      Entry entry = table[number];
      if (entry != null && entry.fd() == fd) {
        return;
      }
    }
    register(fd, number);
  }

  private synchronized void register(FileDescriptor fd, int number) {
    if (number < 0) {
      return;
    }
    @Nullable Entry[] table = byNumber;
    if (number >= table.length) {
      table = Arrays.copyOf(table, Math.max(number + 1, 2 * table.length));
    }
    Entry before = table[number];
    if (before != null && before.fd() == fd) {
      return;
    }
    Listener listener = adopt(number);
    table[number] = new Entry(fd, listener);
    byNumber = table;
    Consumer<Listener> consumer = ready;
    if (listener != null && consumer != null) {
      consumer.accept(listener);
    }
  }

  private @Nullable Listener adopt(int number) {
    try {
      Listener listener = Listener.of(number, tag);
      return ports.contain(listener.local().getPort()) ? listener : null;
    } catch (IOException e) {
      return null; // a Unix socket, or no listener at all: none of ours
    }
  }

  /** The host closes a descriptor; forgets it if it was a listener. */
  void closed(FileDescriptor fd) {
    int number = Internals.number(fd);
    @Nullable Entry[] table = byNumber;
    if (number < 0 || number >= table.length) {
      return;
    }
    Entry entry = table[number];
    if (entry != null && entry.fd() == fd) {
      synchronized (this) {
        byNumber[number] = null;
      }
    }
  }

  /**
   * Tells of each listener whose server accepts: those that do already, and those that will.
   *
   * @param consumer called on the host's threads; must not wait
   */
  public synchronized void whenReady(Consumer<Listener> consumer) {
    ready = consumer;
    all().forEach(consumer);
  }

  /** The listeners Baton manages. */
  public List<Listener> all() {
    return Stream.of(byNumber)
        .filter(Objects::nonNull)
        .map(entry -> Objects.requireNonNull(entry).listener())
        .filter(Objects::nonNull)
        .map(Objects::requireNonNull)
        .toList();
  }

  @Nullable Listener forAddress(InetSocketAddress server) {
    Listener wildcard = null;
    for (Entry entry : byNumber) { // in every handoff's pause: no stream
      Listener listener = entry == null ? null : entry.listener();
      if (listener == null) {
        continue;
      }
      InetSocketAddress bound = listener.local();
      if (bound.getPort() == server.getPort()) {
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
}
