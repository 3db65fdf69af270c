package dev.baton.anycast.correspondent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Capture;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.Scapy;
import dev.baton.anycast.VirtualClock;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.BindingError;
import dev.baton.anycast.message.MobilityMessage.BindingRefreshRequest;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Status;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules of RFC 6275 §9, one by one, by packets that scapy builds. */
class CorrespondentRulesTest {

  private static final String CLIENT = "2001:db8:c::1";
  private static final String HOME = "2001:db8:a::80";
  private static final String CARE_OF = "2001:db8:b::2";
  private static final String OTHER = "2001:db8:d::3";
  private static final Ip6 HOME_ADDRESS = Ip6.of(HOME);

  private final VirtualClock clock = new VirtualClock();
  private final Capture client = new Capture();
  private Correspondent correspondent;

  private HomeTest home;
  private CareOfTest careOf;

  @BeforeEach
  void start() {
    correspondent = new Correspondent(Ip6.of(CLIENT), client, clock, new SecureRandom(), 100);
  }

  private void receive(String expression) {
    correspondent.mobility(ByteBuffer.wrap(Scapy.build(expression)));
  }

  private void testReturnRoutability(String from) {
    home = testHome(HOME);
    receive("IPv6(src='%s',dst='%s')/MIP6MH_CoTI(cookie=cookie(22))".formatted(from, CLIENT));
    careOf = client.only(CareOfTest.class);
  }

  private HomeTest testHome(String address) {
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoTI(cookie=cookie(11))".formatted(address, CLIENT));
    return client.only(HomeTest.class);
  }

  /** An unsigned update, with room for fields and options. */
  private String update(String from, String fields) {
    return "IPv6(src='%s',dst='%s')/hao('%s')/MIP6MH_BU(%s)".formatted(from, CLIENT, HOME, fields);
  }

  private String nonces() {
    return "options=[nonces(%d,%d)]".formatted(home.nonceIndex(), careOf.nonceIndex());
  }

  private String signed(String packet, String for_) {
    return "signed(%s,kbm(%d,%d),'%s','%s')"
        .formatted(packet, home.token(), careOf.token(), for_, CLIENT);
  }

  private String bind(String from, int sequence, int lifetime) {
    return signed(
        update(from, "seq=%d,flags='A',mhtime=%d,%s".formatted(sequence, lifetime, nonces())),
        from);
  }

  private String delete(int sequence) {
    return "signed(%s,kbm(%d),'%s','%s')"
        .formatted(
            update(CARE_OF, "seq=%d,flags='A',mhtime=0,%s".formatted(sequence, nonces())),
            home.token(),
            HOME,
            CLIENT);
  }

  private Ip6 bound() {
    return correspondent.careOf(HOME_ADDRESS.high(), HOME_ADDRESS.low());
  }

  private void bindNow() {
    testReturnRoutability(CARE_OF);
    receive(bind(CARE_OF, 7, 100));
    assertThat(client.only(BindingAcknowledgement.class).status()).isEqualTo(Status.ACCEPTED);
  }

  @Test
  void testsAreAnsweredWithCookieTokenAndIndexToWhereTheyCameFrom() {
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoTI(cookie=cookie(77))".formatted(HOME, CLIENT));
    MobilityPacket answer = client.only();

    assertThat(answer.source()).isEqualTo(Ip6.of(CLIENT));
    assertThat(answer.destination()).isEqualTo(HOME_ADDRESS);
    assertThat(((HomeTest) answer.message()).cookie()).isEqualTo(77);
    assertThat(testHome(HOME).token()).isEqualTo(((HomeTest) answer.message()).token());
    assertThat(testHome(OTHER).token()).isNotEqualTo(((HomeTest) answer.message()).token());
  }

  @Test
  void testsWithAHomeAddressOptionAreNotAnswered() {
    receive("IPv6(src='%s',dst='%s')/hao('%s')/MIP6MH_CoTI()".formatted(CARE_OF, CLIENT, HOME));

    assertThat(client.only(BindingError.class).status()).isEqualTo(BindingError.UNKNOWN_BINDING);
  }

  @Test
  void anAuthorizedUpdateBindsAndIsAcknowledgedByTheRoutingHeader() {
    testReturnRoutability(CARE_OF);
    receive(bind(CARE_OF, 40_000, 50));
    MobilityPacket answer = client.only();

    assertThat(answer.message()).isInstanceOf(BindingAcknowledgement.class);
    BindingAcknowledgement acknowledgement = (BindingAcknowledgement) answer.message();
    assertThat(acknowledgement.status()).isEqualTo(Status.ACCEPTED);
    assertThat(acknowledgement.sequence()).isEqualTo(40_000);
    assertThat(acknowledgement.lifetime()).isEqualTo(50);
    assertThat(answer.destination()).isEqualTo(Ip6.of(CARE_OF));
    assertThat(answer.routedTo()).isEqualTo(HOME_ADDRESS);
    assertThat(bound()).isEqualTo(Ip6.of(CARE_OF));
    assertThat(Scapy.show(answer)).contains("MIP6OptBindingAuthData");
  }

