package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.anycast.message.MobilityMessage;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityOption.AlternateCareOf;
import dev.baton.anycast.message.MobilityOption.RefreshAdvice;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.ReceivedPacket;
import dev.baton.anycast.message.Sequence;
import dev.baton.anycast.message.Status;
import dev.baton.anycast.node.NotBoundException.Reason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The contact node's registration with the home agent (RFC 6275 §11.7.1), which it renews for as
 * long as it is the contact node. A node that takes the contact address over does not know the last
 * sequence number: the home agent tells it (status 135). Under the lock of its {@link MobileNode}.
 */
final class HomeRegistration {

  /** Asked for, in units of four seconds: ten minutes. */
  private static final int LIFETIME = 150;

  private final MobileNode node;
  private final Ip6 homeAgent;
  private final HomeAssociation association;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Retry retry = new Retry();
  private Ip6 careOf;
  private int sequence;
  private boolean leaving;
  private boolean registered;
  private long renewAtNanos;
  private long endsNanos;
  private long sentNanos;
  private String lastRefusal = "";

  HomeRegistration(MobileNode node, Ip6 homeAgent, Ip6 careOf, HomeAssociation association) {
    this.node = node;
    this.homeAgent = homeAgent;
    this.careOf = careOf;
    this.association = association;
    this.sequence = node.random().nextInt(1 << 16);
    this.endsNanos = node.patienceEndsNanos();
    send(Retry.FIRST_REGISTRATION_NANOS);
  }

  Ip6 homeAgent() {
    return homeAgent;
  }

  Ip6 careOf() {
    return careOf;
  }

  CompletableFuture<Void> done() {
    return done;
  }

  void moved(Ip6 to) {
    careOf = to;
    send(Retry.INITIAL_NANOS);
  }

  /** The home agent may believe in another node by now. */
  void again() {
    if (!retry.isActive()) {
      send(Retry.INITIAL_NANOS);
    }
  }

  /** Tells the home agent, once, that nobody has the contact address any more. */
  void leave() {
    leaving = true;
    send(Retry.INITIAL_NANOS);
  }

  /** This is no longer the contact node. */
  void giveUp() {
    NotBoundException why =
        new NotBoundException(Reason.GIVEN_UP, "this is no longer the contact node");
    node.turns().later(() -> done.completeExceptionally(why));
  }

  /** A new update; what repeats it has a newer sequence number each time (§11.8). */
  private void send(long againAfterNanos) {
    retry.begin(node.now(), againAfterNanos);
    sendUpdate();
  }

  private void sendUpdate() {
    sequence = Sequence.next(sequence);
    sentNanos = node.now();
    BindingUpdate update =
        BindingUpdate.toHomeAgent(
            sequence,
            leaving ? 0 : LIFETIME,
            leaving ? List.of() : List.of(new AlternateCareOf(careOf)));
    node.send(
        association.sign(
            new MobilityPacket(careOf, homeAgent, node.contact(), null, update),
            careOf,
            node.contact()));
  }

  /** Whether the acknowledgement is for an update of ours (§11.7.3). */
  boolean acknowledgement(ReceivedPacket received, BindingAcknowledgement answer) {
    int status = answer.status();
    if (!retry.isActive() || !received.packet().destination().equals(careOf)) {
      return false;
    }
    if (!association.verifies(received, careOf, node.contact())) {
      // Whoever said so has not proved himself; it is told if nothing better comes.
      lastRefusal = "; an answer without proof says: " + Status.describe(status);
      return false;
    }
    if (status == Status.SEQUENCE_OUT_OF_WINDOW) {
      if (Sequence.isNewer(sequence, answer.sequence())) {
        return false;
      }
      sequence = answer.sequence();
      send(Retry.INITIAL_NANOS);
    } else if (answer.sequence() != sequence) {
      return false;
    } else if (status >= Status.FIRST_REFUSAL) {
      end(
          new NotBoundException(
              Reason.REFUSED,
              "the home agent "
                  + homeAgent
                  + " refuses "
                  + node.contact()
                  + ": "
                  + Status.describe(status)));
    } else {
      registered(answer);
    }
    return true;
  }

  private void registered(BindingAcknowledgement answer) {
    retry.end();
    registered = true;
    long granted = unitsToNanos(answer.lifetime());
    endsNanos = sentNanos + granted;
    RefreshAdvice advice = answer.option(RefreshAdvice.class);
    long renewAfter = granted / 4 * 3;
    if (advice != null && advice.interval() > 0) {
      renewAfter = Math.min(renewAfter, unitsToNanos(advice.interval()));
    }
    renewAtNanos = sentNanos + renewAfter;
    node.turns().later(() -> done.complete(null));
  }

  private static long unitsToNanos(int units) {
    return TimeUnit.SECONDS.toNanos((long) units * MobilityMessage.LIFETIME_UNIT_SECONDS);
  }

  private void end(NotBoundException why) {
    retry.end();
    boolean was = registered;
    node.registrationEnded();
    node.turns().later(() -> done.completeExceptionally(why));
    if (was) {
      node.turns().later(() -> node.listener().registrationEnded(why));
    }
  }

  long tick(long now) {
    if (endsNanos - now <= 0) {
      end(
          new NotBoundException(
              Reason.SILENT,
              "the home agent "
                  + homeAgent
                  + " does not acknowledge the registration of "
                  + node.contact()
                  + lastRefusal));
      return now + MobileNode.IDLE_NANOS;
    }
    if (retry.isDue(now)) {
      retry.again(now);
      sendUpdate();
    } else if (!retry.isActive() && renewAtNanos - now <= 0) {
      send(Retry.INITIAL_NANOS);
    }
    long next = retry.isActive() || endsNanos - renewAtNanos < 0 ? endsNanos : renewAtNanos;
    return retry.earlier(next);
  }
}
