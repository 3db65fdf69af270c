package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityMessage;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.ReceivedPacket;
import dev.baton.anycast.message.Sequence;
import dev.baton.anycast.message.Status;
import dev.baton.anycast.node.NotBoundException.Reason;
import dev.baton.anycast.node.ReturnRoutability.Token;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a node does with one client: return routability, binding updates, renewal (RFC 6275 §11.6,
 * §11.7.2). Everything happens under the lock of its {@link MobileNode}.
 */
final class ClientBinding {

  private enum Goal {
    TESTED,
    BOUND,
    CLEARED
  }

  private final MobileNode node;
  private final Ip6 client;

  private Goal goal = Goal.TESTED;
  private final Promises promises;

  private final ReturnRoutability routability;
  private final Retry updateRetry = new Retry();

  private int sequence = -1;

  /** The first of the updates not acknowledged, which repeat each other; and when it left. */
  private int firstSequence;

  private long firstSentNanos;
  private @Nullable Update outstanding;
  private boolean repeatedForError;

  /** Whether another node may have sent a binding update by now. */
  private boolean offered;

  private Activation activation = Activation.ACKNOWLEDGED;

  /** Whether the client is known to have the binding. */
  private boolean bound;

  /** Whether packets go directly; read by the data path. */
  private volatile boolean direct;

  private long renewAtNanos;

  /** When to stop trying; for a binding that is renewed, when it ends. */
  private long giveUpNanos;

  ClientBinding(MobileNode node, Ip6 client) {
    this.node = node;
    this.client = client;
    this.promises = new Promises(node.turns());
    this.routability = new ReturnRoutability(node, client);
  }

  boolean isDirect() {
    return direct;
  }

  private void setBound(boolean known) {
    bound = known;
    direct = known;
  }

  /** The sequence number of the last binding update, or -1. */
  int sequence() {
    return sequence;
  }

  // --- What the node wants -----------------------------------------------------------------------

  CompletableFuture<Void> prepare() {
    if (bound) {
      return CompletableFuture.completedFuture(null);
    } else if (isBusy()) {
      return promises.test();
    }
    CompletableFuture<Void> tested = promises.newTest();
    giveUpNanos = node.patienceEndsNanos();
    test(false);
    return tested;
  }

  /** Nothing is sent any more that an acceptor's binding update could meet. */
  void offer() {
    offered = true;
    routability.end();
    updateRetry.end();
  }

  /** The acceptor has not taken the client: it stays bound as it was. */
  void keep() {
    offered = false;
    if (goal == Goal.BOUND && !bound) {
      giveUpNanos = node.patienceEndsNanos();
      test(true);
    }
  }

  Move bind(int donorsSequence, Activation when) {
    Move move = promises.newMove("the client was bound anew");
    offered = false;
    continueFrom(donorsSequence);
    goal = Goal.BOUND;
    activation = when;
    direct = bound;
    giveUpNanos = node.patienceEndsNanos();
    updateRetry.end();
    test(true);
    return move;
  }

  Move clear() {
    Move move = promises.newMove("the binding was cleared");
    offered = false;
    goal = Goal.CLEARED;
    setBound(false);
    giveUpNanos = node.patienceEndsNanos();
    updateRetry.end();
    test(true);
    return move;
  }

  /** Binds again: before the binding ends, from a new address, or as the client has lost it. */
  void renew() {
    if (goal == Goal.BOUND && !isBusy() && !offered) {
      if (!bound) {
        giveUpNanos = node.patienceEndsNanos();
      }
      test(true);
    }
  }

  /** This node has another address. */
  void moved() {
    routability.forgetCareOf();
    if (goal == Goal.CLEARED) {
      return;
    } else if (offered) {
      setBound(false);
      return;
    }
    boolean wasBusy = isBusy();
    updateRetry.end();
    setBound(false);
    if (wasBusy || goal == Goal.BOUND) {
      giveUpNanos = node.patienceEndsNanos();
      test(goal == Goal.BOUND);
    }
  }

  /** Who waits for something is told that it does not come. */
  void giveUp(String why) {
    promises.giveUp(why);
  }

  private void continueFrom(int donorsSequence) {
    if (donorsSequence >= 0 && (sequence < 0 || Sequence.isNewer(donorsSequence, sequence))) {
      sequence = donorsSequence;
    }
  }

  private boolean isBusy() {
    return routability.isRunning() || updateRetry.isActive();
  }

  // --- Return routability ------------------------------------------------------------------------

  /** Gets the tokens that are missing or old, and goes on when there are all. */
  private void test(boolean thenUpdate) {
    routability.begin(goal != Goal.CLEARED);
    if (hasTokens()) {
      promises.tested();
      if (thenUpdate && !updateRetry.isActive()) {
        sendUpdate(true);
      }
    }
  }

  private boolean hasTokens() {
    return routability.home() != null && (routability.careOf() != null || goal == Goal.CLEARED);
  }

  boolean homeTest(HomeTest answer) {
    return answered(routability.accept(answer));
  }

  boolean careOfTest(CareOfTest answer) {
    return answered(routability.accept(answer));
  }

  /** Whether the test was this one's. */
  private boolean answered(boolean ours) {
    if (ours) {
      test(goal != Goal.TESTED);
    }
    return ours;
  }

  boolean isAsking(MobilityMessage test) {
    return routability.isAsking(test);
  }

  // --- Binding updates ---------------------------------------------------------------------------

