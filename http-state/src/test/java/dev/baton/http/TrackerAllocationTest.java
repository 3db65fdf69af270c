package dev.baton.http;

import static dev.baton.http.Connections.bytes;
import static dev.baton.http.Connections.tracker;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class TrackerAllocationTest {
  private static final int ROUNDS = 20_000;

  @Test
  void aWarmTrackerAllocatesNothingPerRequest() {
    ByteBuffer get = direct("GET /page?x=1 HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n");
    ByteBuffer post =
        direct("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: x\r\n\r\nhello");
    ByteBuffer interim = direct("HTTP/1.1 100 Continue\r\n\r\n");
    ByteBuffer sized =
        direct("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello");
    String chunks = "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";
    ByteBuffer chunked = direct("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    HttpTracker tracker = tracker();
    Runnable exchanges =
        () -> {
          for (int i = 0; i < ROUNDS; i++) {
            tracker.request(get.rewind());
            tracker.request(get.rewind());
            tracker.response(sized.rewind());
            tracker.response(chunked.rewind());
            tracker.request(post.rewind());
            tracker.response(interim.rewind());
            tracker.response(sized.rewind());
            tracker.phase();
            tracker.bodyOffset();
          }
        };
    exchanges.run();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(self);
    exchanges.run();
    long allocated = threads.getThreadAllocatedBytes(self) - before;

    assertThat(tracker.phase()).isEqualTo(Phase.IDLE);
    // What the measurement itself allocates is far below one byte per exchange.
    assertThat(allocated).as("bytes for %d exchanges", 3 * ROUNDS).isLessThan(ROUNDS);
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = bytes(text);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
