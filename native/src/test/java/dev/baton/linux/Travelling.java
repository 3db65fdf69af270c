package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.linux.steer.Flow;
import dev.baton.linux.steer.Network;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A connection of the client, whose other end is now here, now there. */
final class Travelling implements AutoCloseable {

  private static final int TIMEOUT_MILLIS = 10_000;

  /** What is under way at the moment of the freeze. */
  enum Queues {
    EMPTY,
    /** Sent, and lost on the way to the client. */
    LOST,
    /** Sent, and the client has them, but its acknowledgments are lost. */
    UNACKNOWLEDGED,
    /** The client does not read: its window is closed, our buffer is full. */
    UNSENT,
    /** The server does not read. */
    UNREAD,
    /** The client sends while both sockets are frozen. */
    COMING,
    /** All at once. */
    ALL;

    boolean includes(Queues other) {
      return this == other || this == ALL;
    }
  }

  interface Step {
    void run() throws Exception;
  }

  private final OneAddress site;
  final Stream down = new Stream(1);
  final Stream up = new Stream(2);
  final SocketChannel client;
  final ClientSocket clientEnd;
  private final TcpImage.Family family;

  /** The server's end; owned by this object. */
  int fd;

  Queues queues = Queues.EMPTY;
  Step whileFrozen = () -> {};
  Step beforeRelease = () -> {};

  private Travelling(OneAddress site, TcpImage.Family family, SocketChannel client, int fd)
      throws IOException {
    this.site = site;
    this.family = family;
    this.client = client;
    this.clientEnd = new ClientSocket(RawSocket.duplicate(Descriptors.of(client)));
    this.fd = fd;
  }

  /**
   * Connects to the contact address.
   *
   * @param segment the largest segment the client takes; 0 for what its link takes
   */
  static Travelling connect(OneAddress site, TcpImage.Family family, int segment) throws Exception {
    SocketChannel client =
        site.network.client.call(
            () ->
                SocketChannel.open(
                    family == TcpImage.Family.IPV6
                        ? StandardProtocolFamily.INET6
                        : StandardProtocolFamily.INET));
    client.setOption(StandardSocketOptions.TCP_NODELAY, true);
    if (segment > 0) {
      RawSocket.set(Descriptors.of(client), Option.TCP_MAXSEG, segment);
    }
    ServerSocketChannel listener = site.listener(site.network.contact, family);
    InetAddress contact = Network.contactAddress(family == TcpImage.Family.IPV6);
    synchronized (listener) {
      client.connect(new InetSocketAddress(contact, OneAddress.port(family)));
      try (SocketChannel server = listener.accept()) {
        return new Travelling(site, family, client, RawSocket.duplicate(Descriptors.of(server)));
      }
    }
  }

  ClientSocket server() throws IOException {
    return new ClientSocket(RawSocket.duplicate(fd));
  }

  TcpInfo info() throws IOException {
    return TcpInfo.of(fd);
  }

  /** Bytes go both ways, those that were on their way before too. */
  void talk() throws Exception {
    try (ClientSocket server = server()) {
      down.flow(server, clientEnd, 60_000);
      up.flow(clientEnd, server, 40_000);
      Stream.assertSilent(clientEnd);
      Stream.assertSilent(server);
    }
  }

  void bringAbout(Queues which) throws Exception {
    queues = which;
    try (ClientSocket server = server()) {
      if (queues.includes(Queues.UNREAD)) {
        up.write(clientEnd, 30_000);
        await().until(() -> server.unread() == 30_000);
      }
      if (queues.includes(Queues.UNACKNOWLEDGED)) {
        Repair.deafen(fd);
        down.write(server, 6_000);
      }
      if (queues.includes(Queues.LOST)) {
        Repair.deafen(Descriptors.of(client));
        down.write(server, 7_000);
      }
      if (queues.includes(Queues.UNSENT)) {
        await().until(this::isFull);
      }
    }
  }

