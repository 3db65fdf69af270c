package dev.baton.http;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The acceptor's side of one handoff. The donor's current request is replayed through an ordinary
 * connection R to the acceptor's own server; what the server answers is fed here, compared with
 * what the client already has, and discarded up to the donor's position. At the cut it says which
 * bytes lead the client from the donor's framing to the server's.
 *
 * <p>Used in this order: {@link #of}, {@link #replay} into R, {@link #feed} until {@link #reached},
 * any number of {@link #advance} and {@link #feed} again, until {@link #readyToCut}, then {@link
 * #cut}. A {@link #refusal} at any time ends it; nothing has happened to the client then. Not
 * thread-safe.
 */
public final class Rehearsal {
  /** Offsets below are regenerated and discarded: a range would not be worth its risk. */
  static final long MIN_RANGE = 64 << 10;

  private final HttpTracker.Policy policy;
  private final @Nullable RangeRequest range;
  private final byte[] replay;
  private final boolean answersHead;

  /** The latest state. */
  private ApplicationState donor;

  // R's answer, read exactly as far as the donor's position.
  private final HeaderSection section = new HeaderSection();
  private final ResponseHeader header = new ResponseHeader();
  private final Body body = new Body();
  private final Digest digest = new Digest();
  private int droppedInterims;
  private boolean inBody;

  /** Where in {@link #section} the client's next byte is, once known; else -1. */
  private int matched = -1;

  /** Everything read before the body, to be read again with another state in mind. */
  private final ByteQueue opening = new ByteQueue();

  /** Read from R beyond the donor's position. */
  private final ByteQueue surplus = new ByteQueue();

  /** Bytes missing for a joint, or -1 if not computed for the present surplus. */
  private long missing = -1;

  private @Nullable String refusal;

  private Rehearsal(ApplicationState donor, HttpTracker.Policy policy) {
    this.donor = donor;
    this.policy = policy;
    byte[] request = Arrays.copyOf(donor.unanswered(), donor.requestLength());
    range = RangeRequest.forRestOf(request, donor.answer(), MIN_RANGE);
    replay = range == null ? request : range.request();
    answersHead = Ascii.text(request).startsWith("HEAD ");
  }

  /**
   * Starts a rehearsal.
   *
   * @param donor the donor's position at Prepare
   * @param policy for the tracker that follows the connection after the cut
   */
  public static Rehearsal of(ApplicationState donor, HttpTracker.Policy policy) {
    return new Rehearsal(donor, policy);
  }

  /**
   * Whether nothing is to be rehearsed: the client has no part of a response to continue. R gets no
   * request, all unanswered bytes are {@linkplain #putBack() put back}.
   */
  public boolean trivial() {
    return !donor.answering();
  }

  /**
   * The bytes to write into R: the current request, for the rest only where that can be asked for
   * (RFC 9110 §14.2); empty if {@link #trivial}. The caller's.
   */
  public byte[] replay() {
    return replay.clone();
  }

  /**
   * The bytes the client has sent that the acceptor's server has still to read as if they had just
   * come: what follows the current request, or everything if {@link #trivial}. Those of the latest
   * state. The caller's.
   */
  public byte[] putBack() {
    return Arrays.copyOfRange(donor.unanswered(), donor.requestLength(), donor.unanswered().length);
  }

  /**
   * Reads on in the server's answer, never beyond what is needed for the present donor's position
   * and for a joint there. What is left in the buffer is for a later call or for {@link #cut}.
   *
   * @param answer not retained
   * @return how many bytes were consumed; less than there are means there is nothing more to do for
   *     now, or a {@link #refusal}
   */
  public int feed(ByteBuffer answer) {
    int from = answer.position();
    if (!trivial() && refusal == null) {
      try {
        read(answer);
        while (answer.hasRemaining() && reached() && missing() > 0) {
          surplus.data(answer, (int) Math.min(answer.remaining(), missing()));
          missing = -1;
        }
      } catch (Unparsable e) {
        refusal = "cannot follow the regenerated response: " + e.reason();
      } catch (RefusedException e) {
        refusal = e.getMessage();
      }
    }
    return answer.position() - from;
  }

  private void read(ByteBuffer answer) throws Unparsable, RefusedException {
    while (answer.hasRemaining() && !inBody && matched < 0) {
      int from = answer.position();
      ByteBuffer again = answer.duplicate();
      section.take(answer);
      opening.data(again, answer.position() - from);
      if (section.complete()) {
        headerEnds();
      }
    }
    while (inBody && answer.hasRemaining() && body.offset() < donor.bodyOffset()) {
      long digested = bodySent().digestLength();
      boolean before = body.offset() < digested;
      body.feed(answer, before ? digested : donor.bodyOffset(), digest);
      bodyAdvanced();
    }
  }

  private void headerEnds() throws Unparsable, RefusedException {
    header.parse(section, answersHead);
    if (header.status() == 101) {
      throw new RefusedException("the server switches protocols");
    }
    Answer sent = sent();
    if (sent instanceof Answer.PartialHead head) {
      boolean drop = droppedInterims < head.interims() || isFinal(head.raw());
      if (header.interim() && drop) {
        dropInterim();
      } else {
        matched = FieldLines.match(head.raw(), section.raw());
        if (matched < 0) {
          throw new RefusedException("a header section shorter than what the client has");
        }
      }
    } else if (header.interim()) {
      dropInterim();
    } else {
      beginBody(bodySent());
    }
  }

  private void dropInterim() {
    droppedInterims++;
    section.clear();
  }

  /** Whether this beginning of a header section is already known not to be an interim one. */
  private static boolean isFinal(byte[] raw) {
    int statusClass = "HTTP/1.1 ".length();
    return raw.length > statusClass && raw[statusClass] != '1';
  }

  private void beginBody(Answer.PartialBody sent) throws RefusedException {
    ResponseHead ours = ResponseHead.of(section, header);
    RangeRequest asked = ours.status() == 206 ? range : null;
    String difference =
        asked == null
            ? sent.head().difference(ours)
            : sent.head().differenceOfRange(ours, asked.from());
    if (difference != null) {
      throw new RefusedException(difference);
    }
    if (asked == null) {
      body.begin(ours.framing(), ours.length(), 0);
      digest.begin();
    } else {
      body.begin(Framing.LENGTH, sent.head().length(), asked.from());
      asked.begin(digest);
    }
    inBody = true;
    bodyAdvanced();
  }

  private void bodyAdvanced() throws RefusedException {
    Answer.PartialBody sent = bodySent();
    boolean comparable =
        body.offset() == sent.digestLength() && digest.length() == sent.digestLength();
    if (comparable && digest.value() != sent.digest()) {
      throw new RefusedException(
          "the first " + sent.digestLength() + " body bytes have another digest");
    }
    if (body.ended() && body.offset() < sent.offset()) {
      throw new RefusedException(
          "body of " + body.offset() + " bytes, the client has " + sent.offset());
    }
  }

  /**
   * The donor has moved on.
   *
   * @param later its position now, or the same as before
   * @return false if the response being rehearsed is not the one in progress any more: this
   *     rehearsal is of no use, start another {@linkplain #of with the later state}, through
   *     another R unless this one was {@link #trivial}
   */
  public boolean advance(ApplicationState later) {
    if (trivial() && !later.answering()) {
      donor = later;
      return true;
    }
    if (later.answering() == trivial() || later.exchangeStart() != donor.exchangeStart()) {
      return false;
    }
    if (refusal == null) {
      refusal = contradiction(later);
    }
    if (refusal == null) {
      donor = later;
      missing = -1;
      readAgain();
    }
    return true;
  }

  private @Nullable String contradiction(ApplicationState later) {
    int length = donor.requestLength();
    if (later.requestLength() != length
        || !Arrays.equals(later.unanswered(), 0, length, donor.unanswered(), 0, length)) {
      return "the donor reports another request";
    }
    if (donor.answer() instanceof Answer.PartialBody before) {
      if (!(later.answer() instanceof Answer.PartialBody now)
          || now.offset() < before.offset()
          || !now.head().equals(before.head())) {
        return "the donor reports another response";
      }
    }
    return null;
  }

  private void readAgain() {
    ByteQueue known = new ByteQueue();
    if (!inBody) {
      known.add(opening.drain());
      section.clear();
      droppedInterims = 0;
      matched = -1;
    }
    ByteBuffer bytes = ByteBuffer.wrap(known.add(surplus.drain()).toBytes());
    if (inBody) {
      try {
        bodyAdvanced();
      } catch (RefusedException e) {
        refusal = e.getMessage();
      }
    }
    feed(bytes);
    if (bytes.hasRemaining()) {
      surplus.data(bytes, bytes.remaining());
      missing = -1;
    }
  }

  /** Whether the server's answer has been read up to the donor's position and agrees so far. */
  public boolean reached() {
    return refusal == null
        && (trivial() || matched >= 0 || (inBody && body.offset() >= donor.bodyOffset()));
  }

  /** In plain words, why the regenerated response is not a continuation; null if it is so far. */
  public @Nullable String refusal() {
    return refusal;
  }

  /**
   * At least how many more bytes of the server's answer {@link #feed} needs before a cut is
   * possible, 0 or more. 0 after a {@link #refusal}.
   */
  public int wanted() {
    if (trivial() || refusal != null) {
      return 0;
    }
    if (!reached()) {
      long distance = inBody ? donor.bodyOffset() - body.offset() : 1;
      return (int) Math.min(distance, Integer.MAX_VALUE);
    }
    try {
      return (int) missing();
    } catch (Unparsable e) {
      refusal = "cannot follow the regenerated response: " + e.reason();
    } catch (RefusedException e) {
      refusal = e.getMessage();
    }
    return 0;
  }

  /** Whether {@link #cut} would succeed now, whatever the server writes before it is frozen. */
  public boolean readyToCut() {
    return wanted() == 0 && refusal == null;
  }

  private long missing() throws Unparsable, RefusedException {
    if (missing < 0) {
      missing = isChunked() ? splice(surplus.toBytes()).missing() : 0;
    }
    return missing;
  }

  private boolean isChunked() {
    return inBody && body.framing() == Framing.CHUNKED;
  }

  /**
   * Computes the joint at the present donor's position. Changes nothing here: it may be tried again
   * with more bytes.
   *
   * @param rest every further byte the server has written, behind those consumed by {@link #feed},
   *     up to where it is stopped now; consumed, not retained
   * @param serverClosed whether the server has closed R behind {@code rest}
   * @throws RefusedException if there is no joint, with the reason
   */
  public Cut cut(ByteBuffer rest, boolean serverClosed) throws RefusedException {
    if (refusal != null) {
      throw new RefusedException(refusal);
    }
    if (!reached()) {
      throw new RefusedException("the rehearsal has not reached the donor's position");
    }
    byte[] given = new byte[rest.remaining()];
    rest.get(given);
    if (trivial()) {
      if (given.length > 0) {
        throw new RefusedException("an answer without a request");
      }
      return new Cut(given, HttpTracker.resume(donor, policy), false);
    }
    byte[] ahead = new ByteQueue().add(surplus.toBytes()).add(given).toBytes();
    HttpTracker tracker = HttpTracker.resume(verified(), policy);
    byte[] first;
    try {
      first = first(ahead);
    } catch (Unparsable e) {
      throw new RefusedException("cannot follow the regenerated response: " + e.reason());
    }
    tracker.response(ByteBuffer.wrap(first));
    return new Cut(first, tracker, completes(tracker, serverClosed));
  }

  private byte[] first(byte[] ahead) throws Unparsable, RefusedException {
    if (!inBody) {
      byte[] head = section.raw();
      return new ByteQueue().add(head, matched, head.length).add(ahead).toBytes();
    }
    if (!isChunked()) {
      return ahead;
    }
    Joint joint = splice(ahead);
    if (joint.missing() > 0) {
      throw new RefusedException(
          "the server has to write " + joint.missing() + " more bytes first");
    }
    return joint.bytes();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Joint(long missing, byte[] bytes) {}

  /** Reads {@code ahead} on a copy of the present position. */
  private Joint splice(byte[] ahead) throws Unparsable, RefusedException {
    Body probe = body.copy();
    ByteQueue data = new ByteQueue();
    ByteBuffer bytes = ByteBuffer.wrap(ahead);
    probe.feed(bytes, Long.MAX_VALUE, data);
    if (bytes.hasRemaining()) {
      throw new RefusedException("bytes behind the end of the response");
    }
    ChunkPosition client = bodySent().chunk();
    if (client == null) {
      throw new RefusedException("framing of another kind");
    }
    ChunkSplice splice = new ChunkSplice(client, data.toBytes(), probe.position());
    long lacking = splice.join();
    return new Joint(lacking, splice.written());
  }

  /** The donor's state, with a digest of what was regenerated if that covers more. */
  private ApplicationState verified() {
    if (inBody && digest.length() == body.offset()) {
      return donor.with(bodySent().withDigest(digest));
    }
    return donor;
  }

  private static boolean completes(HttpTracker tracker, boolean serverClosed)
      throws RefusedException {
    Unmovable reason = tracker.unmovable();
    Phase phase = tracker.phase();
    if (phase == Phase.UNTRACKED && reason != null) {
      throw new RefusedException(reason.reason());
    }
    boolean complete = phase == Phase.IDLE || phase == Phase.CLOSING;
    if (serverClosed && !complete) {
      if (!tracker.endsWithConnection()) {
        throw new RefusedException("the server closed before the end of its response");
      }
      tracker.responseClosed();
      complete = true;
    }
    return complete;
  }

  private Answer sent() {
    Answer answer = donor.answer();
    if (answer == null) {
      throw new IllegalStateException("nothing has been sent");
    }
    return answer;
  }

  private Answer.PartialBody bodySent() {
    return (Answer.PartialBody) sent();
  }
}
