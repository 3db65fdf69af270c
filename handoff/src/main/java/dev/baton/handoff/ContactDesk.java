package dev.baton.handoff;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The contact node's word on whose a connection is. A handoff is decided once, for whichever of
 * donor and acceptor asks first, and the client's packets go there in the same step. So a
 * connection has one owner, whatever messages are lost, doubled or late, and whoever dies.
 */
final class ContactDesk {
  /** No message of a handoff is on its way for so long: conversations do not outlive a pause. */
  private static final long MEMORY_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** Where the packets of a flow can be sent. */
  interface Steering {

    /** From now on the flow's packets go to a node. */
    void steer(Flow flow, InetAddress node) throws IOException;

    /** From now on the flow's packets stay here. Does nothing if they do already. */
    void keepHere(Flow flow) throws IOException;
  }

  /**
   * Nodes tell of an end a minute late ({@link SteerSwitch}); what is told sooner is about a time
   * before the connection came back, and was overtaken on its way.
   */
  private static final long YOUNG_NANOS = TimeUnit.SECONDS.toNanos(30);

  private record Decision(String owner, long nanos) {}

  private record Place(InetAddress node, long nanos) {}

  private final String self;
  private final Steering steering;
  private final LongSupplier clock;
  private final LinkedHashMap<String, Decision> decisions = new LinkedHashMap<>();
  private final Map<Flow, Place> places = new LinkedHashMap<>();

  /**
   * @param self the contact node's name
   */
  ContactDesk(String self, Steering steering) {
    this(self, steering, System::nanoTime);
  }

  /**
   * @param clock in nanoseconds, never set back
   */
  ContactDesk(String self, Steering steering, LongSupplier clock) {
    this.self = self;
    this.steering = steering;
    this.clock = clock;
  }

  /**
   * Decides a handoff for who asks, unless it is decided.
   *
   * @param at where who asks takes the packets
   * @return the owner's name
   * @throws IOException if the packets could not be sent there; nothing is decided then
   */
  synchronized String settle(String handoff, Flow flow, String asker, InetAddress at)
      throws IOException {
    forgetOld();
    Decision made = decisions.get(handoff);
    if (made != null) {
      return made.owner();
    }
    if (asker.equals(self)) {
      steering.keepHere(flow);
      places.remove(flow);
    } else {
      steering.steer(flow, at);
      places.put(flow, new Place(at, clock.getAsLong()));
    }
    decisions.put(handoff, new Decision(asker, clock.getAsLong()));
    return asker;
  }

  /**
   * A connection has ended on a host; one that is on another by now, or has just come back, is left
   * alone. By the host and not by the node's name: a connection may have gone on to a node next
   * door, of which nobody tells this desk.
   *
   * @param at where the packets went until now
   */
  synchronized void ended(Flow flow, InetAddress at) throws IOException {
    Place place = places.get(flow);
    if (place != null
        && place.node().equals(at)
        && clock.getAsLong() - place.nanos() > YOUNG_NANOS) {
      steering.keepHere(flow);
      places.remove(flow);
    }
  }

  /** How many flows are sent elsewhere. */
  synchronized int steered() {
    return places.size();
  }

  private void forgetOld() {
    long now = clock.getAsLong();
    Iterator<Decision> oldest = decisions.values().iterator();
    while (oldest.hasNext() && now - oldest.next().nanos() > MEMORY_NANOS) {
      oldest.remove();
    }
  }
}
