package dev.baton.http;

import static dev.baton.http.Connections.GET;
import static dev.baton.http.Connections.buffer;
import static dev.baton.http.Connections.bytes;
import static dev.baton.http.Connections.http;
import static dev.baton.http.Connections.text;
import static dev.baton.http.Connections.tracker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTrackerTest {
  private static final String POST = http("POST /form HTTP/1.1\nContent-Length: 5\n\nhello");
  private static final String OK = http("HTTP/1.1 200 OK\nContent-Length: 5\n\n");

  @Test
  void phasesFollowAnExchange() {
    HttpTracker tracker = tracker();
    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
    tracker.request(buffer(GET.substring(0, 7)));
    assertThat(tracker.phase()).isEqualTo(Phase.REQUEST);
    tracker.request(buffer(GET.substring(7)));
    assertThat(tracker.phase()).isEqualTo(Phase.APPLICATION);
    assertThat(tracker.method()).isEqualTo("GET");
    assertThat(tracker.target()).isEqualTo("/page");
    tracker.response(buffer(OK.substring(0, 20)));
    assertThat(tracker.phase()).isEqualTo(Phase.RESPONSE_HEADER);
    tracker.response(buffer(OK.substring(20) + "hel"));
    assertThat(tracker.phase()).isEqualTo(Phase.RESPONSE);
    assertThat(tracker.bodyOffset()).isEqualTo(3);
    tracker.response(buffer("lo"));
    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
    assertThat(tracker.method()).isEmpty();
    assertThat(tracker.bytesRead()).isEqualTo(GET.length());
    assertThat(tracker.bytesWritten()).isEqualTo(OK.length() + 5);
    assertThat(tracker.unmovable()).isNull();
  }

  @Test
  void aRequestInPiecesOfAnySizeMeansTheSame() {
    for (long seed = 0; seed < 3000; seed++) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      byte[] requests = HostileHttp.requests(random);
      byte[] responses = HostileHttp.responses(random);
      String whole = describe(requests, responses, random, 1 << 20);
      assertThat(describe(requests, responses, random, 1)).as("seed %d", seed).isEqualTo(whole);
      assertThat(describe(requests, responses, random, 60)).as("seed %d", seed).isEqualTo(whole);
    }
  }

  /** In pieces of one byte no section is ever recognised as the one before. */
  @Test
  void aSectionThatComesAgainMeansTheSameAsIfItHadNot() {
    List<String> requests =
        List.of(
            GET,
            GET.replace("/page", "/pale"),
            GET.replace("Host: a\r\n", "Host: a\r\nTE: b\r\n"),
            GET.replace("GET", "HEAD"),
            GET.replace("GET", "TRACE"),
            POST);
    List<String> heads =
        List.of(
            OK,
            OK.replace("OK", "Ok"),
            OK.replace("\r\n\r\n", "\r\nAge: 1\r\n\r\n"),
            http("HTTP/1.1 100 Continue\n\n") + OK,
            http("HTTP/1.1 103 Early\nLink: a\n\nHTTP/1.1 103 Early\nLink: a\n\n") + OK);
    for (long seed = 0; seed < 3000; seed++) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      HttpTracker whole = tracker();
      HttpTracker single = tracker();
      int variety = 1 + random.nextInt(2);
      int exchanges = 1 + random.nextInt(12);
      for (int i = 0; i < exchanges; i++) {
        String request = requests.get(random.nextInt(variety * 3));
        String head = heads.get(random.nextInt(variety * 2 + 1));
        String response = request.startsWith("HEAD") ? head : head + "hello";
        if (i == exchanges - 1) {
          request = request.substring(0, random.nextInt(request.length()) + 1);
          response =
              request.endsWith("\r\n\r\n")
                  ? response.substring(0, random.nextInt(response.length() + 1))
                  : "";
        }
        whole.request(buffer(request));
        whole.response(buffer(response));
        feedSingly(request, single::request);
        feedSingly(response, single::response);
        assertThat(describe(whole)).as("seed %d, exchange %d", seed, i).isEqualTo(describe(single));
      }
    }
  }

  private static void feedSingly(String text, Consumer<ByteBuffer> tracker) {
    for (int i = 0; i < text.length(); i++) {
      tracker.accept(buffer(text.substring(i, i + 1)));
    }
  }

  private static String describe(
      byte[] requests, byte[] responses, RandomGenerator random, int piece) {
    HttpTracker tracker = tracker();
    for (ByteBuffer bytes : pieces(requests, random, piece)) {
      tracker.request(bytes);
    }
    for (ByteBuffer bytes : pieces(responses, random, piece)) {
      tracker.response(bytes);
    }
    return describe(tracker);
  }

  private static String describe(HttpTracker tracker) {
    Unmovable reason = tracker.unmovable();
    return tracker.phase()
        + " "
        + tracker.bytesRead()
        + " "
        + tracker.bytesWritten()
        + " "
        + (reason == null ? text(tracker.snapshot().toBytes()) : reason);
  }

  private static List<ByteBuffer> pieces(byte[] bytes, RandomGenerator random, int largest) {
    List<ByteBuffer> pieces = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int count =
          Math.min(bytes.length - at, largest == 1 << 20 ? largest : random.nextInt(largest) + 1);
      pieces.add(ByteBuffer.allocateDirect(count).put(bytes, at, count).flip());
      at += count;
    }
    return pieces;
  }

  @Test
  void aPostThatReachedTheApplicationStaysUntilItsResponseHasEnded() {
    HttpTracker tracker = tracker();
    tracker.request(buffer(POST.substring(0, 30)));
    assertThat(tracker.unmovable()).isNull();
    tracker.request(buffer(POST.substring(30)));
    assertThat(tracker.unmovable())
        .isEqualTo(new Unmovable("POST has reached the application and is not idempotent", false));
    tracker.response(buffer(OK + "hell"));
    assertThat(tracker.unmovable()).isNotNull();
    tracker.response(buffer("o"));
    assertThat(tracker.unmovable()).isNull();
  }

  @Test
  void aPostWhoseBodyIsStillComingStaysToo() {
    HttpTracker tracker = tracker();
    tracker.request(buffer(POST.substring(0, POST.length() - 5)));
    assertThat(tracker.phase()).isEqualTo(Phase.APPLICATION);
    assertThat(tracker.unmovable()).isNotNull();
  }

  @Test
  void aPostDeclaredReplayableMoves() {
    List<String> asked = new ArrayList<>();
    Replayable search =
        (method, target) -> {
          asked.add(method + " " + target);
          return target.equals("/form");
        };
    HttpTracker tracker = new HttpTracker(new HttpTracker.Policy(1000, search));
    tracker.request(buffer(GET));
    tracker.response(buffer(OK + "hello"));
    tracker.request(buffer(POST));
    assertThat(tracker.unmovable()).isNull();
    assertThat(asked).containsExactly("POST /form");
  }

  @Test
  void aPostPipelinedBehindAGetHoldsTheConnection() {
    HttpTracker tracker = tracker(GET + POST, OK);
    assertThat(tracker.unmovable()).isNotNull().extracting(Unmovable::permanent).isEqualTo(false);
    tracker.response(buffer("hello" + OK + "hello"));
    assertThat(tracker.unmovable()).isNull();
  }

  @Test
  void pipelinedRequestsTravelInOrder() {
    HttpTracker tracker = tracker(GET + GET + GET.substring(0, 9), OK + "he");
    ApplicationState state = tracker.snapshot();
    assertThat(text(state.unanswered())).isEqualTo(GET + GET + GET.substring(0, 9));
    assertThat(state.requestLength()).isEqualTo(GET.length());
    tracker.response(buffer("llo"));
    assertThat(text(tracker.snapshot().unanswered())).isEqualTo(GET + GET.substring(0, 9));
  }

  @Test
  void aRequestLongerThanTheLimitWaitsForItsResponse() {
    HttpTracker tracker = new HttpTracker(new HttpTracker.Policy(100, Replayable.NOTHING));
    tracker.request(buffer(http("PUT /file HTTP/1.1\nContent-Length: 1000\n\n")));
    assertThat(tracker.unmovable()).isNull();
    tracker.request(ByteBuffer.allocate(1000));
    assertThat(tracker.unmovable())
        .isEqualTo(new Unmovable("more than 100 bytes of requests to replay", false));
    assertThat(tracker.method()).isEqualTo("PUT");
    tracker.request(buffer(GET));
    tracker.response(buffer(OK + "hello"));
    assertThat(tracker.unmovable()).isNull();
    assertThat(text(tracker.snapshot().unanswered())).isEqualTo(GET);
  }

  @Test
  void interimResponsesComeBeforeTheFinalOne() {
    String put = http("PUT / HTTP/1.1\nExpect: 100-continue\nContent-Length: 5\n\n");
    HttpTracker tracker = tracker(put, http("HTTP/1.1 100 Continue\n\n"));
    assertThat(tracker.phase()).isEqualTo(Phase.REQUEST);
    assertThat(tracker.unmovable()).isNull();
    tracker.request(buffer("hello"));
    tracker.response(buffer(http("HTTP/1.1 103 Early Hints\nLink: </a>\n\n")));
    assertThat(tracker.phase()).isEqualTo(Phase.APPLICATION);
    tracker.response(buffer(OK + "hello"));
    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
  }

  @Test
  void aFinalAnswerToAnOutstandingExpectationIsNotFollowed() {
    String put = http("PUT / HTTP/1.1\nExpect: 100-continue\nContent-Length: 5\n\n");
    HttpTracker tracker = tracker(put, OK + "hello");
    assertThat(tracker.unmovable()).extracting(Unmovable::permanent).isEqualTo(true);
  }

  @Test
  void aResponseThatStartsBeforeItsRequestEndedStays() {
    String put = http("PUT / HTTP/1.1\nContent-Length: 5\n\nhel");
    HttpTracker tracker = tracker(put, OK + "he");
    assertThat(tracker.unmovable()).extracting(Unmovable::permanent).isEqualTo(false);
    tracker.response(buffer("llo"));
    assertThat(tracker.unmovable()).extracting(Unmovable::permanent).isEqualTo(false);
    tracker.request(buffer("lo" + GET));
    assertThat(tracker.unmovable()).isNull();
    assertThat(tracker.phase()).isEqualTo(Phase.APPLICATION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"204 No Content\n\n", "304 Not Modified\nContent-Length: 9\n\n"})
  void someResponsesHaveNoBody(String response) {
    HttpTracker tracker = tracker(GET, http("HTTP/1.1 " + response));
    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
  }

  @Test
  void aResponseToHeadHasNoBody() {
    HttpTracker tracker = tracker(GET.replace("GET", "HEAD") + GET, OK + OK + "hello");
    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\nConnection: foo, Close\nContent-Length: 5\n\nhello",
        "HTTP/1.0 200 OK\nContent-Length: 5\n\nhello"
      })
  void aConnectionTheServerClosesIsClosing(String response) {
    HttpTracker tracker = tracker(GET, http(response));
    assertThat(tracker.phase()).isEqualTo(Phase.CLOSING);
    assertThat(tracker.unmovable()).extracting(Unmovable::permanent).isEqualTo(true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\nConnection: close\n\n", "GET / HTTP/1.0\n\n"})
  void aConnectionTheClientClosesIsClosing(String request) {
    HttpTracker tracker = tracker(http(request), OK + "hell");
    assertThat(tracker.unmovable()).isNull();
    tracker.response(buffer("o"));
    assertThat(tracker.phase()).isEqualTo(Phase.CLOSING);
  }

  @Test
  void anOldClientMayAskToKeepTheConnection() {
    HttpTracker tracker = tracker(http("GET / HTTP/1.0\nConnection: Keep-Alive\n\n"), OK + "hello");
    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
  }

  @Test
  void otherProtocolsAreRecognised() {
    HttpTracker tls = tracker();
    tls.request(ByteBuffer.wrap(new byte[] {0x16, 3, 1, 2, 0, 1}));
    assertThat(tls.unmovable()).isEqualTo(new Unmovable("TLS", true));
    HttpTracker http2 = tracker();
    http2.request(buffer(http("PRI * HTTP/2.0\n\nSM\n\n")));
    assertThat(http2.unmovable()).isEqualTo(new Unmovable("HTTP/2", true));
    HttpTracker webSocket =
        tracker(GET, http("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\n\nxx"));
    assertThat(webSocket.unmovable()).isEqualTo(new Unmovable("upgraded to websocket", true));
    String connect = http("CONNECT a:443 HTTP/1.1\nHost: a\n\n");
    HttpTracker refusedTunnel = tracker(connect, http("HTTP/1.1 403 No\nContent-Length: 0\n\n"));
    assertThat(refusedTunnel.unmovable()).isNull();
    HttpTracker tunnel = tracker(connect, http("HTTP/1.1 200 OK\n\n"));
    assertThat(tunnel.unmovable()).isEqualTo(new Unmovable("tunnel made by CONNECT", true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\nContent-Length: 1\nTransfer-Encoding: chunked\n\n",
        "GET / HTTP/1.1\nContent-Length: 1\nContent-Length: 1\n\n",
        "GET / HTTP/1.1\nTransfer-Encoding: gzip, chunked\n\n",
        "GET / HTTP/1.0\nTransfer-Encoding: chunked\n\n",
        "GET / HTTP/1.1\nX: a\n b\n\n",
        "GET / HTTP/1.1\nX : a\n\n",
        "GET  / HTTP/1.1\n\n",
        "GET / HTTP/3.0\n\n",
        "\nGET / HTTP/1.1\n\n",
        "PUT / HTTP/1.1\nTransfer-Encoding: chunked\n\n5 \nhello"
      })
  void whatCannotBeReadWithCertaintyIsNotMovable(String request) {
    HttpTracker tracker = tracker(http(request), "");
    assertThat(tracker.unmovable()).extracting(Unmovable::permanent).isEqualTo(true);
    assertThat(tracker.phase()).isEqualTo(Phase.UNTRACKED);
    tracker.request(buffer("more"));
    tracker.response(buffer("more"));
    tracker.responseUnseen(4);
    assertThat(tracker.bytesWritten()).isEqualTo(8);
    assertThatThrownBy(tracker::snapshot).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aBareLineFeedIsNotMovable() {
    HttpTracker tracker = tracker("GET / HTTP/1.1\nHost: a\n\n", "");
    assertThat(tracker.unmovable())
        .isEqualTo(new Unmovable("request: bare LF in a header section", true));
  }

  @Test
  void aHeaderSectionWithoutEndIsGivenUp() {
    HttpTracker tracker = tracker(GET.substring(0, 18) + "X: " + "a".repeat(70_000), "");
    assertThat(tracker.unmovable()).extracting(Unmovable::permanent).isEqualTo(true);
  }

  @Test
  void aResponseNobodyAskedForIsNotMovable() {
    HttpTracker tracker = tracker("", http("HTTP/1.1 408 Request Timeout\n\n"));
    assertThat(tracker.unmovable()).extracting(Unmovable::permanent).isEqualTo(true);
  }

  @Test
  void unseenBytesCountInsideABodyAndStopTheDigest() {
    HttpTracker tracker = tracker(GET, http("HTTP/1.1 200 OK\nContent-Length: 100\n\n") + "abc");
    tracker.responseUnseen(50);
    tracker.response(buffer("xyz"));
    assertThat(tracker.bodyOffset()).isEqualTo(56);
    Answer.PartialBody body = (Answer.PartialBody) tracker.snapshot().answer();
    assertThat(body).isNotNull();
    assertThat(body.digestLength()).isEqualTo(3);
    tracker.responseUnseen(44);
    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
  }

  @Test
  void unseenBytesMayFillAChunkButNotPassItsEnd() {
    String chunked = http("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n10\n");
    HttpTracker inside = tracker(GET, chunked);
    inside.responseUnseen(16);
    inside.response(buffer(http("\n0\n\n")));
    assertThat(inside.phase()).isEqualTo(Phase.IDLE);
    HttpTracker beyond = tracker(GET, chunked);
    beyond.responseUnseen(17);
    assertThat(beyond.unmovable()).extracting(Unmovable::permanent).isEqualTo(true);
  }

  @Test
  void buffersAreConsumedButTheirLimitsAreLeftAlone() {
    HttpTracker tracker = tracker(GET, OK);
    ByteBuffer bytes = ByteBuffer.wrap(bytes("xxhelxx"), 2, 3);
    tracker.response(bytes);
    assertThat(bytes.position()).isEqualTo(5);
    assertThat(bytes.limit()).isEqualTo(5);
    assertThat(tracker.bodyOffset()).isEqualTo(3);
  }
}
