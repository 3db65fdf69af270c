package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.linux.steer.Network;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every kind of connection, with every kind of queue, goes from the contact node to one host, on to
 * another and back. Each time both hosts have a socket for it; the donor's is frozen until the
 * acceptor's is active. The bytes of both directions come through exactly once, and the connection
 * ends as it should.
 */
class MoveAcrossHostsTest {

  private static OneAddress site;
  private static Network network;

  @BeforeAll
  static void start() throws Exception {
    site = OneAddress.start();
    network = site.network;
  }

  @AfterAll
  static void end() {
    site.close();
  }

  @BeforeEach
  void negotiateEverything() throws Exception {
    site.negotiate(true, true, true);
  }

  private record Case(TcpImage.Family family, Travelling.Queues queues, boolean inPlace) {}

  @ParameterizedTest(name = "sack={0} timestamps={1} windowScaling={2}")
  @CsvSource({
    "true,true,true",
    "true,true,false",
    "true,false,true",
    "true,false,false",
    "false,true,true",
    "false,true,false",
    "false,false,true",
    "false,false,false"
  })
  void everyByteComesThroughOnce(boolean sack, boolean timestamps, boolean scaling)
      throws Exception {
    site.negotiate(sack, timestamps, scaling);
    boolean alike = sack && timestamps && scaling; // all of these; of others some
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      List<Future<?>> moves = new ArrayList<>();
      for (TcpImage.Family family : TcpImage.Family.values()) {
        for (Travelling.Queues queues :
            alike
                ? List.of(Travelling.Queues.values())
                : List.of(Travelling.Queues.EMPTY, Travelling.Queues.ALL)) {
          for (boolean inPlace : alike ? List.of(true, false) : List.of(true)) {
            Case each = new Case(family, queues, inPlace);
            moves.add(
                threads.submit(
                    () -> {
                      goRound(each, new TcpImage.Negotiated(1, scaling, 0, 0, sack, timestamps, 0));
                      return null;
                    }));
          }
        }
      }
      for (Future<?> move : moves) {
        move.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  /** To one host, to another and back, by turns in place and on a new socket. */
  private static void goRound(Case each, TcpImage.Negotiated expected) throws Exception {
    try (Travelling connection = Travelling.connect(site, each.family, 0)) {
      connection.talk();
      connection.bringAbout(each.queues);
      connection.move(network.first, each.inPlace, expected);
      connection.talk();
      connection.bringAbout(each.queues);
      connection.move(network.second, !each.inPlace, expected);
      connection.talk();
      connection.move(network.contact, each.inPlace, expected);
      connection.talk();
      connection.end();
    } catch (Throwable e) {
      throw new AssertionError(each.toString(), e);
    }
  }

  @ParameterizedTest
  @EnumSource(TcpImage.Family.class)
  void segmentsStaySmallForAClientThatTakesNoLargerOnes(TcpImage.Family family) throws Exception {
    int largest = 400;
    try (Travelling connection = Travelling.connect(site, family, largest)) {
      for (Network.Host host : List.of(network.first, network.second, network.contact)) {
        connection.bringAbout(Travelling.Queues.ALL);
        connection.move(host, true, null);
        assertThat(connection.info().sendMss()).isBetween(largest - 20, largest);
        connection.talk();
      }
      connection.end();
    }
  }

  @Test
  void whatTheServerHasSetGoesFromHostToHost() throws Exception {
    try (Travelling connection = Travelling.connect(site, TcpImage.Family.IPV6, 0)) {
      Map<Option, Integer> unusual =
          Map.of(
              Option.SO_KEEPALIVE, 1,
              Option.TCP_KEEPIDLE, 111,
              Option.TCP_KEEPINTVL, 12,
              Option.TCP_KEEPCNT, 5,
              Option.TCP_USER_TIMEOUT, 54_321,
              Option.TCP_NODELAY, 1,
              Option.SO_PRIORITY, 5,
              Option.IPV6_TCLASS, 0x48,
              Option.SO_RCVBUF, 100_000);
      for (Map.Entry<Option, Integer> option : unusual.entrySet()) {
        RawSocket.set(connection.fd, option.getKey(), option.getValue());
      }
      Map<Option, Integer> before = read(connection.fd, unusual);
      for (Network.Host host : List.of(network.first, network.second, network.contact)) {
        connection.move(host, host != network.first, null);
        assertThat(read(connection.fd, unusual)).isEqualTo(before);
      }
      connection.talk();
      connection.end();
    }
  }

  private static Map<Option, Integer> read(int fd, Map<Option, Integer> which) throws IOException {
    Map<Option, Integer> values = new EnumMap<>(Option.class);
    for (Option option : which.keySet()) {
      values.put(option, RawSocket.get(fd, option));
    }
    return values;
  }

  @Test
  void aClientThatHasFinishedSendingIsServedToTheEndWhereItIs() throws Exception {
    try (Travelling connection = Travelling.connect(site, TcpImage.Family.IPV6, 0)) {
      connection.move(network.first, true, null);
      connection.client.shutdownOutput();
      await().until(() -> connection.info().state() == TcpState.CLOSE_WAIT);
      assertThatThrownBy(() -> connection.move(network.second, true, null))
          .isInstanceOf(NotMovableException.class)
          .hasMessageContaining("CLOSE_WAIT");
      connection.down.flow(connection.server(), connection.clientEnd, 100_000);
      connection.finishSending();
      assertThat(connection.clientEnd.read(ByteBuffer.allocate(1), 10_000))
          .as("the end of the stream")
          .isEqualTo(-1);
    }
  }

  /** Its FIN meets a deaf socket and is sent again, to the acceptor. */
  @Test
  void aClientThatFinishesSendingDuringTheMoveIsHeardByTheAcceptor() throws Exception {
    try (Travelling connection = Travelling.connect(site, TcpImage.Family.IPV4, 0)) {
      connection.whileFrozen = () -> connection.client.shutdownOutput();
      connection.move(network.first, true, null);
      assertThat(connection.server().read(ByteBuffer.allocate(1), 10_000)).isEqualTo(-1);
      connection.down.flow(connection.server(), connection.clientEnd, 100_000);
    }
  }

  /** Its reset meets a deaf socket; the acceptor's window probe is answered with another. */
  @Test
  void aClientThatIsGoneAfterTheMoveIsGoneAtTheAcceptor() throws Exception {
    try (Travelling connection = Travelling.connect(site, TcpImage.Family.IPV6, 0)) {
      connection.whileFrozen =
          () -> {
            connection.client.setOption(StandardSocketOptions.SO_LINGER, 0);
            connection.clientEnd.close();
            connection.client.close();
          };
      connection.move(network.first, true, null);
      await().until(() -> connection.info().state() == TcpState.CLOSE);
    }
  }

  /** Its kernel may even send again what it has sent before. */
  @Test
  void aDonorThatIsSlowToLetGoDoesNotDisturbTheClient() throws Exception {
    try (Travelling connection = Travelling.connect(site, TcpImage.Family.IPV6, 0)) {
      connection.talk();
      connection.bringAbout(Travelling.Queues.LOST);
      connection.beforeRelease =
          () -> {
            long deadline = System.nanoTime() + Duration.ofMillis(700).toNanos();
            while (System.nanoTime() < deadline) {
              connection.talk();
            }
          };
      connection.move(network.first, true, null);
      connection.talk();
      connection.end();
    }
  }
}
