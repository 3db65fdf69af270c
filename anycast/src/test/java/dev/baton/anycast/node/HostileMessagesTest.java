package dev.baton.anycast.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.Authenticator;
import dev.baton.anycast.message.BindingManagementKey;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityOption.BindingAuthorization;
import dev.baton.anycast.message.MobilityOption.NonceIndices;
import dev.baton.anycast.message.MobilityPacket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Messages made to do harm: they do none, and cost no memory. */
class HostileMessagesTest extends SimulatedGroup {

  private static final int IPV6_HEADER = 40;
  private static final int EXTENSION_HEADER = 24;

  /** Every message of a handoff, a renewal and an end of a binding, changed at random. */
  @Test
  void changedMessagesDoNothing() {
    start();
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    await(b.clear(CLIENT));
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    client.unknownBinding(ELSEWHERE, CONTACT);
    List<MobilityPacket> genuine = new ArrayList<>(network.sent);
    network.sent.clear();
    Ip6 registered = homeAgent.careOf(CONTACT.high(), CONTACT.low());

    for (int i = 0; i < 10_000; i++) {
      ByteBuffer packet = change(genuine.get(network.random.nextInt(genuine.size())));
      client.mobility(packet.duplicate());
      homeAgent.mobility(packet.duplicate());
      a.mobility(packet.duplicate());
      b.mobility(packet.duplicate());
      a.tunnelled(AGENT, packet.duplicate());
      a.tunnelled(B, packet.duplicate());
      b.tunnelled(A, packet.duplicate());

      assertThat(bound()).isEqualTo(B);
      assertThat(homeAgent.careOf(CONTACT.high(), CONTACT.low())).isSameAs(registered);
    }
    assertThat(client.counters().malformed()).isPositive();
    assertThat(client.counters().checksum()).isPositive();
    assertThat(client.counters().unauthentic()).isPositive();
    assertThat(network.parameterProblems).isPositive();
    // Binding errors have no authenticator: B may have looked whether there is something to them.
    assertThat(network.runUntil(() -> isBound(b), 30)).isTrue();
    network.run(1000);
    assertThat(bound()).isEqualTo(B);
    assertThat(isBound(b)).isTrue();
  }

  /** Up to four bytes are others; the checksum is right three times out of four. */
  private ByteBuffer change(MobilityPacket genuine) {
    ByteBuffer packet = ByteBuffer.wrap(genuine.encode());
    int header =
        IPV6_HEADER
            + (genuine.homeAddress() == null ? 0 : EXTENSION_HEADER)
            + (genuine.routedTo() == null ? 0 : EXTENSION_HEADER);
    for (int bytes = network.random.nextInt(4); bytes >= 0; bytes--) {
      int from = network.random.nextInt(3) == 0 ? 0 : header;
      int at = from + network.random.nextInt(packet.limit() - from);
      packet.put(at, (byte) network.random.nextInt(256));
    }
    if (network.random.nextInt(4) != 0) {
      packet.putShort(header + 4, (short) 0);
      packet.putShort(header + 4, checksum(packet, header, genuine));
    }
    return packet;
  }

  private static short checksum(ByteBuffer packet, int header, MobilityPacket genuine) {
    ByteBuffer summed = ByteBuffer.allocate(2 * Ip6.LENGTH + packet.limit() - header);
    genuine.sender().write(summed, 0);
    genuine.receiver().write(summed, Ip6.LENGTH);
    summed.position(2 * Ip6.LENGTH);
    summed.put(packet.duplicate().position(header)).flip();
    long sum = 135L + packet.limit() - header;
    while (summed.hasRemaining()) {
      sum += summed.getShort() & 0xffff;
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }

  @Test
  void aFloodOfUpdatesFromEverywhereCostsACounter() {
    start();
    await(b.bind(CLIENT, OptionalInt.empty(), Activation.ACKNOWLEDGED).acknowledged());
    HomeTest answer = homeTest();
    network.sent.clear();
    Authenticator guessed = new Authenticator(1, 2);
    BindingUpdate update =
        BindingUpdate.toCorrespondent(
            1, 100, List.of(new NonceIndices(answer.nonceIndex(), answer.nonceIndex())));
    for (int i = 0; i < 10_000; i++) {
      Ip6 home = new Ip6(CLIENT.high() + 1, network.random.nextLong());
      Ip6 from = new Ip6(CLIENT.high() + 2, network.random.nextLong());
      MobilityPacket forged =
          new MobilityPacket(
              from, CLIENT, home, null, update.with(new BindingAuthorization(guessed)));
      client.mobility(ByteBuffer.wrap(forged.encode()));
    }

    assertThat(client.counters().unauthentic()).isEqualTo(10_000);
    assertThat(network.sent).isEmpty();
    assertThat(bound()).isEqualTo(B);
  }

  /** Anybody may ask for a home test of an address that is his own. */
  private HomeTest homeTest() {
    client.mobility(
        ByteBuffer.wrap(new MobilityPacket(ELSEWHERE, CLIENT, new HomeTestInit(1)).encode()));
    return (HomeTest) network.sent.get(network.sent.size() - 1).message();
  }

  @Test
  void whoHasTestedHisOwnAddressesCannotBindTheContactAddress() {
    start();
    await(b.bind(CLIENT, OptionalInt.of(5), Activation.ACKNOWLEDGED).acknowledged());
    HomeTest own = homeTest();
    BindingUpdate update =
        BindingUpdate.toCorrespondent(
            100, 100, List.of(new NonceIndices(own.nonceIndex(), own.nonceIndex())));
    MobilityPacket forged =
        BindingManagementKey.of(own.token(), own.token())
            .sign(new MobilityPacket(ELSEWHERE, CLIENT, CONTACT, null, update), ELSEWHERE, CLIENT);
    client.mobility(ByteBuffer.wrap(forged.encode()));

    assertThat(client.counters().unauthentic()).isEqualTo(1);
    assertThat(bound()).isEqualTo(B);
  }

  @Test
  void pendingHandoffsAreBoundedAndEnd() {
    PendingHandoffs pending = new PendingHandoffs();
    HomeTestInit init = new HomeTestInit(0);
    MobilityPacket first = new MobilityPacket(CONTACT, CLIENT, init);
    for (int cookie = 0; cookie < 100_000; cookie++) {
      pending.add(B, first, new HomeTestInit(cookie), 0);
    }
    assertThat(pending.size()).isEqualTo(4096);

    MobilityPacket back = new MobilityPacket(CLIENT, CONTACT, new HomeTest(1, 0, 0));
    assertThat(pending.take(back, new HomeTest(1, 0, 0), 0)).isNull();
    assertThat(pending.take(back, new HomeTest(1, 99_999, 0), 0)).isEqualTo(B);
    assertThat(pending.take(back, new HomeTest(1, 99_999, 0), 0)).isNull();
    assertThat(pending.take(back, new HomeTest(1, 99_998, 0), 33_000_000_000L)).isNull();
  }
}