  private void sendUpdate(boolean first) {
    long now = node.now();
    Update next = update();
    sequence = sequence < 0 ? node.random().nextInt(1 << 16) : Sequence.next(sequence);
    if (first) {
      firstSequence = sequence;
      firstSentNanos = now;
      repeatedForError = false;
      updateRetry.begin(now, Retry.INITIAL_NANOS);
    }
    outstanding = next;
    node.send(next.packet(sequence));
    if (goal == Goal.BOUND && activation == Activation.PIPELINED && !promises.isSent()) {
      direct = true; // with the first update only: data is waiting
    }
    promises.sent();
  }

  private Update update() {
    Token home = routability.home();
    Token careOf = routability.careOf();
    if (home != null && goal == Goal.CLEARED) {
      return Update.deletion(node.contact(), node.careOf(), client, home);
    } else if (home != null && careOf != null) {
      return Update.binding(node.contact(), node.careOf(), client, home, careOf);
    }
    throw new IllegalStateException("keygen tokens are missing");
  }

  /** Whether the acknowledgement is for an update of ours (§11.7.3). */
  boolean acknowledgement(ReceivedPacket received, BindingAcknowledgement answer) {
    Update asked = outstanding;
    int status = answer.status();
    if (!updateRetry.isActive() || asked == null) {
      return false;
    }
    boolean awaited =
        !Sequence.isNewer(firstSequence, answer.sequence())
            && !Sequence.isNewer(answer.sequence(), sequence);
    if (!awaited && status != Status.SEQUENCE_OUT_OF_WINDOW) {
      return false;
    } else if (Status.saysNoncesExpired(status)) {
      direct = bound;
      expired(status);
      return true;
    }
    if (!asked.verifies(received)) {
      return false;
    }
    if (status == Status.SEQUENCE_OUT_OF_WINDOW) {
      if (Sequence.isNewer(sequence, answer.sequence())) {
        return false; // for an update that a later one has overtaken, or from long ago
      }
      sequence = answer.sequence();
      direct = bound;
      updateRetry.end();
      test(true);
    } else if (status >= Status.FIRST_REFUSAL) {
      end(new NotBoundException(Reason.REFUSED, client + " refuses: " + Status.describe(status)));
    } else if (goal == Goal.CLEARED) {
      updateRetry.end();
      promises.acknowledged();
      node.forget(client);
    } else if (answer.lifetime() == 0) {
      end(new NotBoundException(Reason.REFUSED, client + " grants no lifetime"));
    } else {
      bound(answer.lifetime());
    }
    return true;
  }

  private void expired(int status) {
    updateRetry.end();
    if (status != Status.EXPIRED_CARE_OF_NONCE) {
      routability.forgetHome();
    }
    if (status != Status.EXPIRED_HOME_NONCE) {
      routability.forgetCareOf();
    }
    test(true);
  }

  private void bound(int lifetime) {
    updateRetry.end();
    setBound(true);
    long granted =
        TimeUnit.SECONDS.toNanos((long) lifetime * MobilityMessage.LIFETIME_UNIT_SECONDS);
    renewAtNanos = firstSentNanos + granted / 4 * 3;
    giveUpNanos = firstSentNanos + granted;
    promises.acknowledged();
  }

  /**
   * The client does not know the binding (§11.3.6): the update may be lost, or the client young.
   */
  void unknownBinding() {
    if (goal != Goal.BOUND || offered) {
      return; // what was under way when the acceptor's update came
    }
    if (updateRetry.isActive()) {
      setBound(false);
      if (!repeatedForError && hasTokens()) {
        repeatedForError = true;
        sendUpdate(false);
      }
    } else if (bound) {
      setBound(false);
      renew();
    } else {
      return;
    }
    node.turns().later(() -> node.listener().bindingError(client));
  }

  /** The client does not know Mobile IPv6, and says so. */
  void unable(String message) {
    if (isBusy() && !bound) {
      end(new NotBoundException(Reason.NO_MOBILE_IPV6, message));
    }
  }

  private void end(NotBoundException why) {
    boolean wasBound = goal == Goal.BOUND && promises.isOver();
    promises.fail(why);
    setBound(false);
    node.forget(client);
    if (wasBound) {
      node.turns().later(() -> node.listener().bindingEnded(client, why));
    }
  }

  // --- Time --------------------------------------------------------------------------------------

  /** Does what is due; returns when there is something next. */
  long tick(long now) {
    boolean waits = isBusy() || bound;
    if (waits && giveUpNanos - now <= 0) {
      end(
          new NotBoundException(
              Reason.SILENT,
              client
                  + (updateRetry.isActive()
                      ? " does not acknowledge binding updates"
                      : " does not answer return routability: it has no Mobile IPv6, or nothing"
                          + " gets there or back")));
      return now + MobileNode.IDLE_NANOS;
    }
    routability.repeatWhatIsDue(now);
    if (updateRetry.isDue(now)) {
      if (hasTokens()) {
        updateRetry.again(now);
        sendUpdate(false);
      } else {
        updateRetry.end();
        test(true);
      }
    }
    if (bound && renewAtNanos - now <= 0) {
      renew();
    }
    if (!isBusy() && !bound && routability.home() == null) {
      giveUp("a handoff has taken too long");
      node.forget(client); // was prepared, and then nobody came
    }
    return next(now);
  }

  private long next(long now) {
    if (!isBusy() && !bound) {
      Token home = routability.home();
      return home == null
          ? now + MobileNode.IDLE_NANOS
          : home.sinceNanos() + ReturnRoutability.TOKEN_LIFETIME_NANOS;
    }
    long next = giveUpNanos;
    if (bound && !isBusy() && !offered && renewAtNanos - next < 0) {
      next = renewAtNanos;
    }
    return routability.earlier(updateRetry.earlier(next));
  }
}
