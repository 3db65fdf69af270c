package dev.baton.anycast.home;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Capture;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.Ip6Prefix;
import dev.baton.anycast.Scapy;
import dev.baton.anycast.VirtualClock;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.BindingError;
import dev.baton.anycast.message.MobilityOption.MessageAuthentication;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Status;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The rules of RFC 6275 §10.3 and RFC 4285, one by one, by packets that scapy builds. */
class HomeAgentRulesTest {

  private static final String AGENT = "2001:db8:a::1";
  private static final String HOME = "2001:db8:a::80";
  private static final String OTHER_HOME = "2001:db8:a::81";
  private static final String CARE_OF = "2001:db8:b::2";
  private static final String OTHER = "2001:db8:d::3";
  private static final String KEY = "the key of the group";
  private static final Ip6 HOME_ADDRESS = Ip6.of(HOME);

  private final VirtualClock clock = new VirtualClock();
  private final Capture router = new Capture();
  private final List<Ip6> proxied = new ArrayList<>();
  private final List<CompletableFuture<Boolean>> probes = new ArrayList<>();
  private final HomeAssociation shared = new HomeAssociation(300, KEY.getBytes(US_ASCII));

  private final HomeLink link =
      new HomeLink() {
        @Override
        public CompletionStage<Boolean> isFree(Ip6 home) {
          probes.add(new CompletableFuture<>());
          return probes.get(probes.size() - 1);
        }

        @Override
        public void startProxy(Ip6 home) {
          proxied.add(home);
        }

        @Override
        public void stopProxy(Ip6 home) {
          proxied.remove(home);
        }
      };

  private final HomeAgent agent =
      new HomeAgent(
          new HomeAgentSetup(
              Ip6.of(AGENT),
              List.of(Ip6Prefix.of("2001:db8:a::/64")),
              (home, spi) -> spi == 300 && home.low() <= 0x81 ? shared : null,
              600,
              1),
          link,
          router,
          clock);

  private void receive(String expression) {
    agent.mobility(ByteBuffer.wrap(Scapy.build(expression)));
  }

  private static String update(String from, String home, String fields) {
    return "IPv6(src='%s',dst='%s')/hao('%s')/MIP6MH_BU(%s)".formatted(from, AGENT, home, fields);
  }

  private static String associated(String packet, int spi, String key, String careOf, String home) {
    return "associated(%s,%d,b'%s','%s','%s')".formatted(packet, spi, key, careOf, home);
  }

  private static String register(String from, int sequence, int lifetime) {
    return associated(
        update(from, HOME, "seq=%d,flags='AH',mhtime=%d".formatted(sequence, lifetime)),
        300,
        KEY,
        from,
        HOME);
  }

  private Ip6 registered() {
    return agent.careOf(HOME_ADDRESS.high(), HOME_ADDRESS.low());
  }

  private void registerNow() {
    receive(register(CARE_OF, 7, 100));
    probes.get(0).complete(true);
    assertThat(router.only(BindingAcknowledgement.class).status()).isEqualTo(Status.ACCEPTED);
  }

  private int status() {
    return router.only(BindingAcknowledgement.class).status();
  }

  @Test
  void aFirstRegistrationIsAcknowledgedWhenNobodyElseHasTheAddress() {
    receive(register(CARE_OF, 7, 100));
    assertThat(probes).hasSize(1);
    assertThat(router.sent).isEmpty();
    assertThat(registered()).isNull();
    assertThat(proxied).isEmpty();

    probes.get(0).complete(true);
    MobilityPacket answer = router.only();
    assertThat(((BindingAcknowledgement) answer.message()).status()).isEqualTo(Status.ACCEPTED);
    assertThat(((BindingAcknowledgement) answer.message()).lifetime()).isEqualTo(100);
    assertThat(answer.message().option(MessageAuthentication.class)).isNotNull();
    assertThat(answer.destination()).isEqualTo(Ip6.of(CARE_OF));
    assertThat(answer.routedTo()).isEqualTo(HOME_ADDRESS);
    assertThat(registered()).isEqualTo(Ip6.of(CARE_OF));
    assertThat(proxied).containsExactly(HOME_ADDRESS);
    // scapy makes the same authenticator
    assertThat(
            Scapy.build(
                associated(
                    "IPv6(src='%s',dst='%s')/rh2('%s')/MIP6MH_BA(flags=0,seq=7,mhtime=100)"
                        .formatted(AGENT, CARE_OF, HOME),
                    300,
                    KEY,
                    CARE_OF,
                    HOME)))
        .isEqualTo(answer.encode());
  }

  @Test
  void anAddressThatSomebodyHasIs134() {
    receive(register(CARE_OF, 7, 100));
    probes.get(0).complete(false);

    assertThat(status()).isEqualTo(Status.DUPLICATE_ADDRESS);
    assertThat(registered()).isNull();
    assertThat(proxied).isEmpty();
  }

