package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Packets that the role has made, on their way out. Any thread adds; the path's takes them. */
final class OwnPackets {

  private record Tunnel(Ip6 from, Ip6 to) {}

  private static final class Own {
    private final byte[] packet;
    private final @Nullable Tunnel tunnel;

    Own(byte[] packet, @Nullable Tunnel tunnel) {
      this.packet = packet;
      this.tunnel = tunnel;
    }
  }

  private final Queue<Own> waiting = new ConcurrentLinkedQueue<>();
  private final Packet packet = new Packet();

  void add(byte[] whole) {
    waiting.add(new Own(whole, null));
  }

  /** Adds one that travels in another. */
  void add(Ip6 from, Ip6 to, byte[] inner) {
    waiting.add(new Own(inner, new Tunnel(from, to)));
  }

  /** The next one, in its tunnel, if there is one; good until it is asked for the one after it. */
  @Nullable Packet next() {
    Own next = waiting.poll();
    if (next == null) {
      return null;
    }
    packet.set(next.packet);
    if (next.tunnel != null) {
      Rewriting.encapsulate(packet, next.tunnel.from, next.tunnel.to);
    }
    return packet;
  }
}
