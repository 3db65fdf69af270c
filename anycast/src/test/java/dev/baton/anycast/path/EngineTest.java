package dev.baton.anycast.path;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Ip6;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What each role makes of packets. */
class EngineTest {

  private static final Ip6 HOME = Ip6.of("2001:db8::a");
  private static final Ip6 CARE_OF = Ip6.of("2001:db8:1::b");
  private static final Ip6 PEER = Ip6.of("2001:db8:2::c");
  private static final Ip6 AGENT = Ip6.of("2001:db8::1");
  private static final Ip6 STRANGER = Ip6.of("2001:db8:6::6");

  private static final Ip6 MEMBER = Ip6.of("2001:db8:7::7");

  private static final int TCP_HEADER = 20;

  private final List<String> said = new ArrayList<>();
  private final HeaderChain headers = new HeaderChain();
  private @Nullable Ip6 binding = CARE_OF;
  private Role.@Nullable Tunnel tunnel = new Role.Tunnel(CARE_OF, AGENT);

  private boolean isContactNode = true;
  private int movedPorts = -1;

  private final Engine.Exits exits =
      new Engine.Exits() {
        @Override
        public void deliver(Packet packet) {
          said.add("deliver " + ends(packet));
        }

        @Override
        public void send(Packet packet) {
          said.add("send " + ends(packet));
        }

        @Override
        public void sendPast(Packet packet) {
          said.add("send past " + ends(packet));
        }

        @Override
        public void mobility(Packet packet) {
          said.add("mobility " + ends(packet));
        }

        @Override
        public void tunnelled(Ip6 from, Packet inner) {
          said.add("from " + from + " mobility " + ends(inner));
        }

        @Override
        public void count(Reason reason) {
          said.add(reason.name());
        }
      };

  private final Engine correspondent =
      new CorrespondentEngine(
          exits,
          new Role.Correspondent() {
            @Override
            public @Nullable Ip6 careOf(long homeHigh, long homeLow, long ownHigh, long ownLow) {
              return new Ip6(homeHigh, homeLow).equals(HOME) ? binding : null;
            }

            @Override
            public List<Bound> bound(Ip6 home) {
              return List.of();
            }

            @Override
            public void unverified(Ip6 source, Ip6 home, Ip6 own) {
              said.add("unverified " + home + " from " + source + " to " + own);
            }

            @Override
            public void mobility(ByteBuffer packet) {}
          },
          packet -> packet.hasAddress(Packet.DESTINATION, HOME));

  private final Engine node =
      new NodeEngine(
          exits,
          new Role.Node() {
            @Override
            public @Nullable Ip6 careOf(long high, long low, long clientHigh, long clientLow) {
              return new Ip6(clientHigh, clientLow).equals(PEER) ? binding : null;
            }

            @Override
            public @Nullable Tunnel tunnel(long contactHigh, long contactLow) {
              return tunnel;
            }

            @Override
            public boolean relays(long contactHigh, long contactLow, Ip6 from) {
              return isContactNode && from.equals(MEMBER);
            }

            @Override
            public boolean isMember(long contactHigh, long contactLow, Ip6 from) {
              return from.equals(MEMBER);
            }

            @Override
            public @Nullable Tunnel elsewhere(
                long contactHigh, long contactLow, long clientHigh, long clientLow, int ports) {
              return new Ip6(clientHigh, clientLow).equals(PEER) && ports == movedPorts
                  ? new Tunnel(CARE_OF, MEMBER)
                  : null;
            }

            @Override
            public void tunnelled(Ip6 from, ByteBuffer inner) {}

            @Override
            public void notUnderstood(ByteBuffer quoted) {}

            @Override
            public void mobility(ByteBuffer packet) {}
          },
          List.of(HOME));

  private final Engine homeAgent =
      new HomeAgentEngine(
          exits,
          new Role.HomeAgent() {
            @Override
            public @Nullable Ip6 careOf(long homeHigh, long homeLow) {
              return new Ip6(homeHigh, homeLow).equals(HOME) ? binding : null;
            }

            @Override
            public void mobility(ByteBuffer packet) {}
          },
          AGENT);

  private static String ends(Packet packet) {
    return packet.address(Packet.SOURCE) + " > " + packet.address(Packet.DESTINATION);
  }

  /** A packet of a TCP header's length. */
  private static Packet tcp(Ip6 source, Ip6 destination) {
    return plain(source, destination, HeaderChain.TCP);
  }

  private static Packet plain(Ip6 source, Ip6 destination, int next) {
    Packet packet = new Packet();
    packet.clear(60);
    packet.putInt(0, 6 << 28);
    packet.putShort(Packet.PAYLOAD_LENGTH, 20);
    packet.put(Packet.NEXT_HEADER, next);
    packet.put(Packet.HOP_LIMIT, 64);
    packet.putAddress(Packet.SOURCE, source);
    packet.putAddress(Packet.DESTINATION, destination);
    return packet;
  }

