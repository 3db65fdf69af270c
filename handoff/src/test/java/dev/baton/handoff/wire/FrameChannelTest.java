package dev.baton.handoff.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrameChannelTest {
  private static final Message SAMPLE =
      new Message.Prepare(
          "a-1",
          new Endpoint(new byte[] {127, 0, 0, 1}, 40112),
          new Endpoint(new byte[] {127, 0, 0, 1}, 8080),
          new byte[] {1, 2, 3});

  @TempDir private Path folder;
  private SocketChannel peer;
  private FrameChannel channel;

  @BeforeEach
  void connect() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      peer = SocketChannel.open(address);
      channel = FrameChannel.over(server.accept());
    }
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    channel.close();
  }

  @Test
  void aMessageArrivesAsItWasSentThoughItComesByteByByte() throws Exception {
    byte[] body = FrameChannel.encode(SAMPLE);
    CompletableFuture<Message> received = CompletableFuture.supplyAsync(this::receive);
    ByteBuffer frame = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).flip();
    while (frame.hasRemaining()) {
      peer.write(ByteBuffer.wrap(new byte[] {frame.get()}));
    }
    assertThat(received.get()).usingRecursiveComparison().isEqualTo(SAMPLE);
  }

  @Test
  void severalMessagesInOneWriteAreTakenApart() throws Exception {
    byte[] body = FrameChannel.encode(SAMPLE);
    ByteBuffer frames = ByteBuffer.allocate(3 * (4 + body.length));
    for (int i = 0; i < 3; i++) {
      frames.putInt(body.length).put(body);
    }
    peer.write(frames.flip());
    for (int i = 0; i < 3; i++) {
      assertThat(channel.receive(1_000)).isInstanceOf(Message.Prepare.class);
    }
  }

  @Test
  void sendingToAPeerThatIsGoneSaysThatItHasHungUp() throws Exception {
    peer.close();
    assertThatThrownBy(() -> channel.send(SAMPLE, 1_000))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining("hung up");
  }

  @Test
  void anOverlongLengthIsRefusedBeforeAnythingIsAllocated() throws Exception {
    peer.write(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).flip());
    assertThatThrownBy(() -> channel.receive(1_000))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("2147483647 bytes");
  }

  @Test
  void aNegativeLengthIsRefused() throws Exception {
    peer.write(ByteBuffer.allocate(4).putInt(-1).flip());
    assertThatThrownBy(() -> channel.receive(1_000)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void aPeerThatStallsInTheMiddleIsGivenUp() throws Exception {
    peer.write(ByteBuffer.allocate(6).putInt(100).put((byte) 1).put((byte) 2).flip());
    assertThatThrownBy(() -> channel.receive(50))
        .isInstanceOf(SocketTimeoutException.class)
        .hasMessageContaining("stalled for 50 ms");
  }

  @Test
  void aPeerThatNeverReadsIsGivenUp() {
    Message big = new Message.Init(new byte[8 << 20], null, 0, null);
    assertThatThrownBy(() -> channel.send(big, 50)).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void aPeerThatHangsUpInTheMiddleIsNoticed() throws Exception {
    peer.write(ByteBuffer.allocate(6).putInt(100).put((byte) 1).put((byte) 2).flip());
    peer.close();
    assertThatThrownBy(() -> channel.receive(1_000)).isInstanceOf(EOFException.class);
  }

  @Test
  void aPeerThatHasHungUpIsSeenWithoutWaiting() throws Exception {
    assertThat(channel.ended()).isFalse();
    peer.close();
    assertThat(channel.ended()).isTrue();
  }

  @Test
  void aRefusalReachesTheCallerInThePeersWords() throws Exception {
    byte[] body = FrameChannel.encode(new Message.Refuse("the digest differs"));
    peer.write(ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).flip());
    assertThatThrownBy(() -> channel.receive(Message.Ready.class, 1_000))
        .isInstanceOf(RefusedException.class)
        .hasMessage("the digest differs");
  }

  @Test
  void anArrayWhoseTypeIsNullIsNoMessage() {
    byte[] body = {(byte) 0x86, (byte) 0xf7, 0, 0, 0, 0, 0}; // CBOR: [undefined, 0, 0, 0, 0, 0]
    assertThatThrownBy(() -> FrameChannel.decode(body))
        .isInstanceOf(ProtocolException.class)
        .hasMessageStartingWith("a frame that is no message");
  }

  @Test
  void mutatedMessagesEndInAMessageOrAProtocolExceptionAndNothingElse() throws Exception {
    long seed = RandomGenerator.getDefault().nextLong();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    byte[] body = FrameChannel.encode(SAMPLE);
    for (int i = 0; i < 10_000; i++) {
      byte[] mutated = body.clone();
      for (int n = random.nextInt(1, 5); n > 0; n--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(FrameChannel.decode(mutated)).isNotNull();
      } catch (ProtocolException e) {
        assertThat(e.getMessage()).as("seed %d", seed).startsWith("a frame that is no message");
      }
    }
  }

  private Message receive() {
    try {
      return channel.receive(5_000);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
