package dev.baton.anycast.host;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.node.MobileNode;
import dev.baton.anycast.node.NodeTunnel;
import dev.baton.anycast.path.Role;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the data path asks of a node with one contact address or more. */
final class NodeRole implements Role.Node {

  private static final long IDLE_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final int SOURCE = 8;
  private static final int DESTINATION = 24;

  /** A contact address, with its tunnel in the path's words; only the path's thread asks. */
  private static final class Part {
    private final MobileNode node;
    private final MovedFlows moved = new MovedFlows();
    private @Nullable NodeTunnel seen;
    private @Nullable Tunnel tunnel;

    Part(MobileNode node) {
      this.node = node;
    }

    @Nullable Tunnel tunnel() {
      NodeTunnel now = node.tunnel();
      if (!Objects.equals(now, seen)) {
        seen = now;
        tunnel = now == null ? null : new Tunnel(now.from(), now.to());
      }
      return tunnel;
    }
  }

  /** Few: to look at one after the other is quickest. */
  private final Part[] parts;

  NodeRole(List<MobileNode> nodes) {
    parts = nodes.stream().map(Part::new).toArray(Part[]::new);
  }

  private @Nullable Part part(long contactHigh, long contactLow) {
    for (Part part : parts) {
      Ip6 contact = part.node.contact();
      if (contact.low() == contactLow && contact.high() == contactHigh) {
        return part;
      }
    }
    return null;
  }

  @Override
  public @Nullable Ip6 careOf(long contactHigh, long contactLow, long clientHigh, long clientLow) {
    Part part = part(contactHigh, contactLow);
    return part == null ? null : part.node.careOf(clientHigh, clientLow);
  }

  @Override
  public @Nullable Tunnel tunnel(long contactHigh, long contactLow) {
    Part part = part(contactHigh, contactLow);
    return part == null ? null : part.tunnel();
  }

  @Override
  public boolean relays(long contactHigh, long contactLow, Ip6 from) {
    Part part = part(contactHigh, contactLow);
    return part != null && part.node.relays(from);
  }

  @Override
  public boolean isMember(long contactHigh, long contactLow, Ip6 from) {
    Part part = part(contactHigh, contactLow);
    return part != null && part.node.isMember(from);
  }

  @Override
  public @Nullable Tunnel elsewhere(
      long contactHigh, long contactLow, long clientHigh, long clientLow, int ports) {
    Part part = part(contactHigh, contactLow);
    return part == null ? null : part.moved.of(clientHigh, clientLow, ports);
  }

  /** Where the connections to a contact address are; null if it is none of these. */
  @Nullable MovedFlows moved(Ip6 contact) {
    Part part = part(contact.high(), contact.low());
    return part == null ? null : part.moved;
  }

  /** Some messages do not say for which contact address they are: one of them has asked. */
  @Override
  public void mobility(ByteBuffer packet) {
    for (Part part : parts) {
      if (part.node.mobility(packet)) {
        return;
      }
    }
  }

  @Override
  public void tunnelled(Ip6 from, ByteBuffer inner) {
    Part part = part(inner.getLong(DESTINATION), inner.getLong(DESTINATION + Long.BYTES));
    if (part == null) {
      part = part(inner.getLong(SOURCE), inner.getLong(SOURCE + Long.BYTES));
    }
    if (part != null) {
      part.node.tunnelled(from, inner);
    }
  }

  @Override
  public void notUnderstood(ByteBuffer quoted) {
    for (Part part : parts) {
      part.node.notUnderstood(quoted);
    }
  }

  /** Does for all what the time has come for; returns when there is something to do next. */
  long tick() {
    long earliest = System.nanoTime() + IDLE_NANOS;
    for (Part part : parts) {
      long due = part.node.tick();
      earliest = due - earliest < 0 ? due : earliest;
    }
    return earliest;
  }
}