  private Packet routed(Ip6 source, Ip6 home, Ip6 careOf) {
    Packet packet = tcp(source, home);
    headers.read(packet);
    Rewriting.addRouting(packet, headers, careOf);
    return packet;
  }

  private Packet fromHome(Ip6 home, Ip6 careOf, Ip6 destination) {
    Packet packet = tcp(home, destination);
    headers.read(packet);
    Rewriting.addHomeAddress(packet, headers, careOf);
    return packet;
  }

  private static Packet tunnelled(Packet packet, Ip6 from, Ip6 to) {
    Rewriting.encapsulate(packet, from, to);
    return packet;
  }

  private void expect(Engine engine, Packet packet, String... what) {
    said.clear();
    engine.handle(packet);
    assertThat(said).containsExactly(what);
  }

  @Test
  void aCorrespondentTalksToTheCareOfAddressOfWhoIsBound() {
    expect(correspondent, tcp(PEER, HOME), "send " + PEER + " > " + CARE_OF, "ROUTED");
    expect(
        correspondent,
        fromHome(HOME, CARE_OF, PEER),
        "deliver " + HOME + " > " + PEER,
        "HOME_ADDRESS_REMOVED");
    expect(correspondent, routed(PEER, HOME, HOME), "LOOPED");
  }

  @Test
  void aCorrespondentLeavesEverythingElseAlone() {
    expect(correspondent, tcp(STRANGER, PEER), "deliver " + STRANGER + " > " + PEER, "UNTOUCHED");
    binding = null;
    expect(correspondent, tcp(PEER, HOME), "send past " + PEER + " > " + HOME, "UNTOUCHED");
  }

  @Test
  void aCorrespondentAnswersHomeTestsByTheHomeAgentAlsoWhenItHasABinding() {
    said.clear();
    correspondent.sendOwn(plain(PEER, HOME, HeaderChain.MOBILITY));
    correspondent.sendOwn(plain(PEER, CARE_OF, HeaderChain.MOBILITY));
    assertThat(said)
        .containsExactly("send past " + PEER + " > " + HOME, "send " + PEER + " > " + CARE_OF);
  }

  @Test
  void aCorrespondentBelievesNoHomeAddressWithoutItsBinding() {
    expect(
        correspondent,
        fromHome(HOME, STRANGER, PEER),
        "unverified " + HOME + " from " + STRANGER + " to " + PEER,
        "UNVERIFIED_HOME_ADDRESS");
    expect(
        correspondent,
        fromHome(STRANGER, CARE_OF, PEER),
        "unverified " + STRANGER + " from " + CARE_OF + " to " + PEER,
        "UNVERIFIED_HOME_ADDRESS");
    binding = null;
    expect(
        correspondent,
        fromHome(HOME, CARE_OF, PEER),
        "unverified " + HOME + " from " + CARE_OF + " to " + PEER,
        "UNVERIFIED_HOME_ADDRESS");
  }

  @Test
  void mobilityMessagesGoToTheRoleWhateverIsInFrontOfThem() {
    String direct = "mobility " + HOME + " > " + PEER;
    expect(correspondent, plain(HOME, PEER, HeaderChain.MOBILITY), direct, "MOBILITY");
    Packet update = plain(HOME, PEER, HeaderChain.MOBILITY);
    headers.read(update);
    Rewriting.addHomeAddress(update, headers, STRANGER);
    expect(correspondent, update, "mobility " + STRANGER + " > " + PEER, "MOBILITY");
    Packet test = tunnelled(plain(PEER, HOME, HeaderChain.MOBILITY), AGENT, CARE_OF);
    expect(node, test, "from " + AGENT + " mobility " + PEER + " > " + HOME, "MOBILITY");
    expect(
        homeAgent,
        plain(CARE_OF, AGENT, HeaderChain.MOBILITY),
        "mobility " + CARE_OF + " > " + AGENT,
        "MOBILITY");
  }

  @Test
  void aNodeSpeaksFromItsCareOfAddressToWhoKnowsIt() {
    expect(node, tcp(HOME, PEER), "send " + CARE_OF + " > " + PEER, "HOME_ADDRESS_ADDED");
    expect(node, routed(PEER, HOME, CARE_OF), "deliver " + PEER + " > " + HOME, "UNROUTED");
    expect(node, routed(PEER, STRANGER, CARE_OF), "NOT_OURS");
    expect(
        node,
        fromHome(HOME, CARE_OF, CARE_OF),
        "deliver " + CARE_OF + " > " + CARE_OF,
        "UNTOUCHED");
    expect(node, fromHome(STRANGER, HOME, PEER), "LOOPED");
  }

