package dev.baton.anycast.home;

import dev.baton.anycast.AddressTable;
import dev.baton.anycast.CareOfListener;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.Tally;
import dev.baton.anycast.home.HomeAgentCounters.Kind;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.anycast.message.MalformedPacketException;
import dev.baton.anycast.message.MobilityMessage;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityOption.AlternateCareOf;
import dev.baton.anycast.message.MobilityOption.MessageAuthentication;
import dev.baton.anycast.message.MobilityOption.NonceIndices;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Outlet;
import dev.baton.anycast.message.RateLimit;
import dev.baton.anycast.message.ReceivedPacket;
import dev.baton.anycast.message.Sequence;
import dev.baton.anycast.message.Status;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A home agent: knows where the contact node of each contact address is, and so where the tunnel
 * ends (RFC 6275 §10.3). Home test inits and home tests are traffic of that tunnel like any other.
 *
 * <p>The last sequence number of a home address outlives its registration: with keys that nobody
 * changes it is what keeps old binding updates from being played again. Whoever does not know it is
 * told (status 135).
 *
 * <p>Threads may share it. {@link #careOf} and {@link #acceptsFrom} are for the data path: no lock,
 * no memory. Somebody must call {@link #tick} when it says so.
 */
public final class HomeAgent {

  private static final int ANSWERS_TO_STRANGERS_PER_SECOND = 20;
  private static final long IDLE_NANOS = TimeUnit.HOURS.toNanos(1);

  /** A registration, also while nobody knows yet whether the home address is free. */
  private record Registration(Ip6 home, Ip6 careOf, long endsAtNanos) {}

  /** An update that proved itself, and what is to be granted and answered. */
  private record Request(
      MobilityPacket packet,
      BindingUpdate update,
      HomeAssociation association,
      Ip6 home,
      Ip6 careOf) {}

  private final HomeAgentSetup setup;
  private final HomeLink link;
  private final Outlet outlet;
  private final LongSupplier nanoTime;
  private final CareOfListener listener;
  private final AddressTable<Registration> registrations;

  /** Home addresses whose duplicate address detection is under way, with the latest update. */
  private final Map<Ip6, Request> probing = new HashMap<>();

  /** By home address; no more of them than there are keys. */
  private final Map<Ip6, Integer> sequences = new HashMap<>();

  private final RateLimit strangers;
  private final Tally<Kind> tally = new Tally<>(Kind.class);

  /** When a registration ends next: until then no packet makes anybody look through them. */
  private long dueNanos;

  /**
   * @param outlet where answers go
   * @param nanoTime the time, as {@link System#nanoTime}
   */
  public HomeAgent(HomeAgentSetup setup, HomeLink link, Outlet outlet, LongSupplier nanoTime) {
    this(setup, link, outlet, nanoTime, CareOfListener.NONE);
  }

  /**
   * As the other one.
   *
   * @param listener is told of all registrations
   */
  public HomeAgent(
      HomeAgentSetup setup,
      HomeLink link,
      Outlet outlet,
      LongSupplier nanoTime,
      CareOfListener listener) {
    this.setup = setup;
    this.link = link;
    this.outlet = outlet;
    this.nanoTime = nanoTime;
    this.listener = listener;
    this.registrations = new AddressTable<>(setup.capacity());
    this.strangers = new RateLimit(ANSWERS_TO_STRANGERS_PER_SECOND, nanoTime.getAsLong());
    this.dueNanos = nanoTime.getAsLong() + IDLE_NANOS;
  }

  /**
   * Where to tunnel what is for a home address, or null if it is not registered. The same object as
   * long as it is the same address.
   */
  public @Nullable Ip6 careOf(long homeHigh, long homeLow) {
    Registration registration = registrations.get(homeHigh, homeLow);
    return registration == null ? null : registration.careOf;
  }

  /**
   * Whether a packet may leave the tunnel: the home address as its source, the care-of address as
   * the tunnel's other end (§10.4.5).
   */
  public boolean acceptsFrom(long outerHigh, long outerLow, long innerHigh, long innerLow) {
    Registration registration = registrations.get(innerHigh, innerLow);
    return registration != null
        && registration.careOf.high() == outerHigh
        && registration.careOf.low() == outerLow;
  }

  /** What has been done and refused so far. */
  public synchronized HomeAgentCounters counters() {
    return HomeAgentCounters.read(tally);
  }

  /**
   * Takes a packet with a mobility header, whatever it may contain.
   *
   * @param packet the IPv6 packet from position to limit; only looked at during the call
   */
  public synchronized void mobility(ByteBuffer packet) {
    tick();
    try {
      receive(ReceivedPacket.decode(packet));
    } catch (MalformedPacketException e) {
      tally.count(Kind.MALFORMED);
      MobilityPacket answer = e.answer();
      if (e.pointer() >= 0) {
        outlet.parameterProblem(packet, e.code(), e.pointer());
      } else if (answer != null && answer.source().equals(setup.address())) {
        toStranger(answer);
      }
    }
  }

  private void receive(ReceivedPacket received) {
    MobilityPacket packet = received.packet();
    if (!packet.destination().equals(setup.address())
        || packet.routedTo() != null
        || !(packet.message() instanceof BindingUpdate update)
        || update.option(NonceIndices.class) != null) {
      tally.count(Kind.NOT_FOR_US);
      return;
    }
    Ip6 home = packet.sender();
    AlternateCareOf alternate = update.option(AlternateCareOf.class);
    Ip6 careOf = alternate != null ? alternate.address() : packet.source();
    MessageAuthentication authentication = received.lastAuthentication();
    if (!home.isGlobalUnicast()
        || !careOf.isGlobalUnicast()
        || !packet.source().isGlobalUnicast()) {
      tally.count(Kind.NOT_ROUTABLE);
    } else if (authentication == null) {
      tally.count(Kind.UNAUTHENTICATED); // silently, as RFC 4285 §5 wants
    } else {
      HomeAssociation association = setup.associations().find(home, authentication.spi());
      if (association == null) {
        boolean ours = isHomeAddress(home);
        tally.count(ours ? Kind.PROHIBITED : Kind.NOT_HOME_SUBNET);
        refuseStranger(
            packet, update, ours ? Status.ADMINISTRATIVELY_PROHIBITED : Status.NOT_HOME_SUBNET);
      } else if (!association.verifies(received, careOf, home)) {
        tally.count(Kind.AUTHENTICATION_FAILED);
        refuseStranger(packet, update, Status.AUTHENTICATION_FAILED);
      } else {
        authenticated(new Request(packet, update, association, home, careOf));
      }
    }
  }

  private boolean isHomeAddress(Ip6 home) {
    return setup.homePrefixes().stream().anyMatch(prefix -> prefix.contains(home));
  }

  private void authenticated(Request request) {
    BindingUpdate update = request.update;
    Ip6 home = request.home;
    Integer last = sequences.get(home);
    boolean deletion = update.lifetime() == 0 || request.careOf.equals(home);
    if (!isHomeAddress(home)) {
      tally.count(Kind.NOT_HOME_SUBNET);
      answer(request, Status.NOT_HOME_SUBNET, 0);
    } else if (last != null && !Sequence.isNewer(update.sequence(), last)) {
      tally.count(Kind.SEQUENCE);
      answer(request, Status.SEQUENCE_OUT_OF_WINDOW, last, 0);
    } else if (!update.homeRegistration()) {
      // Not to be told apart from a correspondent registration (§9.5.1), which is not made here.
      tally.count(Kind.NOT_FOR_US);
      boolean change = registrations.get(home) != null;
      answer(
          request,
          change ? Status.REGISTRATION_TYPE_CHANGE : Status.ADMINISTRATIVELY_PROHIBITED,
          0);
    } else {
      sequences.put(home, update.sequence());
      if (deletion) {
        deregister(request);
      } else {
        register(request);
      }
    }
  }

  /** §10.3.2. */
  private void deregister(Request request) {
    boolean wasProbing = probing.remove(request.home) != null;
    Registration registration = registrations.get(request.home);
    if (registration != null) {
      end(registration);
    } else if (!wasProbing) {
      tally.count(Kind.NOT_HOME_AGENT);
      answer(request, Status.NOT_HOME_AGENT, 0);
      return;
    }
    tally.count(Kind.DEREGISTERED);
    answer(request, Status.ACCEPTED, 0);
  }

  /** §10.3.1; the first time the home agent makes sure that nobody else has the address. */
  private void register(Request request) {
    Ip6 home = request.home;
    if (request.packet.homeAddress() == null) {
      tally.count(Kind.NOT_FOR_US);
    } else if (registrations.get(home) != null) {
      tally.count(Kind.RENEWED);
      grant(request);
    } else if (probing.put(home, request) == null) {
      if (registrations.size() + probing.size() > setup.capacity()) {
        probing.remove(home);
        tally.count(Kind.NO_ROOM);
        answer(request, Status.INSUFFICIENT_RESOURCES, 0);
      } else {
        var unused =
            link.isFree(home)
                .whenComplete((free, failure) -> probed(home, free != null && free, failure));
      }
    }
  }

  private synchronized void probed(Ip6 home, boolean free, @Nullable Throwable failure) {
    Request request = probing.remove(home);
    if (request == null) {
      return; // deregistered meanwhile
    }
    if (failure != null) {
      answer(request, Status.REASON_UNSPECIFIED, 0);
    } else if (!free) {
      tally.count(Kind.DUPLICATES);
      answer(request, Status.DUPLICATE_ADDRESS, 0);
    } else {
      tally.count(Kind.REGISTERED);
      link.startProxy(home);
      grant(request);
    }
  }

  private void grant(Request request) {
    int granted =
        Math.min(
            request.update.lifetime(),
            setup.longestLifetimeSeconds() / MobilityMessage.LIFETIME_UNIT_SECONDS);
    long lifetime =
        TimeUnit.SECONDS.toNanos((long) granted * MobilityMessage.LIFETIME_UNIT_SECONDS);
    Registration old = registrations.get(request.home);
    Ip6 careOf = old != null && old.careOf.equals(request.careOf) ? old.careOf : request.careOf;
    long ends = nanoTime.getAsLong() + lifetime;
    registrations.put(request.home, new Registration(request.home, careOf, ends));
    dueBy(ends);
    if (old == null || !old.careOf.equals(careOf)) {
      listener.moved(request.home, old == null ? null : old.careOf, careOf);
    }
    answer(request, Status.ACCEPTED, granted);
  }

  private void end(Registration registration) {
    registrations.remove(registration.home);
    link.stopProxy(registration.home);
    listener.moved(registration.home, registration.careOf, null);
  }

  private void answer(Request request, int status, int lifetime) {
    answer(request, status, request.update.sequence(), lifetime);
  }

  private void answer(Request request, int status, int sequence, int lifetime) {
    MobilityPacket answer = acknowledgement(request.packet, status, sequence, lifetime);
    outlet.send(request.association.sign(answer, request.careOf, request.home));
  }

  private void refuseStranger(MobilityPacket packet, BindingUpdate update, int status) {
    toStranger(acknowledgement(packet, status, update.sequence(), 0));
  }

  private void toStranger(MobilityPacket answer) {
    if (strangers.allows(nanoTime.getAsLong())) {
      outlet.send(answer);
    } else {
      tally.count(Kind.UNANSWERED);
    }
  }

  private MobilityPacket acknowledgement(
      MobilityPacket packet, int status, int sequence, int lifetime) {
    return new MobilityPacket(
        setup.address(),
        packet.source(),
        null,
        packet.homeAddress(),
        new BindingAcknowledgement(status, sequence, lifetime));
  }

  /**
   * Ends the registrations whose time is over.
   *
   * @return when the next one ends, or an hour from now
   */
  public synchronized long tick() {
    long now = nanoTime.getAsLong();
    if (now - dueNanos < 0) {
      return dueNanos;
    }
    dueNanos = now + IDLE_NANOS;
    for (Registration registration : registrations.values()) {
      if (registration.endsAtNanos - now <= 0) {
        tally.count(Kind.EXPIRED);
        end(registration);
      } else {
        dueBy(registration.endsAtNanos);
      }
    }
    return dueNanos;
  }

  private void dueBy(long nanos) {
    dueNanos = nanos - dueNanos < 0 ? nanos : dueNanos;
  }
}
