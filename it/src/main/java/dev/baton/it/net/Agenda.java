package dev.baton.it.net;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which packet is due when; those of the same moment in the order they were added. A binary heap
 * that allocates only when it grows. For one thread.
 */
final class Agenda {

  private long[] times = new long[1024];
  private long[] orders = new long[1024];
  private Packet[] packets = new Packet[1024];
  private int size;
  private long added;

  /** When the first is due, on the scale of {@link System#nanoTime}; −1 if there is none. */
  long nextTime() {
    return size == 0 ? -1 : times[0];
  }

  void add(long time, Packet packet) {
    if (size == packets.length) {
      times = Arrays.copyOf(times, 2 * size);
      orders = Arrays.copyOf(orders, 2 * size);
      packets = Arrays.copyOf(packets, 2 * size);
    }
    long order = added++;
    int hole = size++;
    while (hole > 0) {
      int parent = (hole - 1) / 2;
      if (!before(time, order, parent)) {
        break;
      }
      put(hole, times[parent], orders[parent], packets[parent]);
      hole = parent;
    }
    put(hole, time, order, packet);
  }

  /** Takes out the first if it is due at that moment. */
  @Nullable Packet takeDue(long now) {
    if (size == 0 || times[0] > now) {
      return null;
    }
    Packet first = packets[0];
    size--;
    long time = times[size];
    long order = orders[size];
    int hole = 0;
    for (int child = 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && before(times[child + 1], orders[child + 1], child)) {
        child++;
      }
      if (before(time, order, child)) {
        break;
      }
      put(hole, times[child], orders[child], packets[child]);
      hole = child;
    }
    put(hole, time, order, packets[size]);
    return first;
  }

  private boolean before(long time, long order, int place) {
    return time < times[place] || (time == times[place] && order < orders[place]);
  }

  private void put(int place, long time, long order, Packet packet) {
    times[place] = time;
    orders[place] = order;
    packets[place] = packet;
  }
}