  @Test
  void updatesThatAreRepeatedDuringTheDetectionHaveOneAnswerForTheLast() {
    receive(register(CARE_OF, 7, 100));
    receive(register(OTHER, 8, 50));
    assertThat(probes).hasSize(1);
    probes.get(0).complete(true);

    assertThat(router.only(BindingAcknowledgement.class).sequence()).isEqualTo(8);
    assertThat(registered()).isEqualTo(Ip6.of(OTHER));
  }

  @Test
  void aDetectionThatFailsIs128() {
    receive(register(CARE_OF, 7, 100));
    probes.get(0).completeExceptionally(new IllegalStateException("the link is down"));

    assertThat(status()).isEqualTo(Status.REASON_UNSPECIFIED);
  }

  @Test
  void anotherCareOfAddressTakesOverAtOnceAndTheTunnelBelievesItOnly() {
    registerNow();
    receive(register(OTHER, 8, 100));

    assertThat(status()).isEqualTo(Status.ACCEPTED);
    assertThat(probes).hasSize(1);
    assertThat(registered()).isEqualTo(Ip6.of(OTHER));
    assertThat(accepts(OTHER, HOME)).isTrue();
    assertThat(accepts(CARE_OF, HOME)).isFalse();
    assertThat(accepts(OTHER, OTHER_HOME)).isFalse();
  }

  private boolean accepts(String from, String source) {
    Ip6 outer = Ip6.of(from);
    Ip6 inner = Ip6.of(source);
    return agent.acceptsFrom(outer.high(), outer.low(), inner.high(), inner.low());
  }

  @Test
  void aSequenceNumberThatIsNotNewIs135WithTheLastOne() {
    registerNow();
    receive(register(OTHER, 7, 100));

    BindingAcknowledgement acknowledgement = router.only(BindingAcknowledgement.class);
    assertThat(acknowledgement.status()).isEqualTo(Status.SEQUENCE_OUT_OF_WINDOW);
    assertThat(acknowledgement.sequence()).isEqualTo(7);
    assertThat(registered()).isEqualTo(Ip6.of(CARE_OF));
  }

  @Test
  void anOldUpdateIsNoGoodEvenWhenTheRegistrationIsOver() {
    registerNow();
    receive(register(CARE_OF, 8, 0));
    assertThat(status()).isEqualTo(Status.ACCEPTED);
    assertThat(registered()).isNull();
    assertThat(proxied).isEmpty();

    receive(register(CARE_OF, 7, 100));
    assertThat(status()).isEqualTo(Status.SEQUENCE_OUT_OF_WINDOW);
    assertThat(probes).hasSize(1);
  }

  @Test
  void aDeregistrationOfWhatIsNotRegisteredIs133() {
    receive(register(CARE_OF, 7, 0));

    assertThat(status()).isEqualTo(Status.NOT_HOME_AGENT);
  }

  @Test
  void aDeregistrationDuringTheDetectionEndsIt() {
    receive(register(CARE_OF, 7, 100));
    receive(register(CARE_OF, 8, 0));
    assertThat(status()).isEqualTo(Status.ACCEPTED);
    probes.get(0).complete(true);

    assertThat(router.sent).isEmpty();
    assertThat(registered()).isNull();
    assertThat(proxied).isEmpty();
  }

  @Test
  void aNodeThatIsHomeAgainDeregistersFromThere() {
    registerNow();
    receive(
        associated(
            "IPv6(src='%s',dst='%s')/MIP6MH_BU(seq=8,flags='AH',mhtime=0)".formatted(HOME, AGENT),
            300,
            KEY,
            HOME,
            HOME));

    MobilityPacket answer = router.only();
    assertThat(((BindingAcknowledgement) answer.message()).status()).isEqualTo(Status.ACCEPTED);
    assertThat(answer.destination()).isEqualTo(HOME_ADDRESS);
    assertThat(answer.routedTo()).isNull();
    assertThat(registered()).isNull();
  }

  @Test
  void anAddressOfAnotherNetworkIs132() {
    String elsewhere = "2001:db8:ffff::1";
    receive(
        associated(
            update(CARE_OF, elsewhere, "seq=1,flags='AH',mhtime=9"), 300, KEY, CARE_OF, elsewhere));

    assertThat(status()).isEqualTo(Status.NOT_HOME_SUBNET);
    assertThat(probes).isEmpty();
  }

