package dev.baton.anycast.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityMessage.CareOfTestInit;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Sequence;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What versatile anycast claims, over a network that delays, loses and duplicates, in virtual time.
 */
class HandoffSimulationTest extends SimulatedGroup {

  // --- The claims
  // ---------------------------------------------------------------------------------

  @Test
  void theContactNodeIsRegisteredWhenNobodyElseHasTheAddress() {
    start();

    assertThat(homeAgent.careOf(CONTACT.high(), CONTACT.low())).isEqualTo(A);
    assertThat(proxied).containsExactly(CONTACT);
    assertThat(homeAgent.counters().registered()).isEqualTo(1);
  }

  @Test
  void theRegistrationIsRenewedForAsLongAsTheNodeIsTheContactNode() {
    start();
    network.run(7200);

    assertThat(homeAgent.careOf(CONTACT.high(), CONTACT.low())).isEqualTo(A);
    assertThat(homeAgent.counters().renewed()).isBetween(15L, 18L);
    assertThat(homeAgent.counters().expired()).isZero();
    a.leave();
    network.run(1);
    assertThat(homeAgent.careOf(CONTACT.high(), CONTACT.low())).isNull();
    assertThat(proxied).isEmpty();
  }

  @Test
  void anAcceptorTakesAClientOverByWayOfTheContactNode() {
    start();
    await(b.bind(CLIENT, a.sequence(CLIENT), Activation.ACKNOWLEDGED).acknowledged());

    assertThat(bound()).isEqualTo(B);
    assertThat(isBound(b)).isTrue();
    assertThat(network.sent)
        .anyMatch(p -> p.message() instanceof HomeTestInit && p.source().equals(CONTACT))
        .anyMatch(p -> p.message() instanceof CareOfTestInit && p.source().equals(B));
  }

  @Test
  void preparedInAdvanceABindingTakesOneRoundTripAndDataMayFollowAtOnce() {
    start();
    await(b.prepare(CLIENT));
    double begun = network.now();
    Move move = b.bind(CLIENT, OptionalInt.of(41), Activation.PIPELINED);

    assertThat(move.updateSent().toCompletableFuture()).isCompleted();
    assertThat(isBound(b)).isTrue();
    await(move.acknowledged());
    assertThat(network.now() - begun).isCloseTo(0.02, within(1e-6));
    assertThat(b.sequence(CLIENT)).hasValue(42);
  }

  @Test
  void sequenceNumbersContinueAcrossAcceptors() {
    start();
    for (int i = 0; i < 5; i++) {
      MobileNode donor = i % 2 == 0 ? a : b;
      MobileNode acceptor = i % 2 == 0 ? b : a;
      await(acceptor.bind(CLIENT, donor.sequence(CLIENT), Activation.ACKNOWLEDGED).acknowledged());
      donor.release(CLIENT);
    }

    List<Integer> sequences = sequencesOfUpdatesTo(CLIENT);
    assertThat(sequences).hasSize(5);
    for (int i = 1; i < 5; i++) {
      assertThat(sequences.get(i)).isEqualTo(Sequence.next(sequences.get(i - 1)));
    }
    assertThat(bound()).isEqualTo(B);
  }

  @Test
  void anAcceptorWhoseDonorIsDeadLearnsTheSequenceNumberFromTheClient() {
    start();
    await(b.bind(CLIENT, OptionalInt.of(60_000), Activation.ACKNOWLEDGED).acknowledged());
    await(a.bind(CLIENT, OptionalInt.of(59_000), Activation.ACKNOWLEDGED).acknowledged());

    assertThat(client.counters().sequence()).isEqualTo(1);
    assertThat(a.sequence(CLIENT)).hasValue(60_002);
    assertThat(bound()).isEqualTo(A);
  }

  @Test
  void noncesThatEndBetweenPrepareAndBindAreGotAnew() {
    start();
    await(b.prepare(CLIENT));
    clientAheadNanos = TimeUnit.SECONDS.toNanos(250);
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());

