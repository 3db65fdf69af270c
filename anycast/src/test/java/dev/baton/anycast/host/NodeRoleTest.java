package dev.baton.anycast.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.VirtualClock;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.CareOfTestInit;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.node.BindingListener;
import dev.baton.anycast.node.MobileNode;
import dev.baton.anycast.node.NodeOutlet;
import dev.baton.anycast.node.NodeSetup;
import dev.baton.anycast.node.NotBoundException;
import dev.baton.anycast.path.Role;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A node with two contact addresses. */
class NodeRoleTest {

  private static final Ip6 FIRST = Ip6.of("2001:db8:a::80");
  private static final Ip6 SECOND = Ip6.of("2001:db8:a::81");
  private static final Ip6 CLIENT = Ip6.of("2001:db8:c::1");
  private static final Ip6 CARE_OF = Ip6.of("2001:db8:b::b");
  private static final Ip6 CONTACT_NODE = Ip6.of("2001:db8:b::a");

  private final List<MobilityPacket> sent = new ArrayList<>();
  private final MobileNode first = node(FIRST);
  private final MobileNode second = node(SECOND);
  private final NodeRole role = new NodeRole(List.of(first, second));

  private MobileNode node(Ip6 contact) {
    NodeOutlet outlet =
        new NodeOutlet() {
          @Override
          public void send(MobilityPacket packet) {
            sent.add(packet);
          }

          @Override
          public void tunnel(Ip6 from, Ip6 to, MobilityPacket inner) {
            sent.add(inner);
          }

          @Override
          public void parameterProblem(ByteBuffer offending, int code, int pointer) {}
        };
    BindingListener listener =
        new BindingListener() {
          @Override
          public void bindingError(Ip6 client) {}

          @Override
          public void bindingEnded(Ip6 client, NotBoundException why) {}

          @Override
          public void registrationEnded(NotBoundException why) {}
        };
    return new MobileNode(
        new NodeSetup(contact, CONTACT_NODE::equals, Duration.ofSeconds(30), 10),
        CARE_OF,
        outlet,
        listener,
        new VirtualClock(),
        new Random(7));
  }

  @Test
  void anAnswerThatNamesNoContactAddressGoesToWhoeverHasAsked() {
    second.passive(CONTACT_NODE);
    var prepared = second.prepare(CLIENT).toCompletableFuture();
    for (MobilityPacket packet : List.copyOf(sent)) {
      if (packet.message() instanceof CareOfTestInit init) {
        CareOfTest answer = new CareOfTest(1, init.cookie(), 5);
        role.mobility(bytes(new MobilityPacket(CLIENT, CARE_OF, answer)));
      } else if (packet.message() instanceof HomeTestInit init) {
        HomeTest answer = new HomeTest(1, init.cookie(), 6);
        role.tunnelled(CONTACT_NODE, bytes(new MobilityPacket(CLIENT, SECOND, answer)));
      }
    }

    assertThat(prepared).isCompleted();
    assertThat(second.ignored()).isZero();
  }

  private static ByteBuffer bytes(MobilityPacket packet) {
    return ByteBuffer.wrap(packet.encode());
  }

  @Test
  void eachContactAddressHasATunnelOfItsOwnAndItIsNotMadeForEachPacket() {
    second.passive(CONTACT_NODE);
    Role.Tunnel tunnel = role.tunnel(SECOND.high(), SECOND.low());

    assertThat(tunnel).isEqualTo(new Role.Tunnel(CARE_OF, CONTACT_NODE));
    assertThat(role.tunnel(SECOND.high(), SECOND.low())).isSameAs(tunnel);
    assertThat(role.tunnel(FIRST.high(), FIRST.low())).isNull();
    assertThat(role.tunnel(CLIENT.high(), CLIENT.low())).isNull();
    second.passive(FIRST);
    assertThat(role.tunnel(SECOND.high(), SECOND.low())).isEqualTo(new Role.Tunnel(CARE_OF, FIRST));
  }
}