  @Test
  void anAddressOrKeyThatNobodyHasArrangedIs129() {
    String stranger = "2001:db8:a::ffff";
    receive(
        associated(
            update(CARE_OF, stranger, "seq=1,flags='AH',mhtime=9"), 300, KEY, CARE_OF, stranger));
    assertThat(status()).isEqualTo(Status.ADMINISTRATIVELY_PROHIBITED);
    receive(
        associated(update(CARE_OF, HOME, "seq=1,flags='AH',mhtime=9"), 301, KEY, CARE_OF, HOME));
    assertThat(status()).isEqualTo(Status.ADMINISTRATIVELY_PROHIBITED);
  }

  @Test
  void aWrongKeyIs146AndChangesNothing() {
    registerNow();
    receive(
        associated(update(OTHER, HOME, "seq=8,flags='AH',mhtime=9"), 300, "another", OTHER, HOME));

    MobilityPacket answer = router.only();
    assertThat(((BindingAcknowledgement) answer.message()).status())
        .isEqualTo(Status.AUTHENTICATION_FAILED);
    assertThat(answer.message().options()).isEmpty();
    assertThat(registered()).isEqualTo(Ip6.of(CARE_OF));
    assertThat(agent.counters().authenticationFailed()).isEqualTo(1);
  }

  @Test
  void anUpdateWithoutAuthenticationIsDroppedSilently() {
    registerNow();
    receive(update(OTHER, HOME, "seq=8,flags='AH',mhtime=9"));

    assertThat(router.sent).isEmpty();
    assertThat(agent.counters().unauthenticated()).isEqualTo(1);
    assertThat(registered()).isEqualTo(Ip6.of(CARE_OF));
  }

  @Test
  void anUpdateWithoutTheHBitIs139WhereThereIsARegistration() {
    registerNow();
    receive(associated(update(OTHER, HOME, "seq=8,flags='A',mhtime=9"), 300, KEY, OTHER, HOME));

    assertThat(status()).isEqualTo(Status.REGISTRATION_TYPE_CHANGE);
    assertThat(registered()).isEqualTo(Ip6.of(CARE_OF));
  }

  @Test
  void anotherHomeAddressThanThereIsRoomForIs130() {
    registerNow();
    receive(
        associated(
            update(CARE_OF, OTHER_HOME, "seq=1,flags='AH',mhtime=9"),
            300,
            KEY,
            CARE_OF,
            OTHER_HOME));

    assertThat(status()).isEqualTo(Status.INSUFFICIENT_RESOURCES);
    assertThat(registered()).isEqualTo(Ip6.of(CARE_OF));
  }

  @Test
  void lifetimesHaveALimitAndEnd() {
    receive(register(CARE_OF, 7, 65_535));
    probes.get(0).complete(true);
    assertThat(router.only(BindingAcknowledgement.class).lifetime()).isEqualTo(150);
    clock.seconds(599);
    agent.tick();
    assertThat(registered()).isNotNull();
    clock.seconds(1);
    agent.tick();

    assertThat(registered()).isNull();
    assertThat(proxied).isEmpty();
    assertThat(agent.counters().expired()).isEqualTo(1);
  }

  @Test
  void theAlternateCareOfAddressIsTheTunnelsEnd() {
    receive(
        associated(
            update(
                CARE_OF,
                HOME,
                "seq=7,flags='AH',mhtime=9,options=[MIP6OptAltCoA(acoa='%s')]".formatted(OTHER)),
            300,
            KEY,
            OTHER,
            HOME));
    probes.get(0).complete(true);

    assertThat(router.only().destination()).isEqualTo(Ip6.of(CARE_OF));
    assertThat(registered()).isEqualTo(Ip6.of(OTHER));
  }

  @Test
  void whatIsWrongIsAnsweredAsAnywhere() {
    receive("IPv6(src='%s',dst='%s')/MIP6MH_Generic(mhtype=99)".formatted(CARE_OF, AGENT));
    assertThat(router.only(BindingError.class).status()).isEqualTo(BindingError.UNKNOWN_TYPE);
    receive("IPv6(src='%s',dst='%s')/MIP6MH_BU(nh=6)".formatted(CARE_OF, AGENT));
    assertThat(router.parameterProblems).containsExactly("0@40");
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoTI()".formatted(CARE_OF, AGENT));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_BU(cksum=1)".formatted(CARE_OF, AGENT));
    assertThat(router.sent).isEmpty();
    assertThat(agent.counters().malformed()).isEqualTo(3);
    assertThat(agent.counters().notForUs()).isEqualTo(1);
  }

  @Test
  void strangersAreAnsweredTwentyTimesASecond() {
    ByteBuffer forged =
        ByteBuffer.wrap(
            Scapy.build(
                associated(
                    update(OTHER, HOME, "seq=8,flags='AH',mhtime=9"), 300, "x", OTHER, HOME)));
    for (int i = 0; i < 1000; i++) {
      agent.mobility(forged);
    }

    assertThat(router.sent).hasSize(20);
    assertThat(agent.counters().unanswered()).isEqualTo(980);
  }
}
