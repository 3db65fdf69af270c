package dev.baton.http;

import java.nio.ByteBuffer;

/**
 * The requests of one connection: follows their framing, keeps those that are not answered yet, and
 * judges by their header sections which of them may be executed again.
 */
final class RequestReader {
  private static final byte TLS_HANDSHAKE = 0x16;
  private static final String HTTP2_PREFACE = "PRI * HTTP/2.0";

  private final Replayable replayable;
  private final HeaderSection section = new HeaderSection();
  private final RequestHeader header = new RequestHeader();
  private final Body body = new Body();
  private final RequestQueue queue = new RequestQueue();
  private final ReplayBuffer replay;
  private boolean inBody;

  /** Where the request being read starts, or the next one will. */
  private long start;

  RequestReader(HttpTracker.Policy policy) {
    replayable = policy.replayable();
    replay = new ReplayBuffer(policy.maxReplay());
  }

  /** The first request will start at this position. */
  void beginAt(long position) {
    start = position;
    replay.forget(position);
  }

  /**
   * Reads on to the end of a header section, of a body, or of the bytes.
   *
   * @param position of the first byte, counted from the connection's first
   */
  void read(ByteBuffer bytes, long position) throws Unparsable {
    int from = bytes.position();
    int count;
    if (inBody) {
      body.feed(bytes, Long.MAX_VALUE, Sink.NOWHERE);
      count = bytes.position() - from;
      replay.append(bytes, from, count);
    } else {
      int before = section.length();
      if (before == 0) {
        begin(bytes.get(from), position);
      }
      section.take(bytes);
      count = section.length() - before;
      replay.append(section.array(), before, count);
    }
    if (!inBody && section.complete()) {
      headerEnds();
    }
    if (inBody && body.ended()) {
      queue.closeLast(position + count);
      inBody = false;
      section.clear();
      start = position + count;
    }
  }

  private void begin(byte first, long position) throws Unparsable {
    if (first == TLS_HANDSHAKE) {
      throw Unparsable.otherProtocol("TLS");
    }
    if (!Ascii.isToken(first)) {
      throw new Unparsable("not HTTP/1.x");
    }
    start = position;
    replay.requestBegins(position);
  }

  private void headerEnds() throws Unparsable {
    if (section.at(1) == 'R' && HTTP2_PREFACE.equals(section.text(0, section.end(0)))) {
      throw Unparsable.otherProtocol("HTTP/2");
    }
    header.parse(section);
    int flags = header.flags();
    if ((flags & RequestHeader.UNSAFE) != 0) {
      if (isReplayable()) {
        flags &= ~RequestHeader.UNSAFE;
      } else {
        replay.stop();
      }
    }
    queue.add(start, flags);
    body.begin(header.framing(), header.length(), 0);
    inBody = true;
  }

  private boolean isReplayable() {
    return replayable != Replayable.NOTHING
        && replayable.test(header.method(section), header.target(section));
  }

  /** The requests whose header sections are complete. */
  RequestQueue queue() {
    return queue;
  }

  /** Whether the last byte read was the last of a request. */
  boolean betweenRequests() {
    return !inBody && section.length() == 0;
  }

  /** The oldest request has been answered and read completely. */
  void answered() {
    replay.forget(queue.firstEnd());
    queue.removeFirst();
  }

  /** Where the oldest request that is not answered starts. */
  long firstStart() {
    return queue.isEmpty() ? start : queue.firstStart();
  }

  /** Whether all bytes since {@link #firstStart} are here. */
  boolean canReplay() {
    return (queue.isEmpty() && betweenRequests()) || replay.holdsFrom(firstStart());
  }

  /** Those bytes. */
  byte[] unanswered() {
    return queue.isEmpty() && betweenRequests() ? new byte[0] : replay.copy(firstStart());
  }

  /** The request line's part 0, 1 or 2 of the oldest request, "" if that is not known. */
  String firstLinePart(int index) {
    String[] parts = Ascii.text(replay.firstLine(firstStart())).split(" ", -1);
    return parts.length == 3 ? parts[index] : "";
  }

  /** Forgets everything; nothing is to be read any more. */
  void stop() {
    queue.clear();
    section.clear();
    inBody = false;
    replay.stop();
    replay.forget(Long.MAX_VALUE);
  }
}
