package dev.baton.http;

import static dev.baton.http.Connections.GET;
import static dev.baton.http.Connections.POLICY;
import static dev.baton.http.Connections.buffer;
import static dev.baton.http.Connections.tracker;
import static dev.baton.http.Connections.travelled;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * Whole handoffs, many of them: what the client has from the donor, from the joint and from the
 * acceptor's server has to be one correct response to an independent client.
 */
class HandoffTest {
  private static final String FIELDS =
      "Content-Type: text/plain\r\nETag: \"v1\"\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
  private static final String TRAILER = "X-Sum: 123456\r\nX-More: 1\r\n";

  private static final int[] PACES = {1, 3, 40};

  /** A server's answer, of which more and more has been written. */
  private static final class Server {
    final byte[] answer;
    final int pace;
    int taken;
    int written;

    Server(byte[] answer, int pace) {
      this.answer = answer;
      this.pace = pace;
    }

    ByteBuffer write(RandomGenerator random) {
      written = Math.min(answer.length, written + random.nextInt(1, pace + 1));
      return unread();
    }

    ByteBuffer unread() {
      return ByteBuffer.wrap(answer, taken, written - taken);
    }
  }

  /** One client connection and all that reached the client on it. */
  private static final class Client {
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    HttpTracker tracker = tracker();
    byte[] answer;
    int sent;

    Client(byte[] answer) {
      this.answer = answer;
      tracker.request(buffer(GET));
    }

    void send(int to, RandomGenerator random) {
      while (sent < to) {
        int count = random.nextInt(1, to - sent + 1);
        received.write(answer, sent, count);
        tracker.response(ByteBuffer.wrap(answer, sent, count));
        sent += count;
      }
    }

    /** Hands off while the donor goes on sending up to {@code cutAt}. */
    void handOff(byte[] regenerated, int cutAt, RandomGenerator random) throws RefusedException {
      send(random.nextInt(Math.max(sent, 1), cutAt + 1), random);
      Rehearsal rehearsal = Rehearsal.of(travelled(tracker), POLICY);
      Server server = new Server(regenerated, PACES[random.nextInt(PACES.length)]);
      feedUntilReady(rehearsal, server, random.nextBoolean(), random);
      send(cutAt, random);
      assertThat(rehearsal.advance(travelled(tracker))).isTrue();
      feedUntilReady(rehearsal, server, true, random);
      if (rehearsal.refusal() != null) {
        throw new RefusedException(rehearsal.refusal());
      }
      boolean closed = random.nextInt(8) == 0;
      ByteBuffer rest = random.nextBoolean() ? server.unread() : server.write(random);
      if (closed) {
        server.written = server.answer.length;
        rest.limit(server.written);
      }
      Cut cut = rehearsal.cut(rest, closed);
      received.writeBytes(cut.first());
      tracker = cut.tracker();
      answer = regenerated;
      sent = server.written;
      assertThat(tracker.bytesWritten()).isEqualTo(received.size());
    }

    private static void feedUntilReady(
        Rehearsal rehearsal, Server server, boolean joint, RandomGenerator random) {
      while (rehearsal.refusal() == null
          && !(joint ? rehearsal.readyToCut() : rehearsal.reached())) {
        int before = server.written;
        ByteBuffer bytes = server.write(random);
        assertThat(server.written > before || bytes.hasRemaining())
            .as("the server has written everything and it is not enough")
            .isTrue();
        server.taken += rehearsal.feed(bytes);
      }
    }
  }

  @Test
  void clientReceivesEveryByteOfAChunkedBodyWhereverTheDonorStopped() throws Exception {
    for (long seed = 0; seed < 60; seed++) {
      RandomGenerator random = random(seed);
      byte[] body = Responses.body(random, random.nextInt(0, 120));
      String trailer = random.nextBoolean() ? TRAILER : "";
      byte[] ours = Responses.chunked(random, FIELDS, body, trailer);
      for (int cutAt = 1; cutAt < ours.length; cutAt++) {
        byte[] theirs = Responses.chunked(random, FIELDS, body, trailer);
        checkHandOff(seed, ours, theirs, cutAt, body, random);
      }
    }
  }

  @Test
  void clientReceivesEveryByteOfASizedBodyWhereverTheDonorStopped() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      RandomGenerator random = random(seed);
      byte[] body = Responses.body(random, random.nextInt(1, 120));
      byte[] response = Responses.sized(FIELDS, body);
      for (int cutAt = 1; cutAt < response.length; cutAt++) {
        checkHandOff(seed, response, response, cutAt, body, random);
      }
    }
  }

  @Test
  void clientReceivesEveryByteOfABodyEndedByTheConnectionWhereverTheDonorStopped()
      throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      RandomGenerator random = random(seed);
      byte[] body = Responses.body(random, random.nextInt(1, 120));
      byte[] response = Responses.untilClose(FIELDS, body);
      for (int cutAt = 1; cutAt < response.length; cutAt++) {
        checkHandOff(seed, response, response, cutAt, body, random);
      }
    }
  }

  private static void checkHandOff(
      long seed, byte[] ours, byte[] theirs, int cutAt, byte[] body, RandomGenerator random)
      throws RefusedException {
    Client client = new Client(ours);
    try {
      client.handOff(theirs, cutAt, random);
      finish(client, body, random);
    } catch (RefusedException | AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ", cut at byte " + cutAt, e);
    }
  }

  @Test
  void clientReceivesEveryByteAfterManyHandoffsOfOneResponse() throws Exception {
    for (long seed = 0; seed < 2000; seed++) {
      RandomGenerator random = random(seed);
      byte[] body = Responses.body(random, random.nextInt(1, 2000));
      Client client = new Client(Responses.chunked(random, FIELDS, body, TRAILER));
      List<String> hops = new ArrayList<>();
      try {
        for (int hop = 0; hop < 6; hop++) {
          client.send(Math.max(client.sent, 1), random);
          if (client.sent == client.answer.length) {
            break;
          }
          int room = client.answer.length - client.sent;
          int cutAt = client.sent + random.nextInt(Math.min(room, 600));
          hops.add(client.sent + ">" + cutAt);
          client.handOff(Responses.chunked(random, FIELDS, body, TRAILER), cutAt, random);
        }
        finish(client, body, random);
      } catch (RefusedException | AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ", hops " + hops, e);
      }
    }
  }

  private static void finish(Client client, byte[] body, RandomGenerator random) {
    client.send(client.answer.length, random);
    Responses.Received received = Responses.receive(client.received.toByteArray(), true);
    assertThat(received.complete()).isTrue();
    assertThat(Arrays.equals(received.body(), body)).as("body").isTrue();
    assertThat(client.tracker.phase()).isIn(Phase.IDLE, Phase.CLOSING, Phase.RESPONSE);
    if (client.tracker.phase() == Phase.RESPONSE) {
      assertThat(client.tracker.endsWithConnection()).isTrue();
    }
  }

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }
}
