package dev.baton.http;

import static dev.baton.http.Connections.GET;
import static dev.baton.http.Connections.buffer;
import static dev.baton.http.Connections.bytes;
import static dev.baton.http.Connections.text;
import static dev.baton.http.Connections.tracker;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * Where an independent parser and the tracker disagree about the end of a message, the tracker must
 * have said that the connection is not to be moved.
 */
class TrackerAgainstNettyTest {
  private static final int ROUNDS = Integer.getInteger("baton.fuzz.rounds", 6000);

  /** Pieces that valid and invalid messages are made of. */
  private static final List<String> FIELDS =
      List.of(
          "Host: a\r\n",
          "Content-Length: 5\r\n",
          "Content-Length: 0\r\n",
          "content-length:3\r\n",
          "Content-Length: 5, 5\r\n",
          "Content-Length: +5\r\n",
          "Content-Length: 0x5\r\n",
          "Content-Length: 5 \r\n",
          "Content-Length: \r\n",
          "Content-Length : 5\r\n",
          "Content-Length: 99999999999999999999\r\n",
          "Transfer-Encoding: chunked\r\n",
          "transfer-encoding:\tChunked \r\n",
          "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: identity\r\n",
          "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding : chunked\r\n",
          "Transfer-Encoding:\u000bchunked\r\n",
          "Connection: close\r\n",
          "Connection: keep-alive, Upgrade\r\n",
          "Expect: 100-continue\r\n",
          "X-Folded: a\r\n b\r\n",
          "X-Bare: a\n",
          "X-Cr: a\rb\r\n",
          "X-Nul: a\u0000b\r\n",
          " Leading: a\r\n",
          "NoColon\r\n",
          ": empty\r\n",
          "X-\u00e9: a\r\n",
          "X-Obs: \u00e9\r\n",
          "Sec-WebSocket-Key1: 1 1\r\nSec-WebSocket-Key2: 2 2\r\n",
          "Trailer: X-Sum\r\n",
          "Upgrade: h2c\r\n");

  private static final List<String> BODIES =
      List.of(
          "",
          "hello",
          "abc",
          "5\r\nhello\r\n0\r\n\r\n",
          "5;a=b\r\nhello\r\n0\r\n\r\n",
          "5 \r\nhello\r\n0\r\n\r\n",
          "05\r\nhello\r\n3\r\nabc\r\n00\r\nX-Sum: 1\r\n\r\n",
          "5\nhello\n0\n\n",
          "5\r\nhelloXX0\r\n\r\n",
          "5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
          "0x5\r\nhello\r\n0\r\n\r\n",
          "-5\r\nhello\r\n0\r\n\r\n",
          "FFFFFFFFFFFFFFFF\r\nhello",
          "80000000\r\nhello",
          "5;\"\r\nhello\r\n0\r\n\r\n",
          "\r\n5\r\nhello\r\n0\r\n\r\n",
          "0\r\nContent-Length: 7\r\n\r\n",
          "0\r\n\r\n");

  private static final List<String> REQUEST_LINES =
      List.of(
          "GET / HTTP/1.1\r\n",
          "HEAD /a HTTP/1.1\r\n",
          "PUT /b HTTP/1.1\r\n",
          "POST /c?d=e HTTP/1.1\r\n",
          "OPTIONS * HTTP/1.1\r\n",
          "GET / HTTP/1.0\r\n",
          "GET  / HTTP/1.1\r\n",
          "GET / HTTP/1.1 \r\n",
          "GET /a b HTTP/1.1\r\n",
          "GET /\r\n",
          "GET / HTTP/2.0\r\n",
          "GET / HTTP/1.2\r\n",
          "get / http/1.1\r\n",
          "\r\nGET / HTTP/1.1\r\n",
          "GET\t/\tHTTP/1.1\r\n",
          "GET / HTTP/1.1\n",
          "M-SEARCH * HTTP/1.1\r\n");

  private static final List<String> STATUS_LINES =
      List.of(
          "HTTP/1.1 200 OK\r\n",
          "HTTP/1.1 404 Not Found\r\n",
          "HTTP/1.1 100 Continue\r\n",
          "HTTP/1.1 103 Early Hints\r\n",
          "HTTP/1.1 204 No Content\r\n",
          "HTTP/1.1 304 Not Modified\r\n",
          "HTTP/1.1 205 Reset Content\r\n",
          "HTTP/1.1 206 Partial Content\r\n",
          "HTTP/1.1 101 Switching Protocols\r\n",
          "HTTP/1.0 200 OK\r\n",
          "HTTP/1.1 200\r\n",
          "HTTP/1.1 200 \r\n",
          "HTTP/1.1  200 OK\r\n",
          "HTTP/1.1 20 OK\r\n",
          "HTTP/1.1 2000 OK\r\n",
          "HTTP/1.1 000 OK\r\n",
          "HTTP/1.1 999 OK\r\n",
          "HTTP/2 200 OK\r\n",
          "HTTP/1.1 200 O\u0000K\r\n",
          "\r\nHTTP/1.1 200 OK\r\n",
          "HTTP/1.1 200 OK\n");

