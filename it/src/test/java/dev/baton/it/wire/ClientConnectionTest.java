package dev.baton.it.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.demo.Content;
import dev.baton.it.wire.Reply.Framing;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that is to prove others right has to notice when they are wrong. */
class ClientConnectionTest {

  private static final Request REQUEST = Request.get("/x");
  private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  private final ServerSocket listener;

  ClientConnectionTest() throws IOException {
    listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
  }

  @Test
  void takesABodyWithALength() throws IOException {
    Reply reply = receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello");

    assertThat(reply.framing()).isEqualTo(Framing.LENGTH);
    assertThat(reply.status()).isEqualTo(200);
  }

  @Test
  void takesChunksOfAnySizeAndATrailer() throws IOException {
    Reply reply = receive(CHUNKED + "1\r\nh\r\n003\r\nell\r\n1\r\no\r\n0\r\nT: x\r\n\r\n", "hello");

    assertThat(reply.framing()).isEqualTo(Framing.CHUNKED);
  }

  @Test
  void takesABodyThatEndsWithTheConnection() throws IOException {
    assertThat(receive("HTTP/1.0 200 OK\r\n\r\nhello", "hello").framing()).isEqualTo(Framing.CLOSE);
  }

  @Test
  void skipsInterimResponses() throws IOException {
    Reply reply =
        receive("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "");

    assertThat(reply.interim()).containsExactly(100);
  }

  @Test
  void tellsWhichByteIsWrongAndWhereTheBytesComeFrom() {
    byte[] right = new byte[1000];
    new Content(0, 1).fill(0, right, 0, right.length);
    byte[] skipped = right.clone();
    new Content(0, 1).fill(507, skipped, 500, 500);
    String response =
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + new String(skipped, ISO_8859_1);

    assertThatThrownBy(() -> receive(response, ExpectedBody.generated(0, 1, 1000)))
        .isInstanceOf(WrongBytes.class)
        .hasMessageContaining("byte 500 of 1,000")
        .hasMessageContaining("belongs to 507: +7 bytes");
  }

  @Test
  void noticesABodyThatIsTooShortOrTooLong() {
    assertThatThrownBy(() -> receive("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell", "hello"))
        .isInstanceOf(WrongBytes.class)
        .hasMessageContaining("4 body bytes instead of 5");
    assertThatThrownBy(() -> receive("HTTP/1.0 200 OK\r\n\r\nhellos", "hello"))
        .isInstanceOf(WrongBytes.class)
        .hasMessageContaining("goes on after its 5 bytes");
  }

  @Test
  void noticesAConnectionThatEndsEarly() {
    assertThatThrownBy(() -> receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "hello"))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining("3 bytes into the body, 2 before its end");
  }

  @Test
  void noticesBrokenChunks() {
    assertThatThrownBy(() -> receive(CHUNKED + "5\r\nhelloX\r\n0\r\n\r\n", "hello"))
        .hasMessageContaining("a chunk ends with X");
    assertThatThrownBy(() -> receive(CHUNKED + "x5\r\nhello\r\n0\r\n\r\n", "hello"))
        .hasMessageContaining("not a chunk size");
    assertThatThrownBy(() -> receive(CHUNKED + "5\nhello\r\n0\r\n\r\n", "hello"))
        .hasMessageContaining("not a line");
  }

  @Test
  void noticesBytesNobodyAskedFor() throws IOException {
    try (ClientConnection client = connect("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP")) {
      client.exchange(REQUEST, ExpectedBody.text("ok"));

      assertThatThrownBy(client::expectNothingMore).hasMessageContaining("4 bytes after");
    }
  }

  @Test
  void readsNoFasterThanItsPace() throws IOException {
    String response =
        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
            + new String(generated(100_000), ISO_8859_1);
    long start = System.nanoTime();
    try (ClientConnection client = connect(response, Pace.bytesPerSecond(400_000))) {
      client.exchange(REQUEST, ExpectedBody.generated(0, 1, 100_000));
    }

    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(230));
  }

  @Test
  void remembersHowLongTheServerKeptItWaiting() throws Exception {
    CompletableFuture<OutputStream> server = new CompletableFuture<>();
    try (ClientConnection client = ClientConnection.open(address())) {
      Socket accepted = listener.accept();
      accepted
          .getOutputStream()
          .write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab".getBytes(ISO_8859_1));
      Download download = Download.start(client, REQUEST, ExpectedBody.text("abcd"));
      download.awaitReceived(2);
      long waiting = System.nanoTime();
      server.completeOnTimeout(accepted.getOutputStream(), 150, TimeUnit.MILLISECONDS);
      server.get().write("cd".getBytes(ISO_8859_1));
      download.finish();
      long over = System.nanoTime();

      assertThat(client.waits().longestNanos()).isBetween(140_000_000L, over - waiting + 1_000_000);
      assertThat(client.waits().longestNanosBetween(waiting, over))
          .isEqualTo(client.waits().longestNanos());
      assertThat(client.waits().longestNanosBetween(over, over + 1)).isZero();
    }
  }

  private Reply receive(String response, String expected) throws IOException {
    return receive(response, ExpectedBody.text(expected));
  }

  private Reply receive(String response, ExpectedBody expected) throws IOException {
    try (ClientConnection client = connect(response)) {
      return client.exchange(REQUEST, expected);
    }
  }

  private ClientConnection connect(String response) throws IOException {
    return connect(response, Pace.unlimited());
  }

  /** Connects to a server that sends these bytes and no more. */
  private ClientConnection connect(String response, Pace pace) throws IOException {
    ClientConnection client = ClientConnection.open(address(), pace, 0);
    Socket accepted = listener.accept();
    accepted.getOutputStream().write(response.getBytes(ISO_8859_1));
    accepted.shutdownOutput();
    return client;
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  private static byte[] generated(int bytes) {
    byte[] content = new byte[bytes];
    new Content(0, 1).fill(0, content, 0, bytes);
    return content;
  }
}
