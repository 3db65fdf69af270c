package dev.baton.http;

import static dev.baton.http.Connections.GET;
import static dev.baton.http.Connections.POLICY;
import static dev.baton.http.Connections.buffer;
import static dev.baton.http.Connections.http;
import static dev.baton.http.Connections.text;
import static dev.baton.http.Connections.tracker;
import static dev.baton.http.Connections.travelled;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Skipping the prefix by asking for the rest. */
class RangeTest {
  private static final String BODY = "0123456789abcdef".repeat(10_000);
  private static final int SENT = 100_000;
  private static final String OK =
      http(
          """
          HTTP/1.1 200 OK
          Content-Length: 160000
          Content-Type: text/plain
          ETag: "v1"
          Last-Modified: Thu, 20 Nov 2025 10:00:00 GMT
          Date: Thu, 20 Nov 2025 11:00:00 GMT
          Accept-Ranges: bytes

          """);
  private static final String PARTIAL =
      http(
          """
          HTTP/1.1 206 Partial Content
          Content-Length: 60000
          Content-Range: bytes 100000-159999/160000
          ETag: "v1"

          """);

  private static HttpTracker donor(String head) {
    return tracker(GET, head + BODY.substring(0, SENT));
  }

  private static String replay(HttpTracker donor) {
    return text(Rehearsal.of(travelled(donor), POLICY).replay());
  }

  @Test
  void aStrongEntityTagAllowsToAskForTheRestOnly() throws Exception {
    HttpTracker donor = donor(OK);
    assertThat(replay(donor))
        .isEqualTo(http("GET /page HTTP/1.1\nHost: a\nRange: bytes=100000-\nIf-Range: \"v1\"\n\n"));
    Rehearsal rehearsal = Rehearsal.of(travelled(donor), POLICY);
    ByteBuffer answer = buffer(PARTIAL + BODY.substring(SENT, SENT + 1000));
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).isNull();
    assertThat(rehearsal.reached()).isTrue();
    donor.response(buffer(BODY.substring(SENT, SENT + 300)));
    assertThat(rehearsal.advance(travelled(donor))).isTrue();
    rehearsal.feed(answer);
    assertThat(rehearsal.reached()).isTrue();
    Cut cut = rehearsal.cut(answer, false);
    assertThat(text(cut.first())).isEqualTo(BODY.substring(SENT + 300, SENT + 1000));
    assertThat(cut.tracker().bodyOffset()).isEqualTo(SENT + 1000);
    HttpTracker unmoved = tracker(GET, OK + BODY.substring(0, SENT + 1000));
    assertThat(cut.tracker().snapshot().toBytes()).isEqualTo(unmoved.snapshot().toBytes());
  }

  @Test
  void aRewoundStateIsContinuedFromThere() throws Exception {
    ApplicationState rewound =
        ApplicationState.fromBytes(donor(OK).snapshot().toBytes()).rewound(20_000);
    assertThat(rewound).isNotNull();
    assertThat(rewound.bodyOffset()).isEqualTo(80_000);
    Rehearsal rehearsal =
        Rehearsal.of(ApplicationState.fromBytes(rewound.toBytes()), HttpTracker.Policy.DEFAULT);
    assertThat(text(rehearsal.replay())).contains("Range: bytes=80000-\r\n");
    ByteBuffer answer =
        buffer(
            PARTIAL.replace("Length: 60000", "Length: 80000").replace("100000-", "80000-")
                + BODY.substring(80_000, 90_000));
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).isNull();

    Cut cut = rehearsal.cut(answer, false);

    assertThat(text(cut.first())).isEqualTo(BODY.substring(80_000, 90_000));
    assertThat(cut.tracker().bodyOffset()).isEqualTo(90_000);
    assertThat(cut.tracker().snapshot().rewound(5_000)).isNotNull();
  }

  @Test
  void whatCannotBeAskedForFromAnyByteIsNotRewound() {
    assertThat(donor(OK).snapshot().rewound(SENT + 1)).isNull();
    assertThat(donor(OK).snapshot().rewound(SENT - 1000)).isNull();
    assertThat(donor(OK.replace("bytes", "none")).snapshot().rewound(1)).isNull();
    assertThat(donor(OK.replace("Content-Length: 160000\r\n", "")).snapshot().rewound(1)).isNull();
    assertThat(tracker(GET, OK.substring(0, 30)).snapshot().rewound(1)).isNull();
    assertThat(tracker().snapshot().rewound(0)).isNull();
  }

  @Test
  void aWrongByteBehindTheRangesStartIsRefused() {
    HttpTracker donor = donor(OK);
    Rehearsal rehearsal = Rehearsal.of(travelled(donor), POLICY);
    ByteBuffer answer = buffer(PARTIAL + "X".repeat(1000));
    rehearsal.feed(answer);
    donor.response(buffer(BODY.substring(SENT, SENT + 300)));
    assertThat(rehearsal.advance(travelled(donor))).isTrue();
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).contains("digest");
  }

  @Test
  void aServerThatSendsEverythingIsComparedFromTheStart() throws Exception {
    Rehearsal rehearsal = Rehearsal.of(travelled(donor(OK)), POLICY);
    ByteBuffer answer = buffer(OK + BODY);
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).isNull();
    assertThat(text(rehearsal.cut(answer, false).first())).isEqualTo(BODY.substring(SENT));
  }

  @ParameterizedTest
  @CsvSource({
    "100000-159999/160000, 100001-159999/160000, Content-Range",
    "159999/160000, 159999/160001, Content-Range",
    "v1, v2, ETag",
    "Content-Length: 60000, Content-Length: 59999, a part",
    "206 Partial Content, 416 No, status 416",
  })
  void anotherPartIsRefused(String ours, String theirs, String reason) {
    Rehearsal rehearsal = Rehearsal.of(travelled(donor(OK)), POLICY);
    rehearsal.feed(buffer(PARTIAL.replace(ours, theirs)));
    assertThat(rehearsal.refusal()).startsWith(reason);
  }

  @Test
  void withoutAnEntityTagAnOldEnoughDateWillDo() {
    String dated = OK.replace("ETag: \"v1\"\r\n", "");
    assertThat(replay(donor(dated))).contains("If-Range: Thu, 20 Nov 2025 10:00:00 GMT\r\n");
    assertThat(replay(donor(dated.replace("10:00:00", "11:00:00")))).doesNotContain("Range");
  }

  @Test
  void whatCannotBeProvedIsRegenerated() {
    String weak = OK.replace("\"v1\"", "W/\"v1\"");
    assertThat(replay(donor(weak))).contains("If-Range: Thu, 20 Nov 2025 10:00:00 GMT\r\n");
    assertThat(replay(donor(weak.replace("10:00:00", "11:00:00")))).isEqualTo(GET);
    assertThat(replay(donor(weak.replace("Last-Modified", "X-Date")))).isEqualTo(GET);
    assertThat(replay(donor(OK.replace("Accept-Ranges: bytes", "Accept-Ranges: none"))))
        .isEqualTo(GET);
    assertThat(replay(donor(OK.replace("200 OK", "203 OK")))).isEqualTo(GET);
    assertThat(replay(tracker(GET, OK + BODY.substring(0, 1000)))).isEqualTo(GET);
    String ranged = GET.replace("Host", "Range: bytes=0-\r\nHost");
    assertThat(replay(tracker(ranged, OK + BODY.substring(0, SENT)))).isEqualTo(ranged);
  }
}