  @Test
  void thereIsNoAcknowledgementWithoutTheABit() {
    testReturnRoutability(CARE_OF);
    receive(signed(update(CARE_OF, "seq=1,flags=0,mhtime=9," + nonces()), CARE_OF));

    assertThat(client.sent).isEmpty();
    assertThat(bound()).isEqualTo(Ip6.of(CARE_OF));
  }

  @Test
  void thereIsAnAcknowledgementWithoutTheABitInError() {
    bindNow();
    receive(signed(update(CARE_OF, "seq=7,flags=0,mhtime=9," + nonces()), CARE_OF));

    assertThat(client.only(BindingAcknowledgement.class).status())
        .isEqualTo(Status.SEQUENCE_OUT_OF_WINDOW);
  }

  @Test
  void aLifetimeIsAtMost420Seconds() {
    testReturnRoutability(CARE_OF);
    receive(bind(CARE_OF, 1, 65_535));

    assertThat(client.only(BindingAcknowledgement.class).lifetime()).isEqualTo(105);
    clock.seconds(419);
    correspondent.tick();
    assertThat(bound()).isNotNull();
    clock.seconds(1);
    correspondent.tick();
    assertThat(bound()).isNull();
    assertThat(correspondent.counters().expired()).isEqualTo(1);
  }

  @Test
  void aReplayedSequenceNumberIs135WithTheLastOne() {
    bindNow();
    for (int old : new int[] {7, 6, 0, 65_535, 7 + 32_768}) {
      receive(bind(OTHER, old, 100)); // not authentic for OTHER
      assertThat(client.sent).isEmpty();
      receive(bind(CARE_OF, old, 100));
      BindingAcknowledgement acknowledgement = client.only(BindingAcknowledgement.class);
      assertThat(acknowledgement.status()).isEqualTo(Status.SEQUENCE_OUT_OF_WINDOW);
      assertThat(acknowledgement.sequence()).isEqualTo(7);
    }
    assertThat(correspondent.counters().sequence()).isEqualTo(5);
    receive(bind(CARE_OF, 7 + 32_767, 100));
    assertThat(client.only(BindingAcknowledgement.class).status()).isEqualTo(Status.ACCEPTED);
  }

  @Test
  void expiredNoncesAre136And137And138() {
    testReturnRoutability(CARE_OF);
    HomeTest oldHome = home;
    CareOfTest oldCareOf = careOf;
    clock.seconds(205); // MAX_TOKEN_LIFETIME is 210
    receive(bind(CARE_OF, 1, 10));
    assertThat(client.only(BindingAcknowledgement.class).status()).isEqualTo(Status.ACCEPTED);

    clock.seconds(40);
    testReturnRoutability(CARE_OF);
    CareOfTest freshCareOf = careOf;
    home = oldHome;
    receive(bind(CARE_OF, 2, 10));
    assertThat(client.only(BindingAcknowledgement.class).status())
        .isEqualTo(Status.EXPIRED_HOME_NONCE);
    careOf = oldCareOf;
    receive(bind(CARE_OF, 2, 10));
    MobilityPacket answer = client.only();
    assertThat(((BindingAcknowledgement) answer.message()).status())
        .isEqualTo(Status.EXPIRED_NONCES);
    assertThat(answer.message().options()).isEmpty();
    testReturnRoutability(CARE_OF);
    careOf = oldCareOf;
    receive(bind(CARE_OF, 2, 10));
    assertThat(client.only(BindingAcknowledgement.class).status())
        .isEqualTo(Status.EXPIRED_CARE_OF_NONCE);
    careOf = freshCareOf;
    receive(bind(CARE_OF, 2, 10));
    assertThat(client.only(BindingAcknowledgement.class).status()).isEqualTo(Status.ACCEPTED);
  }

  @Test
  void indicesThatNeverWereAreExpired() {
    testReturnRoutability(CARE_OF);
    home = new HomeTest((home.nonceIndex() + 1) % 65_536, 0, home.token());
    receive(bind(CARE_OF, 1, 10));

    assertThat(client.only(BindingAcknowledgement.class).status())
        .isEqualTo(Status.EXPIRED_HOME_NONCE);
  }

  @Test
  void aHomeRegistrationIs131() {
    receive(update(CARE_OF, "seq=5,flags='AH',mhtime=10"));

    BindingAcknowledgement acknowledgement = client.only(BindingAcknowledgement.class);
    assertThat(acknowledgement.status()).isEqualTo(Status.HOME_REGISTRATION_NOT_SUPPORTED);
    assertThat(acknowledgement.sequence()).isEqualTo(5);
    assertThat(bound()).isNull();
  }

