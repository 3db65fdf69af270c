package dev.baton.handoff;

import dev.baton.handoff.ApplicationHost.Fate;
import dev.baton.handoff.ApplicationHost.Outcome;
import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.Message;
import dev.baton.linux.QueueRoom;
import dev.baton.linux.TcpConnection;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The donor's side of a handoff by an application (paper "versatile anycast", section 4.4). The
 * application stands still while its connection is given away, and says itself what the acceptor
 * has to know. So there is no rehearsal and no cut: the connection travels with all that is in its
 * queues, once a quick client has emptied the send queue.
 */
final class ApplicationDonor {
  private static final long PREPARE_MILLIS = 30_000;

  private final String self;
  private final Host host;
  private final Departures departures;
  private final AtomicLong count = new AtomicLong();

  /**
   * @param self this node's name
   */
  ApplicationDonor(String self, Host host, Departures departures) {
    this.self = self;
    this.host = host;
    this.departures = departures;
  }

  /**
   * Hands one connection off.
   *
   * @param tcp stays the caller's, who does nothing with the connection meanwhile
   * @param to the acceptor
   * @param state what the application there has to know
   * @return what became of it; never throws
   */
  Outcome handOff(TcpConnection tcp, String to, byte[] state) {
    Attempt attempt = new Attempt(tcp, state);
    try {
      return new Outcome(Fate.THERE, null, attempt.run(to));
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      return new Outcome(attempt.lost() ? Fate.LOST : Fate.HERE, e, PhaseMicros.NONE);
    }
  }

  private final class Attempt {
    private final TcpConnection tcp;
    private final byte[] state;
    private @Nullable Departure departure;

    Attempt(TcpConnection tcp, byte[] state) {
      this.tcp = tcp;
      this.state = state;
    }

    boolean lost() {
      return departure != null && departure.lost();
    }

    PhaseMicros run(String to) throws IOException {
      long begun = System.nanoTime();
      Flow flow = new Flow(tcp.remote(), tcp.local());
      if (host.listener(flow.server()) == null) {
        throw new IOException(
            "no listener on port "
                + flow.server().getPort()
                + " has joined this node, so late packets could not be kept from it");
      }
      String id = self + "-" + count.incrementAndGet();
      try (Departure leaving = departures.open(id, flow, to)) {
        departure = leaving;
        tcp.requireMovable();
        Message.Prepare prepare =
            new Message.Prepare(id, Endpoint.of(flow.client()), Endpoint.of(flow.server()), null);
        leaving.prepare(prepare, PREPARE_MILLIS);
        FaultPoint.reached("donor:ready", id);
        SendQueue queue = new SendQueue(tcp, leaving.betweenHosts(), false);
        queue.watch();
        return depart(leaving, queue, begun);
      }
    }

    private PhaseMicros depart(Departure leaving, SendQueue queue, long begun) throws IOException {
      boolean left = false;
      try (Freight.Share share = departures.freight().load(queue.freight());
          Pauses.Turn turn = departures.pauses().turn(leaving.betweenHosts())) {
        if (!queue.quick()) {
          turn.await();
        }
        long prepared = System.nanoTime();
        try (Departure.Guard guard = leaving.guard()) {
          queue.awaitLowWater();
          Message.Done done = leaving.run(tcp, turn, new StandingStill(queue, state));
          left = true;
          return leaving.phases(done, begun, prepared);
        }
      } finally {
        if (!left && !leaving.lost()) {
          tcp.unlimitSendBuffer();
        }
      }
    }
  }

  /** The application. It is told what has become of its connection when all is over. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record StandingStill(SendQueue queue, byte[] state) implements Departure.Server {

    @Override
    public Departure.Cargo load(QueueRoom room) throws IOException {
      return new Departure.Cargo(queue.extract(room), state, 0);
    }

    @Override
    public void recovered(long preload) {
      // It counts for itself.
    }

    @Override
    public void leave() {
      // It stands still.
    }
  }
}
