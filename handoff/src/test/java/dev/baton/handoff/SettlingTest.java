package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.handoff.contact.Contact;
import dev.baton.handoff.contact.LoneDesk;
import dev.baton.handoff.wire.Claim;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the contact node says about connections, and whom it believes. */
class SettlingTest {
  private final Map<Flow, InetAddress> packets = new HashMap<>();
  private final Log log = new Log(System.err, "test");
  private final ExecutorService threads = Executors.newCachedThreadPool();
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

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  private void pass(int seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void theFirstToAskGetsTheConnectionAndEverybodyHearsTheSame() throws Exception {
    assertThat(desk.settle(Claim.TAKE, "h", flow, "a", hostA)).isEqualTo("a");
    assertThat(desk.settle(Claim.TAKE, "h", flow, "b", hostB)).isEqualTo("a");
    assertThat(desk.settle(Claim.TAKE, "h", flow, "a", hostA)).isEqualTo("a");
    assertThat(packets).containsEntry(flow, hostA);
  }

  @Test
  void nothingIsDecidedIfThePacketsCannotBeSentThere() throws Exception {
    broken = true;
    assertThatThrownBy(() -> desk.settle(Claim.TAKE, "h", flow, "b", hostB))
        .hasMessage("no more room");
    broken = false;
    assertThat(desk.settle(Claim.TAKE, "h", flow, "a", hostA)).isEqualTo("a");
  }

  @Test
  void theNameOfAnotherHandoffMovesNothing() throws Exception {
    desk.settle(Claim.TAKE, "h", flow, "a", hostA);
    Flow other = new Flow(new InetSocketAddress("10.1.0.2", 4711), flow.server());
    assertThat(desk.settle(Claim.TAKE, "h", other, "b", hostB)).isEqualTo("a");
    assertThat(packets).containsOnlyKeys(flow);
  }

  @Test
  void anEndIsBelievedFromTheHostThatHasTheConnection() throws Exception {
    desk.settle(Claim.TAKE, "h", flow, "a", hostA);
    pass(60);
    desk.ended(flow, hostB);
    assertThat(packets).containsEntry(flow, hostA);
    desk.ended(flow, hostA);
    assertThat(packets).isEmpty();
  }

  /** It left this host a minute ago, and came back while the message was on its way. */
  @Test
  void anEndThatTheReturnOfTheConnectionHasOvertakenIsIgnored() throws Exception {
    desk.settle(Claim.TAKE, "there", flow, "a", hostA);
    pass(60);
    desk.settle(Claim.TAKE, "away", flow, "b", hostB);
    pass(60);
    desk.settle(Claim.TAKE, "back", flow, "a", hostA);
    desk.ended(flow, hostA);
    assertThat(packets).containsEntry(flow, hostA);
  }

  @Test
  void aConnectionThatGoesOnToANodeNextDoorIsEndedByThat() throws Exception {
    desk.settle(Claim.TAKE, "h", flow, "a", hostA); // and by itself to a2, of the same host
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
    }
  }

  /** Node b, which is at host A, has a connection and then it has it no more. */
  private boolean toldAfterAMinute(Group group) throws Exception {
    try (SteerSwitch b = node("b", hostA, group, task -> {}, Settling.Patience.USUAL)) {
      desk.settle(Claim.TAKE, "h", flow, "b's old self", hostA);
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

  private SteerSwitch node(
      String name, InetAddress at, Group group, Executor executor, Settling.Patience patience) {
    return new SteerSwitch(
        name,
        at,
        List.of(flow.server().getAddress()),
        group,
        new LocalSwitch(NoServer.HERE, log),
        desk,
        executor,
        patience,
        log);
  }

  private SteerSwitch contactNode() throws IOException {
    return node(
        "contact",
        InetAddress.getByName("10.0.0.3"),
        new Group(Path.of("unused"), "g"),
        task -> {},
        Settling.Patience.USUAL);
  }

  private Message.Settle settle(InetAddress at, Flow which) {
    return new Message.Settle(
        "h", Claim.TAKE, Endpoint.of(which.client()), Endpoint.of(which.server()), at.getAddress());
  }

  @Test
  void packetsAreSentToNobodyButWhoAsks() throws Exception {
    try (SteerSwitch contact = contactNode()) {
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
    try (SteerSwitch contact = contactNode()) {
      assertThatThrownBy(() -> contact.settle(settle(hostB, foreign), "b", hostB))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("no contact address");
      assertThat(packets).isEmpty();
    }
  }

  @Test
  void aNodeThatIsNotTheContactNodeDecidesNothing() throws Exception {
    desk = new LoneDesk.Elsewhere("somebody");
    try (SteerSwitch member = contactNode()) {
      assertThat(member.settle(settle(hostB, flow), "b", hostB)).isNull();
    }
  }

  /**
   * A node that reserves connections at the contact node, and gives back what is not used.
   *
   * @param millis after how long
   */
  private SteerSwitch acceptor(long millis) throws IOException {
    return node(
        "b", hostA, new Group(Path.of("unused"), "g"), threads, new Settling.Patience(millis, 0));
  }

  @Test
  void whatIsReservedAndNotUsedIsGivenBackByItself() throws Exception {
    try (SteerSwitch b = acceptor(50)) {
      TrafficSwitch.Reservation reservation = Objects.requireNonNull(b.reserve(flow, "h"));
      assertThat(desk.settle(Claim.TAKE, "h", flow, "donor", hostB)).isEqualTo("donor");
      assertThat(reservation.use("h")).isFalse();
      reservation.close();
    }
  }

  @Test
  void whatIsReservedIsUsedOnceAndForThatHandoffOnly() throws Exception {
    try (SteerSwitch b = acceptor(60_000)) {
      TrafficSwitch.Reservation reservation = Objects.requireNonNull(b.reserve(flow, "h"));
      assertThat(reservation.use("another")).isFalse();
      assertThat(packets).isEmpty();
      assertThat(reservation.use("h")).isTrue();
      assertThat(reservation.use("h")).isFalse();
      b.switchReserved(flow, "h");
      assertThat(packets).containsEntry(flow, hostA);
      reservation.close();
    }
  }

  @Test
  void aConnectionWhosePacketsDoNotComeYetDoesNotLeave() throws Exception {
    try (SteerSwitch b = acceptor(60_000)) {
      TrafficSwitch.Reservation reservation = Objects.requireNonNull(b.reserve(flow, "h"));
      assertThat(reservation.use("h")).isTrue();
      Future<?> leaving =
          threads.submit(
              () -> {
                b.prepare(flow);
                return null;
              });
      await().during(Duration.ofMillis(150)).until(() -> !leaving.isDone());
      b.switchReserved(flow, "h");
      reservation.close();
      leaving.get(5, TimeUnit.SECONDS);
      b.release(flow, false);
    }
  }

  @Test
  void nothingIsReservedWithAContactNodeThatIsNear() throws Exception {
    try (SteerSwitch b = contactNode()) {
      assertThat(b.reserve(flow, "h")).isNull();
      b.switchTo(flow, "h");
      assertThat(packets).as("they stay at the contact node").isEmpty();
      assertThat(b.reserve(flow, "later")).isNull();
    }
  }
}