  @Test
  void requestsEndWhereNettySaysOrTheConnectionStays() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      RandomGenerator random = random(seed);
      byte[] stream = stream(random, REQUEST_LINES, 9);
      HttpTracker tracker = tracker();
      EmbeddedChannel netty =
          new EmbeddedChannel(new HttpRequestDecoder(1 << 16, 1 << 16, 1 << 16));
      compare(
          seed,
          stream,
          netty,
          one -> {
            tracker.request(one);
            return tracker;
          },
          new boolean[0]);
    }
  }

  @Test
  void responsesEndWhereNettySaysOrTheConnectionStays() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      RandomGenerator random = random(seed);
      byte[] stream = stream(random, STATUS_LINES, 11);
      boolean[] head = new boolean[20];
      HttpTracker tracker = tracker();
      for (int i = 0; i < head.length; i++) {
        head[i] = random.nextInt(4) == 0;
        tracker.request(buffer(head[i] ? GET.replace("GET", "HEAD") : GET));
      }
      HeadAwareDecoder decoder = new HeadAwareDecoder(head);
      compare(
          seed,
          stream,
          new EmbeddedChannel(decoder),
          one -> {
            tracker.response(one);
            return tracker;
          },
          head);
    }
  }

  /** Knows, as a client does, which responses answer HEAD. */
  private static final class HeadAwareDecoder extends HttpResponseDecoder {
    private final boolean[] head;
    private int finals;

    HeadAwareDecoder(boolean[] head) {
      super(1 << 16, 1 << 16, 1 << 16);
      this.head = head;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
      int status = ((io.netty.handler.codec.http.HttpResponse) message).status().code();
      boolean interim = status < 200 && status != 101;
      boolean answersHead = finals < head.length && head[finals];
      if (!interim) {
        finals++;
      }
      return (answersHead && !interim) || super.isContentAlwaysEmpty(message);
    }
  }

  private interface Fed {
    HttpTracker with(ByteBuffer one);
  }

  /** Byte by byte, both have to see the same messages end. */
  private static void compare(
      long seed, byte[] stream, EmbeddedChannel netty, Fed fed, boolean[] head) {
    boolean failed = false;
    for (int i = 0; i < stream.length; i++) {
      int ended = 0;
      netty.writeInbound(Unpooled.wrappedBuffer(stream, i, 1));
      for (HttpObject object = netty.readInbound(); object != null; object = netty.readInbound()) {
        failed |= object.decoderResult().isFailure();
        ended += object instanceof LastHttpContent && !failed ? 1 : 0;
        ReferenceCountUtil.release(object);
      }
      HttpTracker tracker = fed.with(ByteBuffer.wrap(stream, i, 1));
      Unmovable reason = tracker.unmovable();
      if (reason != null && reason.permanent() && tracker.phase() != Phase.CLOSING) {
        break;
      }
      boolean ends = head.length == 0 ? tracker.betweenRequests() : tracker.betweenResponses();
      assertThat(ends && failed ? "failed" : ends ? "1 ended" : "0 ended")
          .as("seed %d, byte %d of%n%s", seed, i, text(stream))
          .isEqualTo(ends && failed ? "never" : ended + " ended");
      if (tracker.phase() == Phase.CLOSING) {
        break;
      }
    }
    netty.finishAndReleaseAll();
  }

  private static byte[] stream(RandomGenerator random, List<String> startLines, int tame) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int messages = random.nextInt(1, 4);
    boolean wild = random.nextInt(3) > 0;
    for (int i = 0; i < messages; i++) {
      out.writeBytes(
          bytes(pick(random, startLines, wild && random.nextInt(3) == 0 ? 99 : tame / 2)));
      String framing =
          pick(random, List.of("", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"), 99);
      out.writeBytes(bytes(framing));
      for (int f = random.nextInt(3); f > 0; f--) {
        out.writeBytes(bytes(wild ? pick(random, FIELDS, 99) : "X-Tame: a\r\n"));
      }
      out.writeBytes(bytes("\r\n"));
      String body =
          framing.isEmpty()
              ? ""
              : framing.startsWith("C")
                  ? "hello"
                  : "5\r\nhello\r\n1a;x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX-Sum: 1\r\n\r\n";
      out.writeBytes(bytes(wild && random.nextInt(3) == 0 ? pick(random, BODIES, 99) : body));
    }
    byte[] stream = out.toByteArray();
    if (wild && random.nextInt(3) == 0) {
      int at = random.nextInt(stream.length);
      stream[at] =
          (byte)
              pick(random, List.of("\n", "\r", " ", ":", "0", ";", "\u0000", "\u00ff"), 99)
                  .charAt(0);
    }
    return stream;
  }

  private static String pick(RandomGenerator random, List<String> from, int first) {
    return from.get(random.nextInt(Math.min(first, from.size())));
  }

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }
}