  /** Whether nothing more can be written or sent. */
  private boolean isFull() throws Exception {
    down.writeUntilFull(fd);
    long before = down.written();
    Thread.sleep(20);
    down.writeUntilFull(fd);
    return down.written() == before && RawSocket.queueLength(fd, SystemCalls.SIOCOUTQNSD) > 0;
  }

  /**
   * Moves the server's end.
   *
   * @param expected what was negotiated, as far as it is a yes or no; null for whatever it was
   */
  void move(Network.Host to, boolean inPlace, TcpImage.Negotiated expected) throws Exception {
    try (TcpConnection donor = TcpConnection.of(fd)) {
      if (!queues.includes(Queues.UNSENT)) {
        await().until(() -> donor.unsent() == 0); // pacing
      }
      donor.freeze();
      TcpImage image = donor.extract();
      assertQueues(image);
      Repair.undeafen(Descriptors.of(client));
      if (queues.includes(Queues.COMING)) {
        up.write(clientEnd, 5_000);
      }
      whileFrozen.run();
      byte[] travelling = image.toBytes();
      int arrived = activate(to, TcpImage.fromBytes(travelling), inPlace, expected);
      int left = fd;
      fd = arrived;
      beforeRelease.run();
      donor.release();
      RawSocket.close(left);
    }
    queues = Queues.EMPTY;
  }

  private int activate(
      Network.Host to, TcpImage image, boolean inPlace, TcpImage.Negotiated expected)
      throws Exception {
    Flow flow = new Flow(image.remote(), image.local());
    try (TcpConnection acceptor =
        inPlace ? become(to, image) : to.call(() -> TcpConnection.recreate(image))) {
      if (to == site.network.contact) {
        site.table.unsteer(flow);
      } else {
        site.table.steer(flow, to.address(true));
      }
      acceptor.activate();
      if (expected != null) {
        TcpInfo info = acceptor.info();
        assertThat(info.sack()).isEqualTo(expected.sack());
        assertThat(info.timestamps()).isEqualTo(expected.timestamps());
        assertThat(info.windowScaling()).isEqualTo(expected.windowScaling());
      }
      return acceptor.detach();
    }
  }

  /** Out of a connection of the host's own, whose other end is closed then. */
  private TcpConnection become(Network.Host host, TcpImage image) throws Exception {
    ServerSocketChannel listener = site.listener(host, family);
    Loopback rehearsal;
    synchronized (listener) {
      rehearsal = host.call(() -> Loopback.connect(listener, family));
    }
    try (rehearsal) {
      TcpConnection acceptor = rehearsal.connection();
      acceptor.freeze();
      acceptor.become(image);
      return acceptor;
    }
  }

  private void assertQueues(TcpImage image) {
    assertThat(image.complete()).isTrue();
    assertThat(image.unread().length).isEqualTo(queues.includes(Queues.UNREAD) ? 30_000 : 0);
    if (queues.includes(Queues.UNSENT)) {
      assertThat(image.unsent()).isNotEmpty();
    } else {
      int lost = queues.includes(Queues.LOST) ? 7_000 : 0;
      int heard = queues.includes(Queues.UNACKNOWLEDGED) ? 6_000 : 0;
      assertThat(image.unacknowledged().length).isEqualTo(lost + heard);
      assertThat(image.unsent()).isEmpty();
    }
  }

  void finishSending() throws IOException {
    try (TcpConnection connection = TcpConnection.of(fd)) {
      connection.shutdownOutput();
    }
  }

  /** Both directions end, one after the other, and both ends hear it. */
  void end() throws Exception {
    finishSending();
    ByteBuffer none = ByteBuffer.allocate(1);
    assertThat(clientEnd.read(none, TIMEOUT_MILLIS)).isEqualTo(-1);
    try (ClientSocket server = server()) {
      up.flow(clientEnd, server, 10_000);
      client.shutdownOutput();
      assertThat(server.read(none, TIMEOUT_MILLIS)).isEqualTo(-1);
    }
  }

  @Override
  public void close() throws IOException {
    clientEnd.close();
    client.close();
    RawSocket.close(fd);
  }
}
