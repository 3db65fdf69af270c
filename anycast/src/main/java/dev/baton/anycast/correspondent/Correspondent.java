package dev.baton.anycast.correspondent;

import dev.baton.anycast.AddressTable;
import dev.baton.anycast.CareOfListener;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.Tally;
import dev.baton.anycast.correspondent.CorrespondentCounters.Kind;
import dev.baton.anycast.message.BindingManagementKey;
import dev.baton.anycast.message.MalformedPacketException;
import dev.baton.anycast.message.MobilityMessage;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.BindingError;
import dev.baton.anycast.message.MobilityMessage.BindingRefreshRequest;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.CareOfTestInit;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityOption.AlternateCareOf;
import dev.baton.anycast.message.MobilityOption.NonceIndices;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Outlet;
import dev.baton.anycast.message.RateLimit;
import dev.baton.anycast.message.ReceivedPacket;
import dev.baton.anycast.message.Sequence;
import dev.baton.anycast.message.Status;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The correspondent node for one of a client's addresses; RFC 6275 §9.1 wants a binding cache for
 * each. It answers return routability tests without remembering them, and keeps bindings that prove
 * themselves, a bounded number.
 *
 * <p>Threads may share it. {@link #careOf} and {@link #accepts} are for the data path: no lock, no
 * memory. Somebody must call {@link #tick} when it says so.
 */
public final class Correspondent {

  /** MAX_RR_BINDING_LIFETIME (§12), in seconds. */
  public static final int LONGEST_LIFETIME_SECONDS = 420;

  private static final int ANSWERS_TO_STRANGERS_PER_SECOND = 100;
  private static final int REFRESH_REQUESTS = 3;

  private final Ip6 own;
  private final Outlet outlet;
  private final LongSupplier nanoTime;
  private final Nonces nonces;
  private final AddressTable<Binding> cache;
  private final EndedBindings ended;
  private final RateLimit strangers;
  private final CareOfListener listener;
  private final Tally<Kind> tally = new Tally<>(Kind.class);

  /**
   * When time changes something next: until then no packet makes anybody look through the cache.
   */
  private long dueNanos;

  /**
   * @param own the client's address
   * @param outlet where answers go
   * @param nanoTime the time, as {@link System#nanoTime}
   * @param random for the node key and the nonces; must be a secure one
   * @param capacity how many bindings at most; further ones are refused (130)
   */
  public Correspondent(
      Ip6 own, Outlet outlet, LongSupplier nanoTime, RandomGenerator random, int capacity) {
    this(own, outlet, nanoTime, random, capacity, CareOfListener.NONE);
  }

  /**
   * As the other one.
   *
   * @param listener is told of all bindings
   */
  public Correspondent(
      Ip6 own,
      Outlet outlet,
      LongSupplier nanoTime,
      RandomGenerator random,
      int capacity,
      CareOfListener listener) {
    this.own = own;
    this.outlet = outlet;
    this.listener = listener;
    this.nanoTime = nanoTime;
    long now = nanoTime.getAsLong();
    this.nonces = new Nonces(random, now);
    this.cache = new AddressTable<>(capacity);
    this.ended = new EndedBindings(capacity);
    this.strangers = new RateLimit(ANSWERS_TO_STRANGERS_PER_SECOND, now);
    this.dueNanos = nonces.nextNanos();
  }

  /** The address this is the correspondent node of. */
  public Ip6 address() {
    return own;
  }

  /**
   * Where to send what is for a home address, or null if there is no binding. The same object as
   * long as it is the same address.
   */
  public @Nullable Ip6 careOf(long homeHigh, long homeLow) {
    Binding binding = cache.get(homeHigh, homeLow);
    if (binding == null) {
      return null;
    }
    binding.used = true;
    return binding.careOf;
  }

  /** Whether a home address option may be believed in a packet from that source (§9.3.1). */
  public boolean accepts(long homeHigh, long homeLow, long sourceHigh, long sourceLow) {
    Binding binding = cache.get(homeHigh, homeLow);
    return binding != null
        && binding.careOf.high() == sourceHigh
        && binding.careOf.low() == sourceLow;
  }

  /** As {@link #careOf(long, long)}, but this does not count as using the binding. */
  public @Nullable Ip6 whereIs(Ip6 home) {
    Binding binding = cache.get(home);
    return binding == null ? null : binding.careOf;
  }

  /** A packet other than a mobility message came with a home address option not to be believed. */
  public synchronized void unknownBinding(Ip6 source, Ip6 home) {
    tally.count(Kind.UNKNOWN_BINDING);
    bindingError(
        new MobilityPacket(own, source, new BindingError(BindingError.UNKNOWN_BINDING, home)));
  }

  /** What has been done and refused so far. */
  public synchronized CorrespondentCounters counters() {
    return CorrespondentCounters.read(tally);
  }

  /**
   * Takes a packet with a mobility header, whatever it may contain.
   *
   * @param packet the IPv6 packet from position to limit; only looked at during the call
   */
  public synchronized void mobility(ByteBuffer packet) {
    advance();
    try {
      receive(ReceivedPacket.decode(packet));
    } catch (MalformedPacketException e) {
      switch (e.fault()) {
        case FORMAT -> tally.count(Kind.MALFORMED);
        case CHECKSUM -> tally.count(Kind.CHECKSUM);
        case UNKNOWN_TYPE -> {
          tally.count(Kind.UNKNOWN_TYPE);
          MobilityPacket answer = e.answer();
          if (answer != null && answer.source().equals(own)) {
            bindingError(answer);
          }
        }
        case FIELD -> {
          tally.count(Kind.FIELD);
          outlet.parameterProblem(packet, e.code(), e.pointer());
        }
      }
    }
  }

  private void receive(ReceivedPacket received) {
    MobilityPacket packet = received.packet();
    MobilityMessage message = packet.message();
    if (!packet.receiver().equals(own)) {
      tally.count(Kind.NOT_FOR_US);
    } else if (message instanceof BindingUpdate update) {
      update(received, update);
    } else if (packet.homeAddress() != null && !isBound(packet.homeAddress(), packet.source())) {
      unknownBinding(packet.source(), packet.homeAddress());
    } else if (message instanceof HomeTestInit init && packet.homeAddress() == null) {
      tally.count(Kind.HOME_TESTS);
      int index = nonces.index();
      long token = nonces.homeToken(packet.source(), index);
      answer(packet, new HomeTest(index, init.cookie(), token));
    } else if (message instanceof CareOfTestInit init && packet.homeAddress() == null) {
      tally.count(Kind.CARE_OF_TESTS);
      int index = nonces.index();
      long token = nonces.careOfToken(packet.source(), index);
      answer(packet, new CareOfTest(index, init.cookie(), token));
    } else {
      tally.count(Kind.NOT_FOR_US);
    }
  }

  private boolean isBound(Ip6 home, Ip6 source) {
    return accepts(home.high(), home.low(), source.high(), source.low());
  }

  private void answer(MobilityPacket question, MobilityMessage answer) {
    outlet.send(new MobilityPacket(own, question.source(), answer));
  }

  /** The tests of §9.5.1, in an order that tells nothing to who has not proved himself. */
  private void update(ReceivedPacket received, BindingUpdate update) {
    MobilityPacket packet = received.packet();
    Ip6 home = packet.sender();
    AlternateCareOf alternate = update.option(AlternateCareOf.class);
    Ip6 careOf = alternate != null ? alternate.address() : packet.source();
    boolean deletion = update.lifetime() == 0 || careOf.equals(home);
    NonceIndices indices = update.option(NonceIndices.class);
    if (!home.isGlobalUnicast() || !careOf.isGlobalUnicast() || home.equals(own)) {
      tally.count(Kind.NOT_ROUTABLE);
    } else if (packet.homeAddress() == null && !deletion) {
      tally.count(Kind.NO_HOME_ADDRESS_OPTION);
    } else if (update.homeRegistration()) {
      tally.count(Kind.HOME_REGISTRATIONS);
      refuseStranger(packet, Status.HOME_REGISTRATION_NOT_SUPPORTED, update.sequence());
    } else if (indices == null || !received.endsWithAuthorization()) {
      tally.count(Kind.INCOMPLETE);
    } else {
      boolean homeKnown = nonces.knows(indices.home());
      boolean careOfKnown = deletion || nonces.knows(indices.careOf());
      if (homeKnown && careOfKnown) {
        authorized(received, update, new Wish(home, careOf, deletion, indices));
      } else {
        tally.count(Kind.EXPIRED_NONCES);
        int status = homeKnown ? Status.EXPIRED_CARE_OF_NONCE : Status.EXPIRED_HOME_NONCE;
        refuseStranger(
            packet, homeKnown || careOfKnown ? status : Status.EXPIRED_NONCES, update.sequence());
      }
    }
  }

  /** What a binding update is about. */
  private record Wish(Ip6 home, Ip6 careOf, boolean deletion, NonceIndices indices) {}

  private void authorized(ReceivedPacket received, BindingUpdate update, Wish wish) {
    long homeToken = nonces.homeToken(wish.home, wish.indices.home());
    BindingManagementKey key =
        wish.deletion
            ? BindingManagementKey.forDeletion(homeToken)
            : BindingManagementKey.of(
                homeToken, nonces.careOfToken(wish.careOf, wish.indices.careOf()));
    Ip6 signedFor = wish.deletion ? wish.home : wish.careOf;
    MobilityPacket packet = received.packet();
    if (!key.verifies(received, signedFor, own)) {
      tally.count(Kind.UNAUTHENTIC);
      return;
    }
    long now = nanoTime.getAsLong();
    Binding old = cache.get(wish.home);
    int last = old != null ? old.sequence : ended.lastSequence(wish.home, wish.indices, nonces);
    int status = Status.ACCEPTED;
    int granted = 0;
    if (last >= 0 && !Sequence.isNewer(update.sequence(), last)) {
      tally.count(old != null ? Kind.SEQUENCE : Kind.REPLAYED);
      status = Status.SEQUENCE_OUT_OF_WINDOW;
    } else if (wish.deletion) {
      tally.count(Kind.DELETED);
      forget(wish.home, old);
      ended.remember(wish.home, update.sequence(), wish.indices, now);
    } else if (old == null && cache.isFull()) {
      tally.count(Kind.NO_ROOM);
      status = Status.INSUFFICIENT_RESOURCES;
    } else {
      tally.count(Kind.BOUND);
      granted =
          Math.min(
              update.lifetime(), LONGEST_LIFETIME_SECONDS / MobilityMessage.LIFETIME_UNIT_SECONDS);
      long lifetime =
          TimeUnit.SECONDS.toNanos((long) granted * MobilityMessage.LIFETIME_UNIT_SECONDS);
      Binding binding =
          new Binding(wish.home, wish.careOf, update.sequence(), wish.indices, now, now + lifetime);
      cache.put(wish.home, binding);
      if (old == null || !old.careOf.equals(wish.careOf)) {
        listener.moved(wish.home, old == null ? null : old.careOf, wish.careOf);
      }
      dueNanos = earlier(dueNanos, binding.nextRequestNanos());
    }
    if (update.acknowledge() || status >= Status.FIRST_REFUSAL) {
      int sequence = status == Status.SEQUENCE_OUT_OF_WINDOW ? last : update.sequence();
      outlet.send(key.sign(acknowledgement(packet, status, sequence, granted), signedFor, own));
    }
  }

  /** Ends all bindings: the address is no longer this host's. */
  public synchronized void clear() {
    cache.values().forEach(binding -> forget(binding.home, binding));
  }

  private void forget(Ip6 home, @Nullable Binding binding) {
    if (binding != null) {
      cache.remove(home);
      listener.moved(home, binding.careOf, null);
    }
  }

  private void refuseStranger(MobilityPacket packet, int status, int sequence) {
    if (strangers.allows(nanoTime.getAsLong())) {
      outlet.send(acknowledgement(packet, status, sequence, 0));
    } else {
      tally.count(Kind.UNANSWERED);
    }
  }

  /** Goes back the way the update came, not by the cache (§9.5.4). */
  private MobilityPacket acknowledgement(
      MobilityPacket packet, int status, int sequence, int lifetime) {
    return new MobilityPacket(
        own,
        packet.source(),
        null,
        packet.homeAddress(),
        new BindingAcknowledgement(status, sequence, lifetime));
  }

  private void bindingError(MobilityPacket error) {
    if (!error.destination().isGlobalUnicast()) {
      tally.count(Kind.NOT_ROUTABLE);
    } else if (strangers.allows(nanoTime.getAsLong())) {
      tally.count(Kind.BINDING_ERRORS);
      outlet.send(error);
    } else {
      tally.count(Kind.UNANSWERED);
    }
  }

  /**
   * Does what the time has come for: bindings end, those in use are asked to be renewed (§9.5.5).
   *
   * @return when there is something to do next, by the clock given
   */
  public synchronized long tick() {
    advance();
    return dueNanos;
  }

  private void advance() {
    long now = nanoTime.getAsLong();
    if (now - dueNanos < 0) {
      return;
    }
    nonces.advance(now);
    dueNanos = nonces.nextNanos();
    for (Binding binding : cache.values()) {
      if (binding.endsAtNanos - now <= 0) {
        tally.count(Kind.EXPIRED);
        forget(binding.home, binding);
        ended.remember(binding.home, binding.sequence, binding.indices, now);
      } else {
        requestRefresh(binding, now);
        dueNanos =
            earlier(
                dueNanos,
                binding.refreshRequests < REFRESH_REQUESTS
                    ? binding.nextRequestNanos()
                    : binding.endsAtNanos);
      }
    }
  }

  private void requestRefresh(Binding binding, long now) {
    while (binding.refreshRequests < REFRESH_REQUESTS && binding.nextRequestNanos() - now <= 0) {
      binding.refreshRequests++;
      if (binding.used) {
        tally.count(Kind.REFRESH_REQUESTS);
        // By way of the home agent: but for acknowledgements the cache is not for these (§6.1).
        outlet.send(new MobilityPacket(own, binding.home, new BindingRefreshRequest()));
      }
    }
  }

  private static long earlier(long one, long other) {
    return one - other < 0 ? one : other;
  }
}
