package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MalformedPacketException;
import dev.baton.anycast.message.MobilityMessage;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.BindingError;
import dev.baton.anycast.message.MobilityMessage.BindingRefreshRequest;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.ReceivedPacket;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Which message is for which part of a {@link MobileNode}: who asked, where it came from and where
 * to are looked at first.
 */
final class Incoming {

  private final MobileNode node;
  private final Predicate<Ip6> members;
  private final PendingHandoffs pending = new PendingHandoffs();
  private final LongAdder ignored = new LongAdder();

  Incoming(MobileNode node, Predicate<Ip6> members) {
    this.node = node;
    this.members = members;
  }

  boolean isMember(Ip6 other) {
    return members.test(other);
  }

  /** How many messages meant nothing. */
  long ignored() {
    return ignored.sum();
  }

  /** A message that came by itself. Returns whether nobody else need look at it. */
  boolean direct(ByteBuffer packet) {
    try {
      return take(packet, this::direct);
    } catch (MalformedPacketException e) {
      ignored.increment();
      if (e.pointer() >= 0) {
        node.outlet().parameterProblem(packet, e.code(), e.pointer());
      }
      return true;
    }
  }

  /** A message that came in a tunnel. */
  void tunnelled(Ip6 from, ByteBuffer inner) {
    takeIfWhole(inner, received -> tunnelled(from, received.packet()));
  }

  /** What somebody says he does not understand. */
  void notUnderstood(ByteBuffer quoted) {
    takeIfWhole(quoted, received -> notUnderstood(received.packet()));
  }

  private void takeIfWhole(ByteBuffer packet, Predicate<ReceivedPacket> meaning) {
    try {
      take(packet, meaning);
    } catch (MalformedPacketException e) {
      ignored.increment();
    }
  }

  private boolean take(ByteBuffer packet, Predicate<ReceivedPacket> meaning)
      throws MalformedPacketException {
    ReceivedPacket received = ReceivedPacket.decode(packet);
    boolean meantSomething = node.turns().take(() -> meaning.test(received));
    if (!meantSomething) {
      ignored.increment();
    }
    return meantSomething;
  }

  // --- Under lock; each answers whether the message meant anything ------------------------------

  private boolean direct(ReceivedPacket received) {
    MobilityPacket packet = received.packet();
    MobilityMessage message = packet.message();
    boolean routed = node.contact().equals(packet.routedTo());
    HomeRegistration registration = node.registration();
    if (registration != null
        && packet.source().equals(registration.homeAgent())
        && routed
        && message instanceof BindingAcknowledgement answer) {
      return registration.acknowledgement(received, answer);
    }
    ClientBinding client = node.known(packet.source());
    if (client == null || !packet.destination().equals(node.careOf())) {
      return false;
    }
    if (message instanceof CareOfTest answer && packet.routedTo() == null) {
      return client.careOfTest(answer);
    } else if (message instanceof BindingAcknowledgement answer && routed) {
      return client.acknowledgement(received, answer);
    } else if (message instanceof BindingError error) {
      return bindingError(client, packet.source(), error);
    }
    return false;
  }

  private boolean bindingError(ClientBinding client, Ip6 from, BindingError error) {
    if (error.status() == BindingError.UNKNOWN_TYPE) {
      client.unable(from + " has no Mobile IPv6: it does not know the messages");
      return true;
    }
    boolean ours =
        error.status() == BindingError.UNKNOWN_BINDING && error.home().equals(node.contact());
    if (ours) {
      client.unknownBinding();
    }
    return ours;
  }

  /** Whoever quotes a cookie has seen the question. */
  private boolean notUnderstood(MobilityPacket quoted) {
    ClientBinding client = node.known(quoted.destination());
    boolean asked = client != null && client.isAsking(quoted.message());
    if (client != null && asked) {
      client.unable(quoted.destination() + " has no Mobile IPv6: it says so by ICMP");
    }
    return asked;
  }

  private boolean tunnelled(Ip6 from, MobilityPacket packet) {
    MobilityMessage message = packet.message();
    HomeRegistration registration = node.registration();
    boolean fromHomeAgent = registration != null && from.equals(registration.homeAgent());
    if (message instanceof HomeTestInit init) {
      return registration != null && relay(from, packet, init);
    } else if (!packet.destination().equals(node.contact())) {
      return false;
    }
    ClientBinding client = node.known(packet.source());
    if (message instanceof HomeTest answer && (fromHomeAgent || from.equals(node.contactNode()))) {
      return (client != null && client.homeTest(answer))
          || (fromHomeAgent && passOn(packet, answer));
    } else if (message instanceof BindingRefreshRequest && fromHomeAgent && client != null) {
      // For an acceptor's client there is nothing to do: the acceptor renews before it is asked.
      client.renew();
      return true;
    }
    return false;
  }

  /** An acceptor tests a client, by this contact node. */
  private boolean relay(Ip6 from, MobilityPacket packet, HomeTestInit init) {
    boolean allowed =
        packet.source().equals(node.contact())
            && packet.homeAddress() == null
            && packet.routedTo() == null
            && members.test(from);
    if (allowed) {
      pending.add(from, packet, init, node.now());
      node.sendByHome(packet);
    }
    return allowed;
  }

  private boolean passOn(MobilityPacket packet, HomeTest answer) {
    Ip6 acceptor = pending.take(packet, answer, node.now());
    if (acceptor != null) {
      node.tunnelTo(acceptor, packet);
    }
    return acceptor != null;
  }
}
