package dev.baton.it.net;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Moves packets from port to port: reads each, finds its way, sends it through the lanes of that
 * way and writes it when the last one yields it. One thread does it all, and sleeps until a packet
 * comes or is due. A packet enters a lane at the moment it was due to leave the one before, not
 * when the thread came to look, so that lateness does not add up.
 */
final class Router implements Closeable {

  /** About 130 MB of memory at most. */
  private static final int MOST_PACKETS = 64 << 10;

  /** How many packets are read from one port before others have their turn. */
  private static final int BATCH = 64;

  private static final int POLLFD = 8;
  private static final int POLL_EVENTS = 4;
  private static final int POLL_READY = 6;

  private final Routes<Port> routes;
  private final int alarm;
  private final Thread thread = new Thread(this::run, "wide area");
  private final LongAdder unrouted = new LongAdder();
  private final LongAdder undelivered = new LongAdder();
  private volatile List<Port> ports = List.of();
  private volatile boolean closed;

  // The thread's own: the packets under way, the time, and what it waits for.
  private final PacketPool pool = new PacketPool(MOST_PACKETS);
  private final Agenda agenda = new Agenda();
  private long now;
  private final ByteBuffer timeout = Calls.direct(2 * Long.BYTES);
  private final long timeoutAddress = Calls.address(timeout);
  private List<Port> polledPorts = List.of();
  private ByteBuffer polled;
  private long polledAddress;

  /** Starts one without ports. */
  Router(Routes<Port> routes) throws IOException {
    this.routes = routes;
    alarm = Calls.checked(Calls.eventfd(0, Calls.O_NONBLOCK | Calls.O_CLOEXEC), "eventfd");
    polled = pollFor(polledPorts);
    polledAddress = Calls.address(polled);
    thread.setDaemon(true);
    thread.start();
  }

  synchronized void add(Port port) {
    List<Port> more = new ArrayList<>(ports);
    more.add(port);
    ports = List.copyOf(more);
    wake();
  }

  /** Packets for which there was no way, or no hop left. */
  long unrouted() {
    return unrouted.sum();
  }

  /** Packets that their host did not take, or for which there was no memory. */
  long undelivered() {
    return undelivered.sum();
  }

  private void wake() {
    ByteBuffer one = Calls.scratch().putLong(0, 1);
    Calls.write(alarm, Calls.address(one), Long.BYTES);
  }

  /** Stops the thread and closes the ports' devices. What is under way is lost. */
  @Override
  public void close() {
    closed = true;
    wake();
    Threads.join(thread);
    ports.forEach(port -> port.tun().close());
    Calls.close(alarm);
  }

  private void run() {
    Threads.goFirst();
    while (!closed) {
      deliverWhatIsDue();
      sleep();
      receive();
    }
  }

  private void deliverWhatIsDue() {
    now = System.nanoTime();
    long due = agenda.nextTime();
    for (Packet packet = agenda.takeDue(now); packet != null; packet = agenda.takeDue(now)) {
      if (packet.passage.lanes().get(packet.stage).yields()) {
        packet.stage++;
        advance(packet, due);
      } else {
        pool.give(packet);
      }
      due = agenda.nextTime();
    }
  }

  /** Until a packet arrives or is due, or somebody wakes us. */
  private void sleep() {
    if (ports != polledPorts) {
      polledPorts = ports;
      polled = pollFor(polledPorts);
      polledAddress = Calls.address(polled);
    }
    long due = agenda.nextTime();
    if (due >= 0) {
      long nanos = Math.max(0, due - System.nanoTime());
      timeout.putLong(0, TimeUnit.NANOSECONDS.toSeconds(nanos));
      timeout.putLong(Long.BYTES, nanos % TimeUnit.SECONDS.toNanos(1));
    }
    int count = polledPorts.size() + 1;
    if (Calls.ppoll(polledAddress, count, due >= 0 ? timeoutAddress : 0, 0) < 0) {
      for (int i = 0; i < count; i++) { // Interrupted by a signal: nothing is known to be ready.
        polled.putShort(i * POLLFD + POLL_READY, (short) 0);
      }
    }
  }

