package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.handoff.contact.Contact;
import dev.baton.handoff.contact.LoneDesk;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the contact node says about connections, and whom it believes. */
class SettlingTest {
  private final Map<Flow, InetAddress> packets = new HashMap<>();
  private final Log log = new Log(System.err, "test");
  private long now;
  private InetAddress hostA;
  private InetAddress hostB;
  private Flow flow;
  private Contact desk;
  private boolean broken;

  @BeforeEach
  void open() throws Exception {
    hostA = InetAddress.getByName("10.0.0.1");
    hostB = InetAddress.getByName("10.0.0.2");
    flow =
        new Flow(new InetSocketAddress("10.1.0.1", 4711), new InetSocketAddress("10.0.0.99", 80));
    desk =
        new LoneDesk(
            "contact",
            new LoneDesk.Steering() {
              @Override
              public void steer(Flow which, InetAddress node) throws IOException {
                if (broken) {
                  throw new IOException("no more room");
                }
                packets.put(which, node);
              }

              @Override
              public void keepHere(Flow which) {
                packets.remove(which);
              }
            },
            () -> now);
  }

  private void pass(int seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void theFirstToAskGetsTheConnectionAndEverybodyHearsTheSame() throws Exception {
    assertThat(desk.settle("h", flow, "a", hostA)).isEqualTo("a");
    assertThat(desk.settle("h", flow, "b", hostB)).isEqualTo("a");
    assertThat(desk.settle("h", flow, "a", hostA)).isEqualTo("a");
    assertThat(packets).containsEntry(flow, hostA);
  }

  @Test
  void nothingIsDecidedIfThePacketsCannotBeSentThere() throws Exception {
    broken = true;
    assertThatThrownBy(() -> desk.settle("h", flow, "b", hostB)).hasMessage("no more room");
    broken = false;
    assertThat(desk.settle("h", flow, "a", hostA)).isEqualTo("a");
  }

  @Test
  void theNameOfAnotherHandoffMovesNothing() throws Exception {
    desk.settle("h", flow, "a", hostA);
    Flow other = new Flow(new InetSocketAddress("10.1.0.2", 4711), flow.server());
    assertThat(desk.settle("h", other, "b", hostB)).isEqualTo("a");
    assertThat(packets).containsOnlyKeys(flow);
  }

  @Test
  void anEndIsBelievedFromTheHostThatHasTheConnection() throws Exception {
    desk.settle("h", flow, "a", hostA);
    pass(60);
    desk.ended(flow, hostB);
    assertThat(packets).containsEntry(flow, hostA);
    desk.ended(flow, hostA);
    assertThat(packets).isEmpty();
  }

  /** It left this host a minute ago, and came back while the message was on its way. */
  @Test
  void anEndThatTheReturnOfTheConnectionHasOvertakenIsIgnored() throws Exception {
    desk.settle("there", flow, "a", hostA);
    pass(60);
    desk.settle("away", flow, "b", hostB);
    pass(60);
    desk.settle("back", flow, "a", hostA);
    desk.ended(flow, hostA);
    assertThat(packets).containsEntry(flow, hostA);
  }

  @Test
  void aConnectionThatGoesOnToANodeNextDoorIsEndedByThat() throws Exception {
    desk.settle("h", flow, "a", hostA); // and by itself to a2, of the same host
    pass(3600);
    desk.ended(flow, hostA);
    assertThat(packets).isEmpty();
  }

  @Test
  void theEndOfAConnectionIsToldAMinuteLater(@TempDir Path folder) throws Exception {
    assertThat(toldAfterAMinute(new Group(folder.resolve("d"), "g"))).isTrue();
  }

  @Test
  void theEndIsNotToldOfAConnectionThatHasGoneOnToANodeNextDoor(@TempDir Path folder)
      throws Exception {
    Group group = new Group(folder.resolve("d"), "g");
    group.create();
    ExecutorService threads = Executors.newCachedThreadPool();
    NodeInfo neighbour =
        new NodeInfo("b2", 1, List.of(), 1, false, "member", "ok", "here", 0, false, 0, 0);
    ConnectionInfo its =
        new ConnectionInfo("b2", "c-1", "a client", "idle", null, null, 0, true, null);
    try (Reception reception =
        Reception.open(
            "g",
            group.socket("b2"),
            () -> neighbour,
            (channel, caller) -> {
              channel.receive(Message.Connections.class, 10_000);
              channel.send(new Message.ConnectionList(List.of(its)), 10_000);
            },
            threads,
            log)) {
      reception.begin();
      assertThat(toldAfterAMinute(group)).isFalse();
    } finally {
      threads.shutdownNow();
    }
  }

  /** Node b, which is at host A, has a connection and then it has it no more. */
  private boolean toldAfterAMinute(Group group) throws Exception {
    try (SteerSwitch b =
        new SteerSwitch(
            "b",
            hostA,
            List.of(flow.server().getAddress()),
            group,
            new LocalSwitch(NoServer.HERE, log),
            desk,
            task -> {},
            log)) {
      desk.settle("h", flow, "b's old self", hostA);
      b.tidy(hostWith(connection("c-1")), 0);
      pass(60);
      b.tidy(NoServer.HERE, 1);
      b.tidy(NoServer.HERE, TimeUnit.SECONDS.toNanos(59));
      assertThat(packets).containsEntry(flow, hostA);
      b.tidy(NoServer.HERE, TimeUnit.SECONDS.toNanos(62));
      return packets.isEmpty();
    }
  }

  private static Host hostWith(ServedConnection connection) {
    return (Host)
        Proxy.newProxyInstance(
            Host.class.getClassLoader(),
            new Class<?>[] {Host.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "connections" -> List.of(connection);
                  case "clients" -> Set.of(connection.client());
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private ServedConnection connection(String id) {
    return (ServedConnection)
        Proxy.newProxyInstance(
            ServedConnection.class.getClassLoader(),
            new Class<?>[] {ServedConnection.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "id" -> id;
                  case "client" -> flow.client();
                  case "server" -> flow.server();
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private SteerSwitch contactNode(Path folder) throws IOException {
    return new SteerSwitch(
        "contact",
        InetAddress.getByName("10.0.0.3"),
        List.of(flow.server().getAddress()),
        new Group(folder, "g"),
        new LocalSwitch(NoServer.HERE, log),
        desk,
        task -> {},
        log);
  }

  private Message.Settle settle(InetAddress at, Flow which) {
    return new Message.Settle(
        "h", Endpoint.of(which.client()), Endpoint.of(which.server()), at.getAddress());
  }

  @Test
  void packetsAreSentToNobodyButWhoAsks() throws Exception {
    try (SteerSwitch contact = contactNode(Path.of("unused"))) {
      assertThatThrownBy(() -> contact.settle(settle(hostA, flow), "b", hostB))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("10.0.0.2")
          .hasMessageContaining("baton.listen");
      assertThat(contact.settle(settle(hostB, flow), "b", hostB)).isEqualTo("b");
      assertThat(packets).containsEntry(flow, hostB);
    }
  }

  @Test
  void noAddressIsGivenAwayButTheGroups() throws Exception {
    Flow foreign = new Flow(flow.client(), new InetSocketAddress("10.0.0.3", 22));
    try (SteerSwitch contact = contactNode(Path.of("unused"))) {
      assertThatThrownBy(() -> contact.settle(settle(hostB, foreign), "b", hostB))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("no contact address");
      assertThat(packets).isEmpty();
    }
  }

  @Test
  void aNodeThatIsNotTheContactNodeDecidesNothing() throws Exception {
    desk = new LoneDesk.Elsewhere("somebody");
    try (SteerSwitch member = contactNode(Path.of("unused"))) {
      assertThat(member.settle(settle(hostB, flow), "b", hostB)).isNull();
    }
  }
}
