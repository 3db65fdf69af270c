package dev.baton.http;

import static dev.baton.http.Connections.GET;
import static dev.baton.http.Connections.POLICY;
import static dev.baton.http.Connections.buffer;
import static dev.baton.http.Connections.text;
import static dev.baton.http.Connections.tracker;
import static dev.baton.http.Connections.travelled;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RehearsalTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nDate: x\r\n\r\n";

  @Test
  void cutInsideABodyOfKnownLengthContinuesWithTheNextByte() throws Exception {
    HttpTracker donor = tracker(GET, OK + "0123");
    Rehearsal rehearsal = Rehearsal.of(travelled(donor), POLICY);
    assertThat(rehearsal.trivial()).isFalse();
    assertThat(text(rehearsal.replay())).isEqualTo(GET);
    ByteBuffer answer = buffer(OK.replace("x", "other") + "0123456789");
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).isNull();
    assertThat(rehearsal.readyToCut()).isTrue();
    assertThat(answer.remaining()).isEqualTo(6);
    Cut cut = rehearsal.cut(answer, false);
    assertThat(text(cut.first())).isEqualTo("456789");
    assertThat(cut.complete()).isTrue();
    assertThat(cut.tracker().phase()).isEqualTo(Phase.IDLE);
  }

  @Test
  void cutInsideAChunkSizeLineJoinsTwoChunkings() throws Exception {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    HttpTracker donor = tracker(GET, head + "3\r\nabc\r\n2");
    Rehearsal rehearsal = Rehearsal.of(travelled(donor), POLICY);
    ByteBuffer answer = buffer(head + "8\r\nabcdefgh\r\n0\r\n\r\n");
    rehearsal.feed(answer);
    assertThat(rehearsal.refusal()).isNull();
    assertThat(rehearsal.readyToCut()).isTrue();
    Cut cut = rehearsal.cut(answer, false);
    assertThat(text(cut.first())).isEqualTo("\r\nde\r\n3\r\nfgh\r\n0\r\n\r\n");
    assertThat(cut.complete()).isTrue();
  }
}