  @Test
  void aWrongAuthenticatorIsDroppedSilently() {
    bindNow();
    home = new HomeTest(home.nonceIndex(), 0, home.token() + 1);
    receive(bind(CARE_OF, 8, 100));
    receive(delete(9));

    assertThat(client.sent).isEmpty();
    assertThat(correspondent.counters().unauthentic()).isEqualTo(2);
    assertThat(bound()).isEqualTo(Ip6.of(CARE_OF));
  }

  @Test
  void updatesWithoutNoncesOrAuthorizationAreDroppedSilently() {
    testReturnRoutability(CARE_OF);
    receive(update(CARE_OF, "seq=1,flags='A',mhtime=10," + nonces()));
    receive(signed(update(CARE_OF, "seq=1,flags='A',mhtime=10"), CARE_OF));

    assertThat(client.sent).isEmpty();
    assertThat(correspondent.counters().incomplete()).isEqualTo(2);
  }

  @Test
  void updatesForAddressesThatAreNotRoutableAreDroppedSilently() {
    testReturnRoutability(CARE_OF);
    String fields = "seq=1,flags='A',mhtime=10,options=[nonces(%d,%d),MIP6OptAltCoA(acoa='%s')]";
    for (String careOfAddress : new String[] {"ff02::1", "fe80::1", "::", "::1"}) {
      receive(
          signed(
              update(
                  CARE_OF, fields.formatted(home.nonceIndex(), careOf.nonceIndex(), careOfAddress)),
              careOfAddress));
    }

    assertThat(client.sent).isEmpty();
    assertThat(correspondent.counters().notRoutable()).isEqualTo(4);
    assertThat(bound()).isNull();
  }

  @Test
  void anUpdateFromHomeNeedsNoHomeAddressOptionOnlyToDelete() {
    bindNow();
    String fromHome = "IPv6(src='%s',dst='%s')/MIP6MH_BU(seq=%d,flags='A',mhtime=%d,%s)";
    receive(
        "signed(%s,kbm(%d),'%s','%s')"
            .formatted(
                fromHome.formatted(HOME, CLIENT, 9, 0, nonces()), home.token(), HOME, CLIENT));

    MobilityPacket answer = client.only();
    assertThat(((BindingAcknowledgement) answer.message()).status()).isEqualTo(Status.ACCEPTED);
    assertThat(answer.destination()).isEqualTo(HOME_ADDRESS);
    assertThat(answer.routedTo()).isNull();
    assertThat(bound()).isNull();
  }

  @Test
  void anAlternateCareOfAddressIsTheOneThatIsBound() {
    testReturnRoutability(OTHER);
    receive(
        signed(
            update(
                CARE_OF,
                "seq=1,flags='A',mhtime=10,options=[nonces(%d,%d),MIP6OptAltCoA(acoa='%s')]"
                    .formatted(home.nonceIndex(), careOf.nonceIndex(), OTHER)),
            OTHER));

    MobilityPacket answer = client.only();
    assertThat(answer.destination()).isEqualTo(Ip6.of(CARE_OF));
    assertThat(bound()).isEqualTo(Ip6.of(OTHER));
  }

  @Test
  void aDeletionNeedsNoCareOfNonceAndCannotBeUndoneByAReplay() {
    bindNow();
    String replayed = bind(CARE_OF, 8, 100);
    receive(replayed);
    client.only();
    careOf = new CareOfTest(0, 0, 0);
    receive(delete(9));
    BindingAcknowledgement acknowledgement = client.only(BindingAcknowledgement.class);
    assertThat(acknowledgement.status()).isEqualTo(Status.ACCEPTED);
    assertThat(acknowledgement.lifetime()).isZero();
    assertThat(bound()).isNull();

    receive(replayed);
    assertThat(client.only(BindingAcknowledgement.class).sequence()).isEqualTo(9);
    assertThat(bound()).isNull();
    assertThat(correspondent.counters().replayed()).isEqualTo(1);
  }

  @Test
  void afterADeletionNewerNoncesMayBeginWithAnySequenceNumber() {
    bindNow();
    receive(delete(9));
    client.only();
    clock.seconds(31);
    testReturnRoutability(OTHER);
    receive(bind(OTHER, 3, 100));

    assertThat(client.only(BindingAcknowledgement.class).status()).isEqualTo(Status.ACCEPTED);
    assertThat(bound()).isEqualTo(Ip6.of(OTHER));
  }

