package dev.baton.it.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Packets to be used again and again. For one thread. */
final class PacketPool {

  private static final int SLAB = 1024;

  private final ArrayDeque<Packet> free = new ArrayDeque<>();
  private int mayBeMade;

  /**
   * An empty one.
   *
   * @param limit how many packets there may be, rounded up to a multiple of 1024
   */
  PacketPool(int limit) {
    mayBeMade = limit;
  }

  /** A packet that nobody uses, with anything in it; null if all are in use. */
  @Nullable Packet take() {
    if (free.isEmpty()) {
      make();
    }
    return free.pollLast();
  }

  void give(Packet packet) {
    free.addLast(packet);
  }

  private void make() {
    if (mayBeMade <= 0) {
      return;
    }
    mayBeMade -= SLAB;
    ByteBuffer slab = ByteBuffer.allocateDirect(SLAB * Packet.ROOM);
    long address = Calls.address(slab);
    for (int i = 0; i < SLAB; i++) {
      int at = i * Packet.ROOM;
      free.addLast(new Packet(slab.slice(at, Packet.ROOM), address + at));
    }
  }
}
