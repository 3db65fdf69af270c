package dev.baton.anycast.host;

import dev.baton.anycast.AddressTable;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.correspondent.Correspondent;
import dev.baton.anycast.correspondent.CorrespondentCounters;
import dev.baton.anycast.path.PacketPath;
import dev.baton.anycast.path.Reason;
import dev.baton.anycast.path.Role;
import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.Interfaces;
import dev.baton.linux.steer.RouteOptimization;
import java.io.IOException;
import java.net.Inet6Address;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes this host a correspondent node: its connections to mobile nodes go to where these are. Each
 * global IPv6 address that the host has, or gets, has bindings of its own.
 *
 * <p>Opened and closed by a thread in the network namespace that is meant. Needs CAP_NET_ADMIN and
 * CAP_NET_RAW. Thread-safe.
 */
public final class CorrespondentHost implements AutoCloseable {

  private static final int ADDRESSES = 256;
  private static final int BINDINGS = 1024;
  private static final int ADDRESS_IN_PACKET = 24;
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Consumer<BindingChange> listener;
  private final Consumer<String> log;
  private final SecureRandom random = new SecureRandom();
  private final PathOutlet outlet = new PathOutlet();

  /** By the host's addresses. Changed by the opener, then by the ticker. */
  private final AddressTable<Correspondent> correspondents = new AddressTable<>(ADDRESSES);

  private final AtomicLong notOurs = new AtomicLong();
  private final PacketPath path;
  private final Ticker ticker;
  private final BindingPractice practice;
  private boolean complained;

  private CorrespondentHost(
      List<String> interfaces,
      boolean byKernel,
      Consumer<BindingChange> listener,
      Consumer<String> log)
      throws IOException {
    this.listener = listener;
    this.log = log;
    follow();
    this.path = PacketPath.correspondent(new Answering(), interfaces, byKernel, log);
    outlet.goesTo(path);
    this.ticker = new Ticker("baton correspondent", this::tick);
    this.practice = BindingPractice.begin();
  }

  /**
   * Begins.
   *
   * @param interfaces where mobile nodes' packets come in
   * @param byKernel whether the kernel moves the packets, as it can if nothing is {@linkplain
   *     RouteOptimization#missing() missing}; if not, this process does
   * @param listener is told of each binding that comes, moves or goes; must neither wait nor throw
   * @param log is told in one line what keeps packets from passing
   * @throws LinuxException if there is no such interface, or the kernel lacks something or does not
   *     permit it
   */
  public static CorrespondentHost open(
      List<String> interfaces,
      boolean byKernel,
      Consumer<BindingChange> listener,
      Consumer<String> log)
      throws IOException {
    return new CorrespondentHost(interfaces, byKernel, listener, log);
  }

  /**
   * As the other one; the kernel moves the packets if it can, else this process does.
   *
   * @throws LinuxException as the other one
   */
  public static CorrespondentHost open(
      List<String> interfaces, Consumer<BindingChange> listener, Consumer<String> log)
      throws IOException {
    return open(interfaces, RouteOptimization.missing() == null, listener, log);
  }

  /** What the path asks. */
  private final class Answering implements Role.Correspondent {

    @Override
    public void mobility(ByteBuffer packet) {
      var correspondent = correspondents.get(Ip6.read(packet, ADDRESS_IN_PACKET));
      if (correspondent == null) {
        notOurs.incrementAndGet();
      } else {
        correspondent.mobility(packet);
      }
    }

    @Override
    public @Nullable Ip6 careOf(long homeHigh, long homeLow, long ownHigh, long ownLow) {
      var correspondent = correspondents.get(ownHigh, ownLow);
      return correspondent == null ? null : correspondent.careOf(homeHigh, homeLow);
    }

    @Override
    public List<Bound> bound(Ip6 home) {
      List<Bound> bound = new ArrayList<>();
      for (var each : known()) {
        Ip6 careOf = each.whereIs(home);
        if (careOf != null) {
          bound.add(new Bound(each.address(), careOf));
        }
      }
      return bound;
    }

    @Override
    public void unverified(Ip6 source, Ip6 home, Ip6 own) {
      var correspondent = correspondents.get(own);
      if (correspondent == null) {
        notOurs.incrementAndGet();
      } else {
        correspondent.unknownBinding(source, home);
      }
    }
  }

  private List<Correspondent> known() {
    synchronized (correspondents) {
      return correspondents.values();
    }
  }

  private long tick() {
    long next = System.nanoTime() + LOOK_NANOS;
    try {
      follow();
      complained = false;
    } catch (LinuxException e) {
      if (!complained) {
        complained = true;
        log.accept("new addresses of this host get no bindings for now: " + e.getMessage());
      }
    }
    for (Correspondent each : known()) {
      long its = each.tick();
      next = its - next < 0 ? its : next;
    }
    return next;
  }

  /** Follows the addresses that come and go. */
  private void follow() throws LinuxException {
    Set<Ip6> addresses = new HashSet<>();
    Interfaces.addresses().stream()
        .filter(Inet6Address.class::isInstance)
        .map(Ip6::of)
        .filter(Ip6::isGlobalUnicast)
        .forEach(addresses::add);
    for (Correspondent each : known()) {
      if (!addresses.remove(each.address())) {
        synchronized (correspondents) {
          correspondents.remove(each.address());
        }
        each.clear();
      }
    }
    for (Ip6 address : addresses) {
      add(address);
    }
  }

  private void add(Ip6 own) {
    synchronized (correspondents) {
      if (!correspondents.isFull()) {
        correspondents.put(
            own,
            new Correspondent(
                own,
                outlet,
                System::nanoTime,
                random,
                BINDINGS,
                (home, before, now) -> changed(new BindingChange(own, home, before, now))));
      }
    }
  }

  private void changed(BindingChange change) {
    PacketPath ready = outlet.path();
    if (ready != null && change.now() == null) {
      ready.changed(change.home()); // the kernel asks nobody
    }
    listener.accept(change);
  }

  /** What was done and refused so far, by the host's addresses of now. */
  public Map<Ip6, CorrespondentCounters> counters() {
    Map<Ip6, CorrespondentCounters> counters = new HashMap<>();
    known().forEach(each -> counters.put(each.address(), each.counters()));
    return counters;
  }

  /** How many packets passed, by what became of them. */
  public Map<Reason, Long> packets() {
    return path.counters();
  }

  /** How many messages were not for this host's addresses, though they came by here. */
  public long notOurs() {
    return notOurs.get();
  }

  /** Takes everything back; connections to mobile nodes go by their home agents again. */
  @Override
  public void close() throws IOException {
    practice.close();
    ticker.close();
    path.close();
  }
}
