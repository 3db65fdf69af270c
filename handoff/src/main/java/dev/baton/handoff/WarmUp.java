package dev.baton.handoff;

import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.http.ApplicationState;
import dev.baton.http.Cut;
import dev.baton.http.HttpTracker;
import dev.baton.http.Rehearsal;
import dev.baton.linux.Exercise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Walks through a handoff without a client, so that the first real one does not pay for loading and
 * compiling: a JVM that has just started is the one that is about to take everything over.
 */
public final class WarmUp {
  private static final int ROUNDS = 200;
  private static final String REQUEST = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String RESPONSE =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbaton\r\n";

  private WarmUp() {}

  /**
   * Runs it, in about a second on a cold JVM.
   *
   * @throws IOException if moving a connection does not work here
   */
  public static void run() throws IOException {
    for (int i = 0; i < ROUNDS; i++) {
      speak();
    }
    Exercise.run(ROUNDS);
  }

  private static void speak() throws IOException {
    HttpTracker tracker = new HttpTracker(HttpTracker.Policy.DEFAULT);
    tracker.request(ascii(REQUEST));
    tracker.response(ascii(RESPONSE));
    byte[] state = tracker.snapshot().toBytes();
    Endpoint here = new Endpoint(new byte[] {127, 0, 0, 1}, 1);
    FrameChannel.copy(new Message.Prepare("warm-up", here, here, state));
    FrameChannel.copy(new Message.Advance(state, true));
    FrameChannel.copy(new Message.Ready());
    FrameChannel.copy(new Message.Freezing());
    FrameChannel.copy(new Message.Init(state, null, 0));
    FrameChannel.copy(new Message.Done(1, 2, 3, 4));
    Rehearsal rehearsal =
        Rehearsal.of(ApplicationState.fromBytes(state), HttpTracker.Policy.DEFAULT);
    rehearsal.feed(ascii(RESPONSE));
    try {
      Cut cut = rehearsal.cut(ascii("5\r\nbaton\r\n"), false);
      cut.tracker().snapshot();
    } catch (dev.baton.http.RefusedException e) {
      throw new IOException("a rehearsal for exercise was refused", e);
    }
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
