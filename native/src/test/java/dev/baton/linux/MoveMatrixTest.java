package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every kind of connection, with every kind of queue, to a socket in place and to a new one: the
 * bytes of both directions come through exactly once.
 */
class MoveMatrixTest {

  /** What is under way at the moment of the freeze. */
  private enum Queues {
    EMPTY,
    /** Sent, and lost on the way to the client. */
    LOST,
    /** Sent, and the client has them, but its acknowledgments are lost. */
    UNACKNOWLEDGED,
    /** The client does not read: its window is closed, our buffer is full. */
    UNSENT,
    /** The server does not read. */
    UNREAD,
    /** All at once. */
    ALL;

    boolean includes(Queues other) {
      return this == other || this == ALL;
    }
  }

  private record Case(TcpImage.Family family, Queues queues, boolean inPlace) {}

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
    PrivateNetwork.run(
        () -> {
          PrivateNetwork.sysctl("tcp_sack", sack);
          PrivateNetwork.sysctl("tcp_timestamps", timestamps);
          PrivateNetwork.sysctl("tcp_window_scaling", scaling);
          ExecutorService threads = Executors.newFixedThreadPool(8); // inherit the namespace
          try {
            List<Future<?>> moves = new ArrayList<>();
            for (TcpImage.Family family : TcpImage.Family.values()) {
              for (Queues queues : Queues.values()) {
                for (boolean inPlace : new boolean[] {true, false}) {
                  Case each = new Case(family, queues, inPlace);
                  moves.add(threads.submit(() -> move(each, sack, timestamps, scaling)));
                }
              }
            }
            for (Future<?> move : moves) {
              move.get();
            }
          } finally {
            threads.shutdown();
          }
          return null;
        });
  }

  private static Void move(Case each, boolean sack, boolean timestamps, boolean scaling)
      throws Exception {
    Stream down = new Stream(1);
    Stream up = new Stream(2);
    try (Loopback pair = Loopback.connect(each.family);
        Loopback rehearsal = Loopback.connect(pair.listener(), each.family);
        Listener listener = Listener.of(Descriptors.of(pair.listener()), 1)) {
      listener.guard((InetSocketAddress) pair.client().getLocalAddress());
      int serverFd = Descriptors.of(pair.server());
      int clientFd = Descriptors.of(pair.client());
      try (ClientSocket client = new ClientSocket(RawSocket.duplicate(clientFd))) {
        try (ClientSocket server = new ClientSocket(RawSocket.duplicate(serverFd))) {
          down.flow(server, client, 50_000);
          up.flow(client, server, 20_000);
          bringAbout(each.queues, serverFd, clientFd, down, up, server, client);
        }
        TcpImage image = takeOut(pair, each);
        Repair.undeafen(clientFd);
        assertThat(image.negotiated().sack()).as(each + " SACK").isEqualTo(sack);
        assertThat(image.negotiated().timestamps()).as(each + " timestamps").isEqualTo(timestamps);
        assertThat(image.negotiated().windowScaling()).as(each + " scaling").isEqualTo(scaling);
        TcpConnection moved = putBack(rehearsal, each, TcpImage.fromBytes(image.toBytes()));
        try (moved) {
          moved.activate();
          TcpInfo info = moved.info();
          assertThat(info.sack()).isEqualTo(sack);
          assertThat(info.timestamps()).isEqualTo(timestamps);
          assertThat(info.windowScaling()).isEqualTo(scaling);
          int fd =
              each.inPlace
                  ? RawSocket.duplicate(Descriptors.of(rehearsal.server()))
                  : moved.detach();
          try (ClientSocket server = new ClientSocket(fd)) {
            down.flow(server, client, 300_000);
            up.flow(client, server, 200_000);
            Stream.assertSilent(client);
            Stream.assertSilent(server);
          }
        }
      }
    } catch (Throwable e) {
      throw new AssertionError(each.toString(), e);
    }
    return null;
  }

  private static void bringAbout(
      Queues queues,
      int serverFd,
      int clientFd,
      Stream down,
      Stream up,
      ClientSocket server,
      ClientSocket client)
      throws Exception {
    if (queues.includes(Queues.UNREAD)) {
      up.write(client, 30_000);
    }
    if (queues.includes(Queues.UNACKNOWLEDGED)) {
      Repair.deafen(serverFd);
      down.write(server, 6_000);
    }
    if (queues.includes(Queues.LOST)) {
      Repair.deafen(clientFd);
      down.write(server, 7_000);
    }
    if (queues.includes(Queues.UNSENT)) {
      down.writeUntilFull(serverFd);
    }
  }

  private static TcpImage takeOut(Loopback pair, Case each) throws Exception {
    try (TcpConnection donor = pair.connection()) {
      if (!each.queues.includes(Queues.UNSENT)) {
        await().until(() -> donor.unsent() == 0); // pacing
      }
      donor.freeze();
      TcpImage image = donor.extract();
      Queues queues = each.queues;
      assertThat(image.complete()).isTrue();
      assertThat(image.unread().length).isEqualTo(queues.includes(Queues.UNREAD) ? 30_000 : 0);
      if (queues.includes(Queues.UNSENT)) {
        assertThat(image.unsent()).isNotEmpty();
      } else {
        int lost = queues.includes(Queues.LOST) ? 7_000 : 0;
        int heard = queues.includes(Queues.UNACKNOWLEDGED) ? 6_000 : 0;
        assertThat(image.unacknowledged().length).as(each.toString()).isEqualTo(lost + heard);
        assertThat(image.unsent()).isEmpty();
      }
      donor.release();
      return image;
    }
  }

  private static TcpConnection putBack(Loopback rehearsal, Case each, TcpImage image)
      throws Exception {
    if (!each.inPlace) {
      return TcpConnection.recreate(image);
    }
    TcpConnection acceptor = rehearsal.connection();
    acceptor.freeze();
    acceptor.become(image);
    return acceptor;
  }
}
