package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityPacket;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The contact node's list of pending handoffs: which acceptor a home test is for that comes back by
 * the home agent (paper 002 §4.2.2). Bounded; whoever does not hear within half a minute asks again
 * anyway, with another cookie.
 */
final class PendingHandoffs {

  private static final int CAPACITY = 4096;
  private static final long LIFETIME_NANOS = TimeUnit.SECONDS.toNanos(32);

  private record Test(Ip6 client, long cookie) {}

  private record Pending(Ip6 acceptor, long sinceNanos) {}

  private final Map<Test, Pending> pending = new LinkedHashMap<>();

  /** An acceptor tests a client. */
  void add(Ip6 acceptor, MobilityPacket packet, HomeTestInit init, long nowNanos) {
    Test test = new Test(packet.destination(), init.cookie());
    pending.remove(test);
    Iterator<Pending> oldest = pending.values().iterator();
    while (oldest.hasNext()) {
      boolean over = nowNanos - oldest.next().sinceNanos > LIFETIME_NANOS;
      if (!over && pending.size() < CAPACITY) {
        break;
      }
      oldest.remove();
    }
    pending.put(test, new Pending(acceptor, nowNanos));
  }

  /** Whose test has been answered, once; null if nobody here has asked, or too long ago. */
  @Nullable Ip6 take(MobilityPacket packet, HomeTest answer, long nowNanos) {
    Pending found = pending.remove(new Test(packet.source(), answer.cookie()));
    return found == null || nowNanos - found.sinceNanos > LIFETIME_NANOS ? null : found.acceptor;
  }

  int size() {
    return pending.size();
  }
}