  @Test
  void aNodeSpeaksThroughItsHomeAgentToAllOthers() {
    expect(node, tcp(HOME, STRANGER), "send " + CARE_OF + " > " + AGENT, "TUNNELLED");
    tunnel = Role.Tunnel.AT_HOME;
    expect(node, tcp(HOME, STRANGER), "send " + HOME + " > " + STRANGER, "UNTOUCHED");
    tunnel = null;
    expect(node, tcp(HOME, STRANGER), "UNBOUND");
  }

  @Test
  void aNodeBelievesOnlyItsHomeAgentsTunnel() {
    expect(
        node,
        tunnelled(tcp(STRANGER, HOME), AGENT, CARE_OF),
        "deliver " + STRANGER + " > " + HOME,
        "UNTUNNELLED");
    expect(node, tunnelled(tcp(STRANGER, HOME), STRANGER, CARE_OF), "WRONG_TUNNEL");
    expect(
        node,
        tunnelled(tcp(STRANGER, PEER), STRANGER, CARE_OF),
        "deliver " + STRANGER + " > " + CARE_OF,
        "UNTOUCHED");
    tunnel = null;
    expect(node, tunnelled(tcp(STRANGER, HOME), AGENT, CARE_OF), "WRONG_TUNNEL");
  }

  @Test
  void whatBelongsToAConnectionElsewhereGoesThereWhicheverWayItCame() {
    movedPorts = 40_000 << 16 | 80;
    String there = "send " + CARE_OF + " > " + MEMBER;
    expect(node, moved(routed(PEER, HOME, CARE_OF)), there, "SENT_ON");
    expect(node, moved(tunnelled(tcp(PEER, HOME), AGENT, CARE_OF)), there, "SENT_ON");
    expect(node, moved(tunnelled(tcp(PEER, HOME), MEMBER, CARE_OF)), there, "SENT_ON");
    expect(node, moved(tunnelled(tcp(PEER, HOME), STRANGER, CARE_OF)), "WRONG_TUNNEL");
    expect(node, routed(PEER, HOME, CARE_OF), "deliver " + PEER + " > " + HOME, "UNROUTED");
    Packet tired = moved(routed(PEER, HOME, CARE_OF));
    tired.put(Packet.HOP_LIMIT, 1);
    expect(node, tired, "LOOPED");
  }

  /** The packet with the ports of the connection that is elsewhere. */
  private Packet moved(Packet packet) {
    packet.putInt(packet.length() - TCP_HEADER, movedPorts);
    return packet;
  }

  @Test
  void anotherNodesTunnelIsBelievedForConnectionsOnly() {
    isContactNode = false;
    expect(
        node,
        tunnelled(tcp(PEER, HOME), MEMBER, CARE_OF),
        "deliver " + PEER + " > " + HOME,
        "UNTUNNELLED");
    expect(
        node, tunnelled(plain(PEER, HOME, HeaderChain.MOBILITY), MEMBER, CARE_OF), "WRONG_TUNNEL");
  }

  @Test
  void aContactNodeRelaysForItsGroupAlone() {
    expect(
        node,
        tunnelled(tcp(HOME, STRANGER), MEMBER, CARE_OF),
        "send " + CARE_OF + " > " + AGENT,
        "RELAYED");
    expect(
        node,
        tunnelled(plain(HOME, STRANGER, HeaderChain.MOBILITY), MEMBER, CARE_OF),
        "from " + MEMBER + " mobility " + HOME + " > " + STRANGER,
        "MOBILITY");
    expect(node, tunnelled(tcp(HOME, STRANGER), STRANGER, CARE_OF), "WRONG_TUNNEL");
    isContactNode = false;
    expect(node, tunnelled(tcp(HOME, STRANGER), MEMBER, CARE_OF), "WRONG_TUNNEL");
  }

  @Test
  void aHomeAgentTunnelsBothWays() {
    expect(homeAgent, tcp(STRANGER, HOME), "send " + AGENT + " > " + CARE_OF, "TUNNELLED");
    expect(
        homeAgent,
        tunnelled(tcp(HOME, STRANGER), CARE_OF, AGENT),
        "deliver " + HOME + " > " + STRANGER,
        "UNTUNNELLED");
    expect(homeAgent, tunnelled(tcp(HOME, PEER), STRANGER, AGENT), "WRONG_TUNNEL");
    expect(homeAgent, tunnelled(tcp(PEER, HOME), CARE_OF, AGENT), "WRONG_TUNNEL");
    binding = null;
    expect(homeAgent, tcp(STRANGER, HOME), "UNBOUND");
  }

  @Test
  void packetsThatOnlyPromiseAnotherAreDropped() {
    Packet nothing = plain(CARE_OF, AGENT, HeaderChain.IPV6);
    expect(homeAgent, nothing, "TRUNCATED");
    Packet longer = tunnelled(tcp(HOME, STRANGER), CARE_OF, AGENT);
    longer.putShort(Packet.HEADER + Packet.PAYLOAD_LENGTH, 21);
    expect(homeAgent, longer, "TRUNCATED");
  }
}
