package dev.baton.handoff;

import dev.baton.linux.steer.ContactAddress;
import dev.baton.linux.steer.Flow;
import dev.baton.linux.steer.SteeringTable;
import dev.baton.linux.steer.TunnelEnd;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a node has in the kernel for steering: the contact node the contact addresses and the table
 * by which it sends packets on; all others the ends of the tunnels.
 */
final class Tunnels implements ContactDesk.Steering, Closeable {
  private final InetAddress own;
  private final @Nullable SteeringTable table;
  private final Deque<AutoCloseable> installed;

  private Tunnels(InetAddress own, @Nullable SteeringTable table, Deque<AutoCloseable> installed) {
    this.own = own;
    this.table = table;
    this.installed = installed;
  }

  /**
   * Takes the contact addresses.
   *
   * @param own where the other nodes reach this one
   * @throws IOException if the kernel refuses; nothing is left then
   */
  static Tunnels ofContact(InetAddress own, Collection<InetAddress> contacts) throws IOException {
    Deque<AutoCloseable> installed = new ArrayDeque<>();
    try {
      Set<String> interfaces = new LinkedHashSet<>();
      for (InetAddress contact : contacts) {
        String link = ContactAddress.interfaceFor(contact, own);
        interfaces.add(link);
        ContactAddress address = ContactAddress.on(contact, link);
        installed.push(address);
        address.announce();
      }
      SteeringTable table = SteeringTable.open(own, interfaces);
      installed.push(table);
      return new Tunnels(own, table, installed);
    } catch (IOException | RuntimeException e) {
      closeAll(installed, e);
      throw e;
    }
  }

  /**
   * Lets the contact node send packets here.
   *
   * @param own where the other nodes reach this one
   * @throws IOException if the kernel refuses; nothing is left then
   */
  static Tunnels ofMember(InetAddress own, Collection<InetAddress> contacts) throws IOException {
    Deque<AutoCloseable> installed = new ArrayDeque<>();
    installed.push(TunnelEnd.open(own, contacts));
    return new Tunnels(own, null, installed);
  }

  @Override
  public void steer(dev.baton.handoff.Flow flow, InetAddress node) throws IOException {
    if (node.equals(own)) { // the contact node's neighbour: its packets need not go anywhere
      keepHere(flow);
    } else {
      table().steer(new Flow(flow.client(), flow.server()), node);
    }
  }

  @Override
  public void keepHere(dev.baton.handoff.Flow flow) throws IOException {
    table().unsteer(new Flow(flow.client(), flow.server()));
  }

  private SteeringTable table() {
    if (table == null) {
      throw new IllegalStateException("only the contact node steers");
    }
    return table;
  }

  @Override
  public void close() throws IOException {
    IOException failure = closeAll(installed, null);
    if (failure != null) {
      throw failure;
    }
  }

  /** Closes all, the last one first, whatever happens. */
  private static @Nullable IOException closeAll(
      Deque<AutoCloseable> installed, @Nullable Exception because) {
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
