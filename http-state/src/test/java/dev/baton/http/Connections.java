package dev.baton.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;

/** Short words for the tests. */
final class Connections {
  static final HttpTracker.Policy POLICY = HttpTracker.Policy.DEFAULT;
  static final String GET = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";

  private Connections() {}

  static HttpTracker tracker() {
    return new HttpTracker(POLICY);
  }

  /** A message written with plain line ends. */
  static String http(String message) {
    return message.replace("\n", "\r\n");
  }

  static ByteBuffer buffer(String text) {
    return ByteBuffer.wrap(bytes(text));
  }

  static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  /** A tracker that has seen a request and part of a response. */
  static HttpTracker tracker(String request, String response) {
    HttpTracker tracker = tracker();
    tracker.request(buffer(request));
    tracker.response(buffer(response));
    return tracker;
  }

  /** The state after a journey. */
  static ApplicationState travelled(HttpTracker tracker) {
    return ApplicationState.fromBytes(tracker.snapshot().toBytes());
  }
}
