package dev.baton.http;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Follows one server-side HTTP/1.x connection by the bytes the server reads and writes, and knows
 * at every moment what another server needs to continue it: the requests not yet answered, how much
 * of the response has been sent, and whether moving is safe at all.
 *
 * <p>It never keeps a response body, never keeps more than {@link Policy#maxReplay} bytes of
 * requests, and allocates nothing per request once its buffers have grown. What it cannot read with
 * certainty (RFC 9112 §11.2 shows why that matters) makes the connection permanently {@linkplain
 * #unmovable() unmovable}; from then on it only counts bytes.
 *
 * <p>Not thread-safe: the caller holds a lock. Request bytes are to be told before the response
 * bytes they cause.
 */
public final class HttpTracker {
  private static final Unmovable CLOSING =
      Unmovable.forever("the server closes the connection after this response");
  private static final Unmovable BEHIND_LAST =
      Unmovable.forever("response: bytes behind the last one");
  private static final Unmovable EARLY =
      Unmovable.forNow("the response has started before its request was received completely");
  private static final Unmovable UNREAD_BODY =
      Unmovable.forNow("answered before its request was received completely");
  private static final Unmovable UNANSWERED_POST =
      Unmovable.forNow(
          "a pipelined request is not idempotent and may have reached the application");

  /**
   * What the operator decides.
   *
   * @param maxReplay how many bytes of unanswered requests are kept, at least 1; a connection with
   *     more waits for the response
   * @param replayable asked about requests that are not idempotent by their method
   */
  public record Policy(int maxReplay, Replayable replayable) {
    /** The default: up to 1 MiB, nothing declared replayable. */
    public static final Policy DEFAULT = new Policy(1 << 20, Replayable.NOTHING);

    /** Checks the range of {@code maxReplay}. */
    public Policy {
      if (maxReplay < 1) {
        throw new IllegalArgumentException("maxReplay " + maxReplay);
      }
    }
  }

  private final Policy policy;

  private final RequestReader requests;
  private final HeaderSection responseSection = new HeaderSection();
  private final ResponseHeader responseHeader = new ResponseHeader();
  private final Body responseBody = new Body();
  private final Digest digest = new Digest();
  private boolean inResponseBody;
  private int interims;

  /** The final header section's facts when its bytes were sent by another node. */
  private @Nullable ResponseHead carriedHead;

  private boolean persistent;

  /** The final response has been sent, its request has not been read to the end. */
  private boolean answeredEarly;

  private long bytesRead;
  private long bytesWritten;
  private int placed;

  /** Set once: nothing is followed any more. */
  private @Nullable Unmovable stopped;

  /** Follows a connection from its first byte. */
  public HttpTracker(Policy policy) {
    this.policy = policy;
    this.requests = new RequestReader(policy);
  }

  /**
   * Follows a connection that another node has handed over. The tracker describes the client's
   * view: the request as the client sent it, the response as the client got it.
   *
   * <p>With a response in progress, the current request counts as read and the bytes after it do
   * not: they are {@linkplain Rehearsal#putBack() put back} and told to {@link #request} when the
   * server reads them. Without one, all unanswered bytes are put back.
   */
  public static HttpTracker resume(ApplicationState state, Policy policy) {
    HttpTracker tracker = new HttpTracker(policy);
    tracker.resume(state);
    return tracker;
  }

  private void resume(ApplicationState state) {
    long start = state.exchangeStart();
    bytesRead = start;
    requests.beginAt(start);
    Answer answer = state.answer();
    if (answer != null) {
      request(ByteBuffer.wrap(state.unanswered(), 0, state.requestLength()));
      resume(answer);
    }
    bytesWritten = state.bytesWritten();
    placed = state.placed();
  }

  private void resume(Answer answer) {
    interims = answer.interims();
    if (answer instanceof Answer.PartialHead partial) {
      response(ByteBuffer.wrap(partial.raw()));
    } else if (answer instanceof Answer.PartialBody partial) {
      ResponseHead head = partial.head();
      carriedHead = head;
      persistent = head.persistent() && !requests.queue().firstHas(RequestHeader.CLOSE);
      inResponseBody = true;
      digest.begin(
          partial.digest(), partial.digestLength(), partial.digestLength() < partial.offset());
      try {
        if (partial.chunk() != null) {
          responseBody.beginChunked(partial.offset(), partial.chunk());
        } else {
          responseBody.begin(head.framing(), head.length(), partial.offset());
        }
      } catch (Unparsable e) {
        stop(e.unmovable("response"));
      }
    }
  }

  /**
   * The server has read these bytes.
   *
   * @param bytes consumed completely, not retained; direct or on the heap, of any size
   */
  public void request(ByteBuffer bytes) {
    long before = bytesRead;
    int origin = bytes.position();
    bytesRead += bytes.remaining();
    if (stopped == null) {
      try {
        while (bytes.hasRemaining()) {
          requests.read(bytes, before + (bytes.position() - origin));
          if (answeredEarly && requests.queue().firstComplete()) {
            answeredEarly = false;
            exchangeEnds();
          }
        }
      } catch (Unparsable e) {
        stop(e.unmovable("request"));
      }
    }
    bytes.position(bytes.limit());
  }

  /**
   * The server has written these bytes.
   *
   * @param bytes consumed completely, not retained; direct or on the heap, of any size
   */
  public void response(ByteBuffer bytes) {
    bytesWritten += bytes.remaining();
    if (stopped == null) {
      try {
        while (bytes.hasRemaining() && stopped == null) {
          writeSome(bytes);
        }
      } catch (Unparsable e) {
        stop(e.unmovable("response"));
      }
    }
    if (bytes.hasRemaining() && CLOSING.equals(stopped)) {
      stop(BEHIND_LAST);
    }
    bytes.position(bytes.limit());
  }

  private void writeSome(ByteBuffer bytes) throws Unparsable {
    if (requests.queue().isEmpty() || answeredEarly) {
      throw new Unparsable("not the answer to a complete request header");
    }
    if (inResponseBody) {
      responseBody.feed(bytes, Long.MAX_VALUE, digest);
    } else {
      if (!responseSection.take(bytes)) {
        return;
      }
      responseHeaderEnds();
    }
    if (inResponseBody && responseBody.ended()) {
      responseEnds();
    }
  }

  /**
   * The server has sent bytes nobody saw (sendfile).
   *
   * @param count 0 or more; they have to be body data, and of a single chunk, or the connection
   *     becomes permanently unmovable
   */
  public void responseUnseen(long count) {
    bytesWritten += count;
    if (stopped != null || count == 0) {
      return;
    }
    try {
      if (!inResponseBody) {
        throw new Unparsable("unseen bytes where framing had to be seen");
      }
      digest.gap();
      responseBody.unseen(count);
      if (responseBody.ended()) {
        responseEnds();
      }
    } catch (Unparsable e) {
      stop(e.unmovable("response"));
    }
  }

  private void responseHeaderEnds() throws Unparsable {
    responseHeader.parse(responseSection, requests.queue().firstHas(RequestHeader.HEAD));
    int status = responseHeader.status();
    if (status == 101) {
      String protocol = ResponseHeader.upgrade(responseSection);
      stop(Unmovable.forever("upgraded to " + (protocol == null ? "unknown" : protocol)));
    } else if (responseHeader.interim()) {
      interims++;
      responseSection.clear();
    } else if (requests.queue().firstHas(RequestHeader.CONNECT) && status < 300) {
      stop(Unmovable.forever("tunnel made by CONNECT"));
    } else {
      persistent = responseHeader.persistent() && !requests.queue().firstHas(RequestHeader.CLOSE);
      inResponseBody = true;
      responseBody.begin(responseHeader.framing(), responseHeader.length(), 0);
      digest.begin();
    }
  }

  private void responseEnds() throws Unparsable {
    inResponseBody = false;
    responseSection.clear();
    carriedHead = null;
    if (!persistent) {
      stop(CLOSING);
    } else if (requests.queue().firstComplete()) {
      exchangeEnds();
    } else if (requests.queue().firstHas(RequestHeader.EXPECT)) {
      // RFC 9110 §10.1.1: the client may or may not send the body now.
      throw new Unparsable("final answer to an outstanding Expect: 100-continue");
    } else {
      answeredEarly = true;
    }
  }

  private void exchangeEnds() {
    requests.answered();
    interims = 0;
  }

  private void stop(Unmovable reason) {
    stopped = reason;
    requests.stop();
    responseSection.clear();
    carriedHead = null;
  }

  /** Bytes the server has read since the client opened the connection, wherever that was. */
  public long bytesRead() {
    return bytesRead;
  }

  /**
   * By how many nodes, one after the other, the connection was given on as a new one, before any
   * server has read of it; 0 as soon as one has.
   */
  public int placed() {
    return bytesRead == 0 ? placed : 0;
  }

  /**
   * Sets what {@link #placed()} says. It travels with the connection.
   *
   * @param nodes 0 or more
   */
  public void placed(int nodes) {
    placed = nodes;
  }

  /** Bytes written to the client since it opened the connection, seen or unseen, wherever. */
  public long bytesWritten() {
    return bytesWritten;
  }

  /** Decoded body bytes of the response in progress sent so far; 0 outside a body. */
  public long bodyOffset() {
    return inResponseBody && stopped == null ? responseBody.offset() : 0;
  }

  /** Where the connection is between two requests. */
  public Phase phase() {
    if (stopped != null) {
      return stopped.equals(CLOSING) ? Phase.CLOSING : Phase.UNTRACKED;
    }
    if (inResponseBody) {
      return Phase.RESPONSE;
    }
    if (responseSection.length() > 0) {
      return Phase.RESPONSE_HEADER;
    }
    RequestQueue queue = requests.queue();
    if (queue.isEmpty()) {
      return requests.betweenRequests() ? Phase.IDLE : Phase.REQUEST;
    }
    boolean application = queue.firstComplete() || queue.firstHas(RequestHeader.UNSAFE);
    return application && !answeredEarly ? Phase.APPLICATION : Phase.REQUEST;
  }

  /** Why the connection has to stay here; null if it may be handed off now. Allocates. */
  public @Nullable Unmovable unmovable() {
    if (stopped != null) {
      return stopped;
    }
    RequestQueue queue = requests.queue();
    if (answeredEarly) {
      return UNREAD_BODY;
    }
    if (!queue.isEmpty() && queue.firstHas(RequestHeader.UNSAFE)) {
      String method = method().isEmpty() ? "a request" : method();
      return Unmovable.forNow(method + " has reached the application and is not idempotent");
    }
    if ((queue.anyFlags() & RequestHeader.UNSAFE) != 0) {
      return UNANSWERED_POST;
    }
    if (responseStarted() && !queue.firstComplete()) {
      return EARLY;
    }
    return requests.canReplay()
        ? null
        : Unmovable.forNow("more than " + policy.maxReplay() + " bytes of requests to replay");
  }

  /** Whether the client has part of a response that it would notice to start again. */
  private boolean responseStarted() {
    return inResponseBody || responseSection.length() > 0;
  }

  /** The current request's method as received, "" if its request line is not known. Allocates. */
  public String method() {
    return stopped == null ? requests.firstLinePart(0) : "";
  }

  /** The current request's target as received, "" if its request line is not known. Allocates. */
  public String target() {
    return stopped == null ? requests.firstLinePart(1) : "";
  }

  /**
   * An immutable copy of all that another node needs.
   *
   * @throws IllegalStateException if the connection is {@link #unmovable()}, with the reason
   */
  public ApplicationState snapshot() {
    Unmovable reason = unmovable();
    if (reason != null) {
      throw new IllegalStateException(reason.reason());
    }
    int requestLength =
        responseStarted() ? (int) (requests.queue().firstEnd() - requests.firstStart()) : 0;
    return new ApplicationState(
        phase(), requests.unanswered(), requestLength, bytesRead, bytesWritten, placed(), answer());
  }

  private @Nullable Answer answer() {
    if (inResponseBody) {
      ResponseHead head = carriedHead;
      return new Answer.PartialBody(
          interims,
          head != null ? head : ResponseHead.of(responseSection, responseHeader),
          responseBody.offset(),
          digest.length(),
          digest.value(),
          responseBody.framing() == Framing.CHUNKED ? responseBody.position() : null);
    }
    if (responseSection.length() > 0) {
      return new Answer.PartialHead(interims, responseSection.raw());
    }
    return null;
  }

  /** Whether the last byte read was the last of a request. */
  boolean betweenRequests() {
    return stopped == null && requests.betweenRequests();
  }

  /** Whether the last byte written was the last of a response, interim or final. */
  boolean betweenResponses() {
    return CLOSING.equals(stopped) || (stopped == null && !responseStarted());
  }

  /** Whether the end of the response in progress is the end of the connection. */
  boolean endsWithConnection() {
    return inResponseBody && stopped == null && responseBody.framing() == Framing.CLOSE;
  }

  /** The server has closed the connection, which ended its response. */
  void responseClosed() {
    stop(CLOSING);
  }
}