    assertThat(bound()).isEqualTo(B);
    assertThat(client.counters().expiredNonces()).isEqualTo(1);
    assertThat(client.counters().homeTests()).isEqualTo(2);
  }

  @Test
  void tokensThatAreTooOldAreNotUsed() {
    start();
    await(b.prepare(CLIENT));
    network.run(300);
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());

    assertThat(bound()).isEqualTo(B);
    assertThat(client.counters().expiredNonces()).isZero();
    assertThat(client.counters().homeTests()).isEqualTo(2);
  }

  @Test
  void bindingsAreRenewedBeforeTheyEnd() {
    start();
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    for (int i = 0; i < 200; i++) {
      network.run(20);
      assertThat(bound()).isEqualTo(B);
      assertThat(isBound(b)).isTrue();
    }

    assertThat(client.counters().expired()).isZero();
    assertThat(client.counters().bound()).isBetween(11L, 15L);
    assertThat(told).isEmpty();
  }

  @Test
  void aDonorThatHasOfferedAClientDoesNotRenewItsBindingUnlessItKeepsTheClient() {
    start();
    await(a.bind(CLIENT, OptionalInt.of(9), Activation.ACKNOWLEDGED).acknowledged());
    network.run(310); // renewal is at 315
    assertThat(a.offer(CLIENT)).hasValue(10);
    network.run(30);
    assertThat(sequencesOfUpdatesTo(CLIENT)).containsExactly(10);

    a.keep(CLIENT);
    network.run(30);
    assertThat(sequencesOfUpdatesTo(CLIENT)).containsExactly(10, 11);
    assertThat(isBound(a)).isTrue();
  }

  @Test
  void aClearedClientHasNoBindingAndCanBeBoundAgain() {
    start();
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    await(b.clear(CLIENT));
    assertThat(bound()).isNull();
    assertThat(isBound(b)).isFalse();

    await(a.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    assertThat(bound()).isEqualTo(A);
  }

  @Test
  void afterABindingErrorTheClientIsBoundAgain() {
    start();
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    client = client(); // restarted
    client.unknownBinding(B, CONTACT); // a data packet came
    network.run(0.015);
    assertThat(isBound(b)).isFalse();
    assertThat(told).containsExactly("error " + B);

    assertThat(network.runUntil(() -> isBound(b), 10)).isTrue();
    assertThat(bound()).isEqualTo(B);
  }

  @Test
  void aBindingErrorBeforeTheAcknowledgementRepeatsTheUpdateAtOnce() {
    start();
    await(b.prepare(CLIENT));
    network.dropped = packet -> packet.message() instanceof BindingUpdate;
    Move move = b.bind(CLIENT, OptionalInt.empty(), Activation.PIPELINED);
    network.dropped = packet -> false;
    double begun = network.now();
    client.unknownBinding(B, CONTACT); // data without its update has come
    assertThat(isBound(b)).isTrue();
    network.run(0.015);
    assertThat(isBound(b)).isFalse();
    await(move.acknowledged());

    assertThat(network.now() - begun).isLessThan(0.1);
    assertThat(isBound(b)).isTrue();
    assertThat(told).containsExactly("error " + B);
  }

  @Test
  void withoutPipeliningNothingGoesDirectlyBeforeTheAcknowledgement() {
    start();
    await(b.prepare(CLIENT));
    Move move = b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED);
    assertThat(move.updateSent().toCompletableFuture()).isCompleted();
    assertThat(isBound(b)).isFalse();

    await(move.acknowledged());
    assertThat(isBound(b)).isTrue();
  }

  @Test
  void theTunnelIsToTheHomeAgentForTheContactNodeAndToThatOneForOthers() {
    start();
    assertThat(a.tunnel()).isEqualTo(new NodeTunnel(A, AGENT, true));
    assertThat(b.tunnel()).isEqualTo(new NodeTunnel(B, A, false));
    a.passive(B);
    assertThat(a.tunnel()).isEqualTo(new NodeTunnel(A, B, false));
  }

  @Test
  void aClientThatIsSilentIsGivenUpWithAReason() {
    start();
    network.dropped = packet -> packet.destination().equals(CLIENT);
    NotBoundException why = failure(b.prepare(CLIENT));

    assertThat(why.reason()).isEqualTo(NotBoundException.Reason.SILENT);
    assertThat(why).hasMessageContaining(CLIENT.toString());
    long tests = network.sent.stream().filter(p -> p.message() instanceof CareOfTestInit).count();
    assertThat(tests).isEqualTo(6); // at 0, 1, 3, 7, 15, 31 s
  }

  @Test
  void aClientThatSaysItHasNoMobileIpIsGivenUpAtOnce() {
    start();
    Move move = b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED);
    b.notUnderstood(quote(new MobilityPacket(B, CLIENT, new CareOfTestInit(1)))); // a guess
    network.run(0.001);
    assertThat(move.acknowledged().toCompletableFuture()).isNotDone();

    b.notUnderstood(
        quote(
            network.sent.stream()
                .filter(packet -> packet.message() instanceof CareOfTestInit)
                .findFirst()
                .orElseThrow()));
    assertThat(failure(move.acknowledged()).reason())
        .isEqualTo(NotBoundException.Reason.NO_MOBILE_IPV6);
    assertThat(move.updateSent().toCompletableFuture()).isCompletedExceptionally();
  }

  private static ByteBuffer quote(MobilityPacket packet) {
    return ByteBuffer.wrap(packet.encode());
  }

  @Test
  void onlyTheContactNodeRelaysAndOnlyForItsGroup() {
    start();
    assertThat(a.relays(B)).isTrue();
    assertThat(a.relays(ELSEWHERE)).isFalse();
    assertThat(b.relays(A)).isFalse();
    a.passive(B);
    assertThat(a.relays(B)).isFalse();
  }

  @Test
  void aBackupTakesTheContactAddressOverWithTheSharedAssociation() {
    start();
    await(a.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    network.attach(A, deaf());
    await(b.active(AGENT, B, SHARED));
    assertThat(homeAgent.careOf(CONTACT.high(), CONTACT.low())).isEqualTo(B);
    assertThat(bound()).isEqualTo(A); // old clients notice nothing

    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    assertThat(bound()).isEqualTo(B);
  }

  @Test
  void whoStaysTheContactNodeAfterACutRegistersAgain() {
    start();
    await(b.active(AGENT, B, SHARED)); // while it did not see A
    assertThat(homeAgent.careOf(CONTACT.high(), CONTACT.low())).isEqualTo(B);
    b.passive(A);
    b.registerAgain(); // it is not the contact node
    a.registerAgain();

    assertThat(
            network.runUntil(() -> A.equals(homeAgent.careOf(CONTACT.high(), CONTACT.low())), 10))
        .isTrue();
  }

  @Test
  void anotherKeyDoesNotRegister() {
    HomeAssociation other = new HomeAssociation(500, "another key, made up".getBytes(US_ASCII));
    NotBoundException why = failure(a.active(AGENT, A, other));

    assertThat(why).hasMessageContaining("authentication failed (146)");
    assertThat(homeAgent.careOf(CONTACT.high(), CONTACT.low())).isNull();
    assertThat(homeAgent.counters().authenticationFailed()).isPositive();
  }

  @Test
  void aNodeWhoseAddressChangesBindsItsClientsAgain() {
    start();
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    attach(b, C);
    network.attach(B, deaf());
    b.moveTo(C);
    assertThat(network.runUntil(() -> isBound(b), 10)).isTrue();

    assertThat(bound()).isEqualTo(C);
  }

  @Test
  void aStrangerGetsNoHomeTestByTheContactNode() {
    start();
    MobileNode stranger = node(ELSEWHERE);
    stranger.passive(A);

    assertThat(
            failure(
                    stranger
                        .bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED)
                        .acknowledged())
                .reason())
        .isEqualTo(NotBoundException.Reason.SILENT);
    assertThat(client.counters().homeTests()).isZero();
    assertThat(a.ignored()).isPositive();
  }

  @Test
  void whateverTheNetworkDoesThereIsOneCareOfAddressAtTheEnd() {
    start();
    network.loss = 0.2;
    network.duplicates = 0.1;
    network.mostDelaySeconds = 0.4;
    MobileNode holder = a;
    bindAgainAndAgain(a, OptionalInt.empty());
    int last = -1;
    for (int i = 0; i < 100; i++) {
      MobileNode acceptor = holder == a ? b : a;
      if (network.random.nextBoolean()) {
        var prepared = acceptor.prepare(CLIENT).toCompletableFuture();
        network.runUntil(prepared::isDone, 120);
      }
      bindAgainAndAgain(acceptor, holder.sequence(CLIENT));
      holder.release(CLIENT);
      holder = acceptor;
      assertThat(bound()).as("after handoff " + i).isEqualTo(holder == a ? A : B);
      int now = holder.sequence(CLIENT).orElseThrow();
      assertThat(last < 0 || Sequence.isNewer(now, last)).isTrue();
      last = now;
    }
    network.loss = 0;
    network.run(1000);

    assertThat(bound()).isEqualTo(holder == a ? A : B);
    assertThat(isBound(a) ^ isBound(b)).isTrue();
    assertThat(told).isEmpty();
  }

  /** One message in five is lost, and a home test takes six: some do not come through in time. */
  private void bindAgainAndAgain(MobileNode acceptor, OptionalInt sequence) {
    CompletableFuture<Void> done;
    do {
      done =
          acceptor
              .bind(CLIENT, sequence, Activation.ACKNOWLEDGED)
              .acknowledged()
              .toCompletableFuture();
      assertThat(network.runUntil(done::isDone, 120)).isTrue();
    } while (done.isCompletedExceptionally());
  }

  @Test
  void asManyClientsAsThereIsRoomFor() {
    for (int i = 0; i < 100; i++) {
      var unused = b.prepare(new Ip6(CLIENT.high(), 100 + i));
    }
    assertThatThrownBy(() -> b.prepare(CLIENT)).isInstanceOf(IllegalStateException.class);
  }
}