  @Test
  void bindingsInUseAreAskedToBeRenewedBeforeTheyEnd() {
    bindNow();
    clock.seconds(330); // of 400
    correspondent.tick();
    assertThat(client.sent).isEmpty();

    assertThat(bound()).isNotNull();
    clock.seconds(35);
    correspondent.tick();
    MobilityPacket request = client.only();
    assertThat(request.message()).isEqualTo(new BindingRefreshRequest());
    assertThat(request.destination()).isEqualTo(HOME_ADDRESS);
    assertThat(request.routedTo()).isNull();
  }

  @Test
  void aHomeAddressOptionWithoutBindingIsBindingError1AndRateLimited() {
    for (int i = 0; i < 1000; i++) {
      correspondent.unknownBinding(Ip6.of(CARE_OF), HOME_ADDRESS);
    }

    assertThat(client.sent).hasSize(100);
    assertThat(client.sent.get(0).message())
        .isEqualTo(new BindingError(BindingError.UNKNOWN_BINDING, HOME_ADDRESS));
    assertThat(client.sent.get(0).destination()).isEqualTo(Ip6.of(CARE_OF));
    assertThat(correspondent.counters().unanswered()).isEqualTo(900);
  }

  @Test
  void aHomeAddressOptionIsBelievedFromTheBoundAddressOnly() {
    bindNow();
    Ip6 bound = Ip6.of(CARE_OF);
    Ip6 other = Ip6.of(OTHER);

    assertThat(
            correspondent.accepts(
                HOME_ADDRESS.high(), HOME_ADDRESS.low(), bound.high(), bound.low()))
        .isTrue();
    assertThat(
            correspondent.accepts(
                HOME_ADDRESS.high(), HOME_ADDRESS.low(), other.high(), other.low()))
        .isFalse();
    assertThat(correspondent.accepts(bound.high(), bound.low(), bound.high(), bound.low()))
        .isFalse();
  }

  @Test
  void anUnknownTypeIsBindingError2() {
    receive(
        "IPv6(src='%s',dst='%s')/hao('%s')/MIP6MH_Generic(mhtype=99)"
            .formatted(CARE_OF, CLIENT, HOME));

    MobilityPacket error = client.only();
    assertThat(error.message())
        .isEqualTo(new BindingError(BindingError.UNKNOWN_TYPE, HOME_ADDRESS));
    assertThat(error.destination()).isEqualTo(Ip6.of(CARE_OF));
  }

  @Test
  void aWrongChecksumIsDroppedBeforeAnythingElseIsLookedAt() {
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoTI(cksum=1)".formatted(HOME, CLIENT));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_Generic(mhtype=99,cksum=1)".formatted(HOME, CLIENT));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoTI(nh=6,cksum=1)".formatted(HOME, CLIENT));

    assertThat(client.sent).isEmpty();
    assertThat(client.parameterProblems).isEmpty();
    assertThat(correspondent.counters().checksum()).isEqualTo(3);
  }

  @Test
  void parameterProblemsPointToWhatIsWrong() {
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoTI(nh=6)".formatted(HOME, CLIENT));
    receive("IPv6(src='%s',dst='%s')/hao('%s')/MIP6MH_BU(nh=6)".formatted(CARE_OF, CLIENT, HOME));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoTI(len=0)".formatted(HOME, CLIENT));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoT(len=1)".formatted(HOME, CLIENT));

    assertThat(client.parameterProblems).containsExactly("0@40", "0@64", "0@41", "0@41");
    assertThat(client.sent).isEmpty();
  }

  @Test
  void aFullCacheIs130AndKeepsTheBindingsThereAre() {
    correspondent = new Correspondent(Ip6.of(CLIENT), client, clock, new SecureRandom(), 1);
    bindNow();
    HomeTest tested = home;
    String other = "2001:db8:a::81";
    home = testHome(other);
    String another = bind(CARE_OF, 1, 100).replace("hao('" + HOME, "hao('" + other);
    receive(another);

    assertThat(client.only(BindingAcknowledgement.class).status())
        .isEqualTo(Status.INSUFFICIENT_RESOURCES);
    assertThat(bound()).isEqualTo(Ip6.of(CARE_OF));
    home = tested;
    receive(delete(8));
    assertThat(client.only(BindingAcknowledgement.class).status()).isEqualTo(Status.ACCEPTED);
    receive(another);
    assertThat(client.only(BindingAcknowledgement.class).status()).isEqualTo(Status.ACCEPTED);
  }

  @Test
  void aMessageForAMobileNodeOrForSomebodyElseIsCountedOnly() {
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoT()".formatted(HOME, CLIENT));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_BRR()".formatted(HOME, CLIENT));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_BA()".formatted(HOME, CLIENT));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_BE()".formatted(HOME, CLIENT));
    receive("IPv6(src='%s',dst='%s')/MIP6MH_HoTI()".formatted(HOME, OTHER));

    assertThat(client.sent).isEmpty();
    assertThat(correspondent.counters().notForUs()).isEqualTo(5);
  }
}
