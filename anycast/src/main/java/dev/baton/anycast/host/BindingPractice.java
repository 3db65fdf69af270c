package dev.baton.anycast.host;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.correspondent.Correspondent;
import dev.baton.anycast.correspondent.CorrespondentCounters;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Outlet;
import dev.baton.anycast.node.Activation;
import dev.baton.anycast.node.BindingListener;
import dev.baton.anycast.node.MobileNode;
import dev.baton.anycast.node.NodeOutlet;
import dev.baton.anycast.node.NodeSetup;
import dev.baton.anycast.node.NotBoundException;
import dev.baton.linux.ThreadPriority;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A node that binds a client, again and again, both of them in this process only: no packet leaves
 * it. A connection waits for its client's binding, once for each handoff; a JVM that has practised
 * makes it in a fraction of the time.
 */
final class BindingPractice implements Closeable {
  /** Then a binding takes a tenth of a millisecond; the first took a hundred. */
  private static final int ROUNDS = 1_000;

  /** Then the processors are others' for a while. */
  private static final int AT_ONCE = 10;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Addresses for documentation (RFC 3849), which nobody has. */
  private static final Ip6 CONTACT = Ip6.of("2001:db8::c");

  private static final Ip6 NODE = Ip6.of("2001:db8:1::1");
  private static final Ip6 CONTACT_NODE = Ip6.of("2001:db8:2::1");
  private static final Ip6 CLIENT = Ip6.of("2001:db8:3::1");

  private final Queue<Runnable> underWay = new ArrayDeque<>();
  private final SecureRandom random = new SecureRandom();
  private final Correspondent client =
      new Correspondent(CLIENT, new ToNode(), System::nanoTime, random, 1);
  private final MobileNode node =
      new MobileNode(
          new NodeSetup(CONTACT, CONTACT_NODE::equals, Duration.ofSeconds(30), 1),
          NODE,
          new ToClient(),
          new Nobody(),
          System::nanoTime,
          random);
  private volatile boolean closed;

  private BindingPractice() {
    node.passive(CONTACT_NODE);
  }

  /** Begins, on a thread of its own that stands back behind all others. */
  static BindingPractice begin() {
    BindingPractice practice = new BindingPractice();
    Thread thread = new Thread(null, practice::practise, "baton binding practice", 0, false);
    thread.setDaemon(true);
    thread.start();
    return practice;
  }

  private void practise() {
    ThreadPriority.standBack();
    for (int round = 1; round <= ROUNDS && !closed; round++) {
      bind();
      if (round % AT_ONCE == 0) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** Once, with return routability before it and the end of the binding after it. */
  private void bind() {
    node.prepare(CLIENT);
    arrive();
    node.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED);
    arrive();
    node.clear(CLIENT);
    arrive();
  }

  private void arrive() {
    for (Runnable next = underWay.poll(); next != null; next = underWay.poll()) {
      next.run();
    }
  }

  private class ToNode implements Outlet {

    /** What is for the contact address comes by the contact node. */
    @Override
    public void send(MobilityPacket packet) {
      ByteBuffer bytes = ByteBuffer.wrap(packet.encode());
      boolean home = packet.destination().equals(CONTACT);
      underWay.add(
          () -> {
            if (home) {
              node.tunnelled(CONTACT_NODE, bytes);
            } else {
              node.mobility(bytes);
            }
          });
    }

    @Override
    public void parameterProblem(ByteBuffer offending, int code, int pointer) {
      throw new AssertionError("both speak the same language");
    }
  }

  private final class ToClient extends ToNode implements NodeOutlet {

    @Override
    public void send(MobilityPacket packet) {
      ByteBuffer bytes = ByteBuffer.wrap(packet.encode());
      underWay.add(() -> client.mobility(bytes));
    }

    @Override
    public void tunnel(Ip6 from, Ip6 to, MobilityPacket inner) {
      send(inner);
    }
  }

  private static final class Nobody implements BindingListener {

    @Override
    public void bindingError(Ip6 bound) {}

    @Override
    public void bindingEnded(Ip6 bound, NotBoundException why) {}

    @Override
    public void registrationEnded(NotBoundException why) {}
  }

  /** What it has come to so far. */
  CorrespondentCounters counters() {
    return client.counters();
  }

  /** Ends it soon, if it is not over; who stands back is not to be waited for. */
  @Override
  public void close() {
    closed = true;
  }
}
