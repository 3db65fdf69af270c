package dev.baton.http;

import static dev.baton.http.Connections.GET;
import static dev.baton.http.Connections.POLICY;
import static dev.baton.http.Connections.buffer;
import static dev.baton.http.Connections.http;
import static dev.baton.http.Connections.text;
import static dev.baton.http.Connections.tracker;
import static dev.baton.http.Connections.travelled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RehearsalTest {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final String CHUNKED = http("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n");
  private static final String OK =
      http(
          """
          HTTP/1.1 200 OK
          Content-Length: 10
          Content-Type: text/plain
          ETag: "v1"
          Last-Modified: Mon, 20 Nov 2025 10:00:00 GMT
          Date: Mon, 20 Nov 2025 11:00:00 GMT
          Server: donor
          Accept-Ranges: bytes

          """);

  private static Rehearsal of(String request, String response) {
    return Rehearsal.of(travelled(tracker(request, response)), POLICY);
  }

  private static String refusal(String sent, String regenerated) {
    Rehearsal rehearsal = of(GET, sent);
    rehearsal.feed(buffer(regenerated));
    assertThat(rehearsal.readyToCut()).isFalse();
    assertThatThrownBy(() -> rehearsal.cut(NOTHING, false)).isInstanceOf(RefusedException.class);
    return rehearsal.refusal();
  }

  private static String cut(String request, String sent, String regenerated) throws Exception {
    Rehearsal rehearsal = of(request, sent);
    ByteBuffer answer = buffer(regenerated);
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).isNull();
    return text(rehearsal.cut(answer, false).first());
  }

  @Test
  void anUnansweredConnectionIsPutBackWithoutAnyReplay() throws Exception {
    for (String request : new String[] {"", GET.substring(0, 8), GET, GET + GET}) {
      Rehearsal rehearsal = of(request, "");
      assertThat(rehearsal.trivial()).isTrue();
      assertThat(rehearsal.readyToCut()).isTrue();
      assertThat(rehearsal.replay()).isEmpty();
      assertThat(text(rehearsal.putBack())).isEqualTo(request);
      HttpTracker tracker = rehearsal.cut(NOTHING, false).tracker();
      assertThat(tracker.bytesRead()).isZero();
      tracker.request(ByteBuffer.wrap(rehearsal.putBack()));
      assertThat(text(tracker.snapshot().unanswered())).isEqualTo(request);
    }
  }

  @Test
  void theRequestsBehindTheCurrentOneArePutBack() throws Exception {
    Rehearsal rehearsal = of(GET + GET, OK + "01");
    assertThat(text(rehearsal.replay())).isEqualTo(GET);
    assertThat(text(rehearsal.putBack())).isEqualTo(GET);
    ByteBuffer answer = buffer(OK + "0123456789");
    rehearsal.feed(answer);
    HttpTracker tracker = rehearsal.cut(answer, false).tracker();
    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
    tracker.request(ByteBuffer.wrap(rehearsal.putBack()));
    assertThat(tracker.phase()).isEqualTo(Phase.APPLICATION);
    assertThat(tracker.bytesRead()).isEqualTo(2L * GET.length());
  }

  @Test
  void theServersAnswerIsReadNoFurtherThanTheDonorsPosition() throws Exception {
    Rehearsal rehearsal = of(GET, OK + "0123");
    ByteBuffer answer = buffer(OK.replace("donor", "another") + "0123456789");
    rehearsal.feed(answer);
    assertThat(answer.remaining()).isEqualTo(6);
    Cut cut = rehearsal.cut(answer, false);
    assertThat(text(cut.first())).isEqualTo("456789");
    assertThat(cut.complete()).isTrue();
    assertThat(cut.tracker().phase()).isEqualTo(Phase.IDLE);
  }

  @ParameterizedTest
  @CsvSource({
    "200 OK, 404 No, status 404 instead of 200",
    "text/plain, text/html, Content-Type text/html instead of text/plain",
    "v1, v2, ETag \"v2\" instead of \"v1\"",
    "20 Nov 2025 10, 20 Nov 2025 09, Last-Modified",
    "Content-Length: 10, Content-Length: 11, Content-Length 11 instead of 10",
    "Content-Length: 10, Transfer-Encoding: chunked, framing CHUNKED instead of LENGTH",
    "Server, Content-Encoding, Content-Encoding donor instead of (absent)",
  })
  void anotherResponseIsRefused(String ours, String theirs, String reason) {
    assertThat(refusal(OK + "0123", OK.replace(ours, theirs))).startsWith(reason);
  }

  @Test
  void aServerThatSwitchesProtocolsIsRefused() {
    assertThat(refusal(OK + "0", http("HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\n")))
        .contains("switches protocols");
  }

  @Test
  void anotherPrefixIsRefused() {
    assertThat(refusal(OK + "0123", OK + "0124")).contains("digest");
    assertThat(refusal(CHUNKED + "5\r\nabcde", CHUNKED + "2\r\nab\r\n3\r\ncdX")).contains("digest");
  }

  @Test
  void aShorterResponseIsRefused() {
    assertThat(refusal(CHUNKED + "5\r\nabcde", CHUNKED + "3\r\nabc\r\n0\r\n\r\n"))
        .contains("body of 3 bytes");
    assertThat(refusal(CHUNKED + "5\r\nabc", CHUNKED + "4\r\nabcd\r\n0\r\n\r\n"))
        .contains("shorter");
  }

  @Test
  void bytesBehindTheResponseAreRefused() {
    Rehearsal rehearsal = of(GET, OK + "0123");
    ByteBuffer answer = buffer(OK + "0123456789X");
    rehearsal.feed(answer);
    assertThatThrownBy(() -> rehearsal.cut(answer, false)).isInstanceOf(RefusedException.class);
  }

  @Test
  void aServerThatClosesTooEarlyIsRefused() {
    Rehearsal rehearsal = of(GET, OK + "0123");
    ByteBuffer answer = buffer(OK + "01234567");
    rehearsal.feed(answer);
    assertThatThrownBy(() -> rehearsal.cut(answer, true))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("closed before the end");
  }

  @Test
  void aBodyThatEndsWithTheConnectionIsCompleteWhenTheServerCloses() throws Exception {
    String head = http("HTTP/1.1 200 OK\nX: y\n\n");
    Rehearsal rehearsal = of(GET, head + "abc");
    ByteBuffer answer = buffer(head + "abcdef");
    rehearsal.feed(answer);
    Cut cut = rehearsal.cut(answer, true);
    assertThat(text(cut.first())).isEqualTo("def");
    assertThat(cut.complete()).isTrue();
    assertThat(cut.tracker().phase()).isEqualTo(Phase.CLOSING);
  }

  @Test
  void aHeaderCutAnywhereContinuesWithTheRegeneratedOne() throws Exception {
    String theirs = OK.replace("Server: donor", "Server: x");
    int beforeServer = OK.indexOf("Server: d") + "Server: ".length();
    for (int at = 1; at < OK.length(); at++) {
      boolean insideServer = at > beforeServer && at <= OK.indexOf("Accept") - 1;
      if (insideServer) {
        assertThat(refusal(OK.substring(0, at), theirs)).contains("does not begin");
      } else {
        assertThat(OK.substring(0, at) + cut(GET, OK.substring(0, at), theirs + "01"))
            .isEqualTo((at < beforeServer + 1 ? theirs : OK) + "01");
      }
    }
  }

  @Test
  void aHeaderWithOtherLinesIsRefused() {
    String sent = OK.substring(0, OK.indexOf("Date"));
    assertThat(refusal(sent, OK.replace("v1", "v2"))).contains("v2");
    assertThat(refusal(sent, OK.replace("ETag", "X-Tag"))).contains("X-Tag");
    assertThat(refusal(sent, http("HTTP/1.1 200 OK\nContent-Length: 10\n\n"))).isNotNull();
  }

  @Test
  void interimResponsesTheClientHasAreDropped() throws Exception {
    String interim = http("HTTP/1.1 103 Early Hints\nLink: </a>\n\n");
    assertThat(cut(GET, interim + OK + "01", interim + interim + OK + "0123")).isEqualTo("23");
    assertThat(cut(GET, interim + OK + "01", OK + "0123")).isEqualTo("23");
    assertThat(cut(GET, interim + OK.substring(0, 20), interim + OK)).isEqualTo(OK.substring(20));
    assertThat(cut(GET, OK.substring(0, 20), interim + OK)).isEqualTo(OK.substring(20));
    assertThat(cut(GET, interim + interim.substring(0, 12), interim + interim + OK))
        .isEqualTo(interim.substring(12) + OK);
  }

  @Test
  void aPartlySentHeaderOfAHeadResponseContinuesWithoutABody() throws Exception {
    Rehearsal rehearsal = of(GET.replace("GET", "HEAD"), OK.substring(0, 20));
    ByteBuffer answer = buffer(OK);
    rehearsal.feed(answer);
    Cut cut = rehearsal.cut(answer, false);
    assertThat(text(cut.first())).isEqualTo(OK.substring(20));
    assertThat(cut.complete()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 1000",
    "10, 1000",
    "1f, 1F00",
    "0, 5",
    "00, 005",
    "3, 4",
  })
  void partlySentSizeDigitsBecomeALegalSize(String sent, String theirSize) throws Exception {
    int size = Integer.parseInt(theirSize, 16);
    String body = "abcdefgh".repeat(1000).substring(0, size);
    String regenerated = CHUNKED + theirSize + "\r\n" + body + "\r\n0\r\n\r\n";
    String first = cut(GET, CHUNKED + sent, regenerated);
    Responses.Received received =
        Responses.receive(Connections.bytes(CHUNKED + sent + first), false);
    assertThat(text(received.body())).isEqualTo(body);
    assertThat(received.complete()).isTrue();
  }

  @Test
  void equalChunksOfAnySizeNeedNoFilling() throws Exception {
    String head = CHUNKED + "7000000\r\nabc";
    Rehearsal rehearsal = of(GET, head);
    rehearsal.feed(buffer(head));
    assertThat(rehearsal.readyToCut()).isTrue();
    assertThat(text(rehearsal.cut(buffer("defg"), false).first())).isEqualTo("defg");
  }

  @Test
  void equalChunksOfAnySizeNeedNoFillingBeforeTheirFirstByteEither() throws Exception {
    Rehearsal rehearsal = of(GET, CHUNKED + "7000000\r\n");
    ByteBuffer answer = buffer(CHUNKED + "7000000\r\nabc");
    rehearsal.feed(answer);
    assertThat(rehearsal.readyToCut()).isTrue();
    assertThat(text(rehearsal.cut(answer, false).first())).isEqualTo("abc");
  }

  @Test
  void aHugeOpenChunkThatCannotBeFilledIsRefused() {
    assertThat(refusal(CHUNKED + "7000000\r\nabc", CHUNKED + "5\r\nabcde\r\n6000000\r\nf"))
        .contains("lacks");
  }

  @Test
  void anOpenChunkAsksForWhatItLacks() {
    Rehearsal rehearsal = of(GET, CHUNKED + "100\r\nabc");
    ByteBuffer answer = buffer(CHUNKED + "400\r\n" + "abc" + "d".repeat(100));
    rehearsal.feed(answer);
    assertThat(rehearsal.reached()).isTrue();
    assertThat(rehearsal.readyToCut()).isFalse();
    assertThat(rehearsal.wanted()).isEqualTo(153);
    rehearsal.feed(buffer("d".repeat(500)));
    assertThat(rehearsal.readyToCut()).isTrue();
  }

  @Test
  void aTrailerCutAnywhereContinues() throws Exception {
    String end = http("0\nX-Sum: 1\nDate: a\n\n");
    String all = CHUNKED + "3\r\nabc\r\n" + end;
    for (int at = CHUNKED.length() + 8; at < all.length(); at++) {
      assertThat(all.substring(0, at) + cut(GET, all.substring(0, at), all)).isEqualTo(all);
    }
    Rehearsal rehearsal = of(GET, all.substring(0, all.length() - 6));
    ByteBuffer answer = buffer(all.replace("X-Sum: 1", "X-Sum: 2"));
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).contains("X-Sum: 2");
  }

  @Test
  void aLaterStateOfTheSameResponseMovesTheTarget() throws Exception {
    HttpTracker donor = tracker(GET, OK.substring(0, 30));
    Rehearsal rehearsal = Rehearsal.of(travelled(donor), POLICY);
    ByteBuffer answer = buffer(OK + "0123456789");
    rehearsal.feed(answer);
    assertThat(rehearsal.reached()).isTrue();
    donor.response(buffer(OK.substring(30) + "012"));
    assertThat(rehearsal.advance(travelled(donor))).isTrue();
    rehearsal.feed(answer);
    donor.response(buffer("345"));
    assertThat(rehearsal.advance(travelled(donor))).isTrue();
    assertThat(rehearsal.reached()).isFalse();
    assertThat(rehearsal.wanted()).isEqualTo(3);
    rehearsal.feed(answer);
    assertThat(text(rehearsal.cut(answer, false).first())).isEqualTo("6789");
  }

  @Test
  void aWrongByteBetweenPrepareAndAdvanceIsRefused() {
    HttpTracker donor = tracker(GET, OK + "012");
    Rehearsal rehearsal = Rehearsal.of(travelled(donor), POLICY);
    ByteBuffer answer = buffer(OK + "01234X6789");
    rehearsal.feed(answer);
    donor.response(buffer("345"));
    assertThat(rehearsal.advance(travelled(donor))).isTrue();
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).contains("digest");
  }

  @Test
  void aResponseThatEndedMeanwhileHasToBeRehearsedAnew() {
    HttpTracker donor = tracker(GET + GET, OK + "012");
    Rehearsal rehearsal = Rehearsal.of(travelled(donor), POLICY);
    donor.response(buffer("3456789"));
    assertThat(rehearsal.advance(travelled(donor))).isFalse();
    donor.response(buffer(OK + "0"));
    assertThat(rehearsal.advance(travelled(donor))).isFalse();
    Rehearsal trivial = of(GET, "");
    assertThat(trivial.advance(tracker(GET, OK + "0").snapshot())).isFalse();
    assertThat(trivial.advance(tracker(GET + GET, "").snapshot())).isTrue();
    assertThat(text(trivial.putBack())).isEqualTo(GET + GET);
  }

  @Test
  void bytesNobodySawAreRegeneratedAndCoveredFromThenOn() throws Exception {
    HttpTracker donor = tracker(GET, OK + "0");
    donor.responseUnseen(3);
    Rehearsal rehearsal = Rehearsal.of(travelled(donor), POLICY);
    ByteBuffer answer = buffer(OK + "012345");
    rehearsal.feed(answer);
    Cut cut = rehearsal.cut(answer, false);
    Answer.PartialBody now = (Answer.PartialBody) cut.tracker().snapshot().answer();
    assertThat(now).isNotNull();
    assertThat(now.digestLength()).isEqualTo(6);
    HttpTracker seen = tracker(GET, OK + "012345");
    assertThat(now).isEqualTo(seen.snapshot().answer());
  }

  @Test
  void onceRefusedAlwaysRefused() {
    Rehearsal rehearsal = of(GET, OK + "0123");
    rehearsal.feed(buffer(OK + "0X23"));
    ByteBuffer more = buffer("45");
    assertThat(rehearsal.feed(more)).isZero();
    assertThat(rehearsal.wanted()).isZero();
    assertThat(rehearsal.reached()).isFalse();
  }
}