  /** What to poll: the alarm, then each port. */
  private ByteBuffer pollFor(List<Port> all) {
    ByteBuffer poll = Calls.direct((all.size() + 1) * POLLFD);
    poll.putInt(0, alarm).putShort(POLL_EVENTS, Calls.POLLIN);
    for (int i = 0; i < all.size(); i++) {
      int at = (i + 1) * POLLFD;
      poll.putInt(at, all.get(i).tun().fd()).putShort(at + POLL_EVENTS, Calls.POLLIN);
    }
    return poll;
  }

  private void receive() {
    if (polled.getShort(POLL_READY) != 0) {
      Calls.read(alarm, timeoutAddress, Long.BYTES);
    }
    for (int i = 0; i < polledPorts.size(); i++) {
      int at = (i + 1) * POLLFD;
      if (polled.getShort(at + POLL_READY) != 0 && !receive(polledPorts.get(i))) {
        polled.putInt(at, -1); // Its host is gone; ppoll ignores negative descriptors.
      }
    }
  }

  /** Takes in some packets; returns whether there can ever be more. */
  private boolean receive(Port port) {
    for (int i = 0; i < BATCH; i++) {
      Packet packet = pool.take();
      if (packet == null) {
        undelivered.increment();
        return port.tun().read(timeoutAddress, Long.BYTES) != Tun.GONE; // The rest is discarded.
      }
      int length = port.tun().read(packet.address, Packet.ROOM);
      if (length <= 0) {
        pool.give(packet);
        return length == Tun.EMPTY;
      }
      now = System.nanoTime(); // Not earlier: it may have come while others of the batch were read.
      packet.length = length;
      admit(port, packet);
    }
    return true;
  }

  private void admit(Port entry, Packet packet) {
    if (!packet.isForwardable()) {
      pool.give(packet); // Talk within the link: router solicitations and the like.
      return;
    }
    Port exit = routes.to(packet.destinationHigh(), packet.destinationLow());
    packet.passage = exit == null ? Passage.NOWHERE : entry.to(exit);
    packet.stage = 0;
    if (packet.passage.exit() == null) {
      unrouted.increment();
      pool.give(packet);
    } else if (packet.hop()) {
      advance(packet, now);
    } else {
      unrouted.increment();
      answer(entry, packet, 0);
      pool.give(packet);
    }
  }

  /** Sends a packet into its next lane, and on as long as lanes take no time. */
  private void advance(Packet packet, long since) {
    List<Lane> lanes = packet.passage.lanes();
    long at = since;
    for (; packet.stage < lanes.size(); packet.stage++) {
      Lane lane = lanes.get(packet.stage);
      int mtu = lane.quality().mtu();
      if (packet.length > mtu) {
        answer(packet.passage.entry(), packet, mtu);
        pool.give(packet);
        return;
      }
      at = lane.pass(at, packet.length);
      if (at == Lane.NEVER) {
        pool.give(packet);
        return;
      }
      if (lane.duplicates()) {
        duplicate(packet, at);
      }
      if (at > now) {
        agenda.add(at, packet);
        return;
      }
    }
    deliver(packet);
  }

  private void deliver(Packet packet) {
    Port exit = packet.passage.exit();
    if (exit == null || !exit.tun().write(packet.address, packet.length)) {
      undelivered.increment();
    }
    pool.give(packet);
  }

  private void duplicate(Packet packet, long due) {
    Packet twin = pool.take();
    if (twin == null) {
      undelivered.increment();
    } else {
      twin.copy(packet);
      agenda.add(due, twin);
    }
  }

  /**
   * Tells a host that its packet is not forwarded.
   *
   * @param host null if the packet is the router's own
   * @param mtu what would have passed; 0 if size is not the reason
   */
  private void answer(@Nullable Port host, Packet about, int mtu) {
    Packet answer = host == null ? null : pool.take();
    if (host == null || answer == null) {
      return;
    }
    answer.passage = host.answers();
    answer.stage = 0;
    if (mtu == 0
        ? host.icmp().timeExceeded(about, answer)
        : host.icmp().tooBig(about, mtu, answer)) {
      advance(answer, now);
    } else {
      pool.give(answer);
    }
  }
}
