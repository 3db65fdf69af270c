package dev.baton.http;

import static dev.baton.http.Connections.GET;
import static dev.baton.http.Connections.buffer;
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
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * Where an independent parser and the tracker disagree about the end of a message, the tracker must
 * have said that the connection is not to be moved.
 */
class TrackerAgainstNettyTest {
  private static final int ROUNDS = Integer.getInteger("baton.fuzz.rounds", 6000);

  @Test
  void requestsEndWhereNettySaysOrTheConnectionStays() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      RandomGenerator random = random(seed);
      byte[] stream = HostileHttp.requests(random);
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
      byte[] stream = HostileHttp.responses(random);
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

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }
}
