package dev.baton.handoff;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

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

  private record Decision(String owner, long nanos) {}

  private final String self;
  private final Steering steering;
  private final LinkedHashMap<String, Decision> decisions = new LinkedHashMap<>();
  private final Map<Flow, String> owners = new LinkedHashMap<>();

  /**
   * @param self the contact node's name
   */
  ContactDesk(String self, Steering steering) {
    this.self = self;
    this.steering = steering;
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
      owners.remove(flow);
    } else {
      steering.steer(flow, at);
      owners.put(flow, asker);
    }
    decisions.put(handoff, new Decision(asker, System.nanoTime()));
    return asker;
  }

  /** A connection has ended at its owner; one that has another owner by now is left alone. */
  synchronized void ended(Flow flow, String owner) throws IOException {
    if (owners.remove(flow, owner)) {
      steering.keepHere(flow);
    }
  }

  /** How many flows are sent elsewhere. */
  synchronized int steered() {
    return owners.size();
  }

  private void forgetOld() {
    long now = System.nanoTime();
    Iterator<Decision> oldest = decisions.values().iterator();
    while (oldest.hasNext() && now - oldest.next().nanos() > MEMORY_NANOS) {
      oldest.remove();
    }
  }
}
