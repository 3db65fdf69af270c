package dev.baton.handoff;

import dev.baton.handoff.contact.Premises;
import dev.baton.linux.steer.ContactAddress;
import dev.baton.linux.steer.Fence;
import dev.baton.linux.steer.SteeringTable;
import dev.baton.linux.steer.TunnelEnd;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a node has in the kernel for steering: always the end of the tunnels from the contact node;
 * and while it is the contact node itself the contact addresses, the fence before them and the
 * table by which it sends packets on.
 *
 * <p>Thread-safe.
 */
final class Tunnels implements Premises, Closeable {

  /** Until then the network has been told where the contact address is now. */
  private static final long LINGER_MILLIS = 6_000;

  /** The contact office counts its timers from 1. */
  private static final int LINGERING = Integer.MAX_VALUE;

  private final InetAddress own;
  private final List<InetAddress> contacts;
  private final TunnelEnd end;
  private final Deque<AutoCloseable> installed = new ArrayDeque<>();
  private final List<ContactAddress> addresses = new ArrayList<>();
  private @Nullable Fence fence;
  private @Nullable SteeringTable table;

  /** The fence from the last time when this was the contact node. */
  private @Nullable Fence former;

  private Tunnels(InetAddress own, List<InetAddress> contacts, TunnelEnd end) {
    this.own = own;
    this.contacts = contacts;
    this.end = end;
  }

  /**
   * Lets the contact node send packets here.
   *
   * @param own where the other nodes reach this one
   * @throws IOException if the kernel refuses; nothing is left then
   */
  static Tunnels open(InetAddress own, Collection<InetAddress> contacts) throws IOException {
    return new Tunnels(own, List.copyOf(contacts), TunnelEnd.open(own, contacts));
  }

  /** Whether this node is in the subnet of a contact address. */
  boolean atHome() throws IOException {
    for (InetAddress contact : contacts) {
      if (ContactAddress.isAtHome(contact)) {
        return true;
      }
    }
    return false;
  }

  /** The packets that are to go elsewhere do so before any can come. */
  @Override
  public synchronized void open(Map<Flow, InetAddress> elsewhere) throws IOException {
    closeContact(null);
    try (Fence before = former) {
      former = null;
      Set<String> interfaces = new LinkedHashSet<>();
      for (InetAddress contact : contacts) {
        interfaces.add(ContactAddress.interfaceFor(contact, own));
      }
      fence = Fence.open(contacts, interfaces);
      table = SteeringTable.open(own, interfaces);
      installed.push(table);
      for (Map.Entry<Flow, InetAddress> flow : elsewhere.entrySet()) {
        steer(flow.getKey(), flow.getValue());
      }
      for (InetAddress contact : contacts) {
        ContactAddress address =
            ContactAddress.on(contact, ContactAddress.interfaceFor(contact, own));
        installed.push(address);
        addresses.add(address);
      }
    } catch (IOException | RuntimeException e) {
      closeContact(e);
      throw e;
    }
  }

  @Override
  public synchronized void arm(int timer, long millis) throws IOException {
    if (fence != null) {
      fence.arm(timer, millis);
    }
  }

  @Override
  public synchronized void admit(int timer) throws IOException {
    if (fence != null) {
      fence.admit(timer);
    }
  }

  @Override
  public synchronized void shut() throws IOException {
    if (fence != null) {
      fence.shut();
    }
  }

  @Override
  public synchronized void announce() throws IOException {
    for (ContactAddress address : addresses) {
      address.announce();
    }
  }

  @Override
  public synchronized void steer(Flow flow, InetAddress node) throws IOException {
    if (node.equals(own)) {
      keepHere(flow);
    } else {
      table().steer(steered(flow), node);
    }
  }

  @Override
  public synchronized void keepHere(Flow flow) throws IOException {
    table().unsteer(steered(flow));
  }

  private static dev.baton.linux.steer.Flow steered(Flow flow) {
    return new dev.baton.linux.steer.Flow(flow.client(), flow.server());
  }

  private SteeringTable table() throws IOException {
    if (table == null) {
      throw new IOException("only the contact node steers");
    }
    return table;
  }

  /** The fence stays for a while: the network may still send packets here. */
  @Override
  public synchronized void vacate() throws IOException {
    Fence last = fence;
    if (last != null) {
      last.linger(LINGERING, LINGER_MILLIS);
      fence = null;
      former = last;
    }
    IOException failure = closeContact(null);
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public synchronized void close() throws IOException {
    try (end;
        Fence before = former) {
      former = null;
      IOException failure = closeContact(null);
      if (failure != null) {
        throw failure;
      }
    }
  }

  /** Closes all that only the contact node has, the last one first, whatever happens. */
  private @Nullable IOException closeContact(@Nullable Exception because) {
    if (fence != null) {
      installed.addLast(fence); // what it stands before goes first
      fence = null;
    }
    table = null;
    addresses.clear();
    IOException failure = null;
    while (!installed.isEmpty()) {
      try {
        installed.pop().close();
      } catch (Exception e) {
        if (because != null) {
          because.addSuppressed(e);
        } else if (failure != null) {
          failure.addSuppressed(e);
        } else {
          failure = new IOException("something of the steering is left in the kernel", e);
        }
      }
    }
    return failure;
  }
}
