package dev.baton.http;

import static dev.baton.http.Connections.GET;
import static dev.baton.http.Connections.http;
import static dev.baton.http.Connections.tracker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class ApplicationStateTest {
  private static final String CHUNKED = http("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n");
  private static final List<HttpTracker> TRACKERS =
      List.of(
          tracker(),
          tracker(GET.substring(0, 9), ""),
          tracker(GET + GET, ""),
          tracker(GET, "HTTP/1.1 2"),
          tracker(GET + GET, http("HTTP/1.1 200 OK\nETag: \"a\"\nContent-Length: 9\n\nabc")),
          tracker(GET, http("HTTP/1.1 200 OK\nContent-Type: b\n\nabc")),
          tracker(GET, CHUNKED),
          tracker(GET, CHUNKED + "5"),
          tracker(GET, CHUNKED + "5\r\nab"),
          tracker(GET, CHUNKED + "5\r\nabcde\r"),
          tracker(GET, CHUNKED + "5\r\nabcde\r\n0\r\nX: y\r\nZ"));

  @Test
  void aStateSurvivesItsJourneyAndATrackerResumesFromIt() {
    for (HttpTracker tracker : TRACKERS) {
      ApplicationState state = tracker.snapshot();
      byte[] bytes = state.toBytes();
      assertThat(bytes.length).isLessThan(1024);
      ApplicationState arrived = ApplicationState.fromBytes(bytes);
      assertThat(arrived.toBytes()).isEqualTo(bytes);
      assertThat(arrived.phase()).isEqualTo(state.phase());
      assertThat(arrived.bodyOffset()).isEqualTo(tracker.bodyOffset());
      HttpTracker resumed = HttpTracker.resume(arrived, HttpTracker.Policy.DEFAULT);
      byte[] unanswered = state.unanswered();
      resumed.request(
          java.nio.ByteBuffer.wrap(
              unanswered, state.requestLength(), unanswered.length - state.requestLength()));
      assertThat(resumed.snapshot().toBytes()).isEqualTo(bytes);
    }
  }

  @Test
  void howOftenANewConnectionWasPlacedTravelsUntilAServerReadsOfIt() {
    HttpTracker tracker = tracker();
    tracker.placed(2);
    ApplicationState arrived = ApplicationState.fromBytes(tracker.snapshot().toBytes());
    HttpTracker resumed = HttpTracker.resume(arrived, HttpTracker.Policy.DEFAULT);
    assertThat(resumed.placed()).isEqualTo(2);
    resumed.request(
        java.nio.ByteBuffer.wrap(GET.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    assertThat(resumed.placed()).isZero();
    assertThat(ApplicationState.fromBytes(resumed.snapshot().toBytes()).placed()).isZero();
  }

  @Test
  void whateverArrivesIsAStateOrASayingException() {
    for (HttpTracker tracker : TRACKERS) {
      byte[] bytes = tracker.snapshot().toBytes();
      for (int length = 0; length < bytes.length; length++) {
        byte[] shorter = Arrays.copyOf(bytes, length);
        assertThatThrownBy(() -> ApplicationState.fromBytes(shorter))
            .isInstanceOf(MalformedStateException.class);
      }
      assertThatThrownBy(() -> ApplicationState.fromBytes(Arrays.copyOf(bytes, bytes.length + 1)))
          .isInstanceOf(MalformedStateException.class);
      for (long seed = 0; seed < 3000; seed++) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        byte[] hostile = bytes.clone();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          hostile[random.nextInt(hostile.length)] = (byte) random.nextInt();
        }
        try {
          ApplicationState state = ApplicationState.fromBytes(hostile);
          Rehearsal.of(state, HttpTracker.Policy.DEFAULT).replay();
          state.toBytes();
        } catch (MalformedStateException expected) {
          assertThat(expected).as("seed %d", seed).hasMessageContaining("application state");
        }
      }
    }
  }

  @Test
  void anotherVersionIsNamed() {
    byte[] bytes = tracker().snapshot().toBytes();
    bytes[1] = 2;
    assertThatThrownBy(() -> ApplicationState.fromBytes(bytes))
        .isInstanceOf(MalformedStateException.class)
        .hasMessage("application state of version 2, this node speaks 1");
  }

  @Test
  void aClaimOfMuchIsNotBelieved() {
    byte[] claim = {
      (byte) 0x9f, 1, 0x64, 'I', 'D', 'L', 'E', 0, 0, 0, 0x5b, 0, 0, 0, 0, 0x7f, -1, -1, -1
    };
    assertThatThrownBy(() -> ApplicationState.fromBytes(claim))
        .isInstanceOf(MalformedStateException.class);
  }
}
