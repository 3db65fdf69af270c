package dev.baton.handoff;

import dev.baton.anycast.Ip6;
import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.AddressChanges;
import dev.baton.linux.steer.Interfaces;
import dev.baton.linux.steer.Interfaces.Ready;
import java.io.Closeable;
import java.io.IOException;
import java.net.Inet6Address;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Watches the address by which a node is reached. When it is gone, and its interface has another
 * one, the node moves there; and back, when the address that the settings name is there again.
 *
 * <p>As long as the interface has the node's address, nothing happens, whatever others come and go.
 * One thread, in the network namespace of the one that began.
 */
final class Roaming implements Closeable {

  /** The kernel tells of changes; this is in case that it could not. */
  private static final int LOOK_MILLIS = 5_000;

  /** Without an address for so long, the log says so. Most come within seconds. */
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  private static final int UNIQUE_LOCAL = 0xfc;

  private final Inet6Address given;
  private final String itsInterface;
  private final Consumer<Inet6Address> mover;
  private final Log log;
  private final AddressChanges changes;
  private final Thread thread;
  private volatile boolean closed;

  /** Only the thread looks at this, and at what follows. */
  private Inet6Address current;

  private boolean gone;
  private long goneNanos;

  private Roaming(Inet6Address given, String itsInterface, Consumer<Inet6Address> mover, Log log)
      throws LinuxException {
    this.given = given;
    this.itsInterface = itsInterface;
    this.mover = mover;
    this.log = log;
    this.current = given;
    this.changes = AddressChanges.open();
    this.thread = new Thread(null, this::watch, "baton-roaming", 0, false);
    thread.setDaemon(true);
  }

  /**
   * Begins to watch.
   *
   * @param given the node's address, by its settings
   * @param itsInterface the only interface on which another one counts
   * @param mover is told where the node is from now on; may wait
   * @throws IOException if the kernel does not tell of changes
   */
  static Roaming begin(
      Inet6Address given, String itsInterface, Consumer<Inet6Address> mover, Log log)
      throws IOException {
    Roaming roaming = new Roaming(given, itsInterface, mover, log);
    roaming.thread.start();
    return roaming;
  }

  private void watch() {
    try {
      while (!closed) {
        look();
        changes.await(LOOK_MILLIS);
      }
    } finally {
      synchronized (changes) {
        changes.close();
      }
    }
  }

  private void look() {
    try {
      Optional<Inet6Address> next = choose(given, current, Interfaces.ready(itsInterface));
      if (next.isEmpty()) {
        without();
      } else {
        gone = false;
        if (!next.get().equals(current)) {
          move(next.get());
        }
      }
    } catch (LinuxException e) {
      log.complaints()
          .once("it is not known whether this node still has its address: " + Log.words(e));
    }
  }

  private void move(Inet6Address next) {
    log.info(
        "this node is no longer at "
            + current.getHostAddress()
            + " but at "
            + next.getHostAddress()
            + ": its clients, the home agent and the group are told");
    current = next;
    try {
      mover.accept(next);
    } catch (RuntimeException e) {
      log.warn("not everybody knows where this node is; connections here may stand still", e);
    }
  }

  private void without() {
    long now = System.nanoTime();
    if (!gone) {
      gone = true;
      goneNanos = now;
    } else if (now - goneNanos > PATIENCE_NANOS) {
      log.complaints()
          .once(
              "this node's address "
                  + current.getHostAddress()
                  + " is gone and "
                  + itsInterface
                  + " has no other: connections stay as they are and stand still until there is"
                  + " one");
    }
  }

  /**
   * Which address a node goes by: that of its settings, else the one it has, else another one;
   * rather one that lasts.
   *
   * @param there what its interface has
   * @return empty if there is none to go by
   */
  static Optional<Inet6Address> choose(
      Inet6Address given, Inet6Address current, List<Ready> there) {
    List<Inet6Address> addresses = there.stream().map(Ready::address).toList();
    if (addresses.contains(given)) {
      return Optional.of(given);
    } else if (addresses.contains(current)) {
      return Optional.of(current);
    }
    return there.stream()
        .filter(each -> !each.deprecated() && isOfTheSameKind(each.address(), given))
        .min(Comparator.comparing(Ready::temporary))
        .map(Ready::address);
  }

  /** Who reaches the one reaches the other: a unique local address is none for the Internet. */
  private static boolean isOfTheSameKind(Inet6Address one, Inet6Address other) {
    return Ip6.of(one).isGlobalUnicast() && isUniqueLocal(one) == isUniqueLocal(other);
  }

  /** RFC 4193: {@code fc00::/7}. */
  private static boolean isUniqueLocal(Inet6Address address) {
    return (address.getAddress()[0] & 0xfe) == UNIQUE_LOCAL;
  }

  /** Moves nothing from now on; does not wait for what is under way. */
  @Override
  public void close() {
    synchronized (changes) { // which the thread closes only after it has been woken
      if (!closed) {
        closed = true;
        changes.wake();
      }
    }
  }
}
