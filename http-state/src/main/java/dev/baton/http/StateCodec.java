package dev.baton.http;

import dev.baton.http.ChunkPosition.Stage;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.dataformat.cbor.CBORFactory;

/**
 * {@link ApplicationState} as CBOR: one array whose first element is the version and whose others
 * have fixed places. What is decoded is checked as far as the tracker relies on it.
 */
final class StateCodec {
  private static final int VERSION = 1;
  private static final int NO_ANSWER = 0;
  private static final int PARTIAL_HEAD = 1;
  private static final int PARTIAL_BODY = 2;
  private static final int MAX_FIELD = HeaderSection.MAX;
  private static final CBORFactory CBOR = new CBORFactory();

  private StateCodec() {}

  static byte[] encode(ApplicationState state) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512 + state.unanswered().length);
    try (JsonGenerator to = CBOR.createGenerator(ObjectWriteContext.empty(), out)) {
      to.writeStartArray();
      to.writeNumber(VERSION);
      to.writeString(state.phase().name());
      to.writeNumber(state.bytesRead());
      to.writeNumber(state.bytesWritten());
      to.writeNumber(state.placed());
      to.writeBinary(state.unanswered());
      to.writeNumber(state.requestLength());
      Answer answer = state.answer();
      if (answer instanceof Answer.PartialHead head) {
        to.writeNumber(PARTIAL_HEAD);
        to.writeNumber(head.interims());
        to.writeBinary(head.raw());
      } else if (answer instanceof Answer.PartialBody body) {
        to.writeNumber(PARTIAL_BODY);
        write(to, body);
      } else {
        to.writeNumber(NO_ANSWER);
      }
      to.writeEndArray();
    }
    return out.toByteArray();
  }

  private static void write(JsonGenerator to, Answer.PartialBody body) {
    ResponseHead head = body.head();
    to.writeNumber(body.interims());
    to.writeNumber(head.status());
    to.writeString(head.framing().name());
    to.writeNumber(head.length());
    to.writeBoolean(head.persistent());
    write(to, head.contentType());
    write(to, head.contentEncoding());
    write(to, head.entityTag());
    write(to, head.lastModified());
    write(to, head.contentRange());
    write(to, head.acceptRanges());
    write(to, head.date());
    to.writeNumber(body.offset());
    to.writeNumber(body.digestLength());
    to.writeNumber(body.digest());
    ChunkPosition chunk = body.chunk();
    if (chunk != null) {
      to.writeString(chunk.stage().name());
      to.writeNumber(chunk.remaining());
      to.writeBinary(chunk.line());
    }
  }

  private static void write(JsonGenerator to, @Nullable String text) {
    if (text == null) {
      to.writeNull();
    } else {
      to.writeString(text);
    }
  }

  static ApplicationState decode(byte[] bytes) {
    try (JsonParser parser = CBOR.createParser(ObjectReadContext.empty(), bytes)) {
      return new Reader(parser).state();
    } catch (JacksonException e) {
      throw new MalformedStateException("application state is not the CBOR expected", e);
    }
  }

  /** Reads one element after the other and says which one is wrong. */
  private record Reader(JsonParser parser) {
    ApplicationState state() {
      expect("start", JsonToken.START_ARRAY);
      long version = number("version", 0, Integer.MAX_VALUE);
      if (version != VERSION) {
        throw new MalformedStateException(
            "application state of version " + version + ", this node speaks " + VERSION);
      }
      Phase phase = choice("phase", Phase.class);
      long bytesRead = number("bytes read", 0, Long.MAX_VALUE);
      long bytesWritten = number("bytes written", 0, Long.MAX_VALUE);
      int placed = (int) number("placements", 0, bytesRead == 0 ? Integer.MAX_VALUE : 0);
      byte[] unanswered = binary("request", Integer.MAX_VALUE);
      int requestLength = (int) number("request length", 0, unanswered.length);
      check(phase != Phase.CLOSING && phase != Phase.UNTRACKED, "phase");
      Answer answer = answer(phase);
      check(bytesRead >= unanswered.length, "bytes read");
      check(answer != null == requestLength > 0, "request length");
      expect("end", JsonToken.END_ARRAY);
      check(parser.nextToken() == null, "end");
      ApplicationState state =
          new ApplicationState(
              phase, unanswered, requestLength, bytesRead, bytesWritten, placed, answer);
      checkTogether(state);
      return state;
    }

    private @Nullable Answer answer(Phase phase) {
      int kind = (int) number("kind of answer", NO_ANSWER, PARTIAL_BODY);
      int fits =
          switch (phase) {
            case RESPONSE_HEADER -> PARTIAL_HEAD;
            case RESPONSE -> PARTIAL_BODY;
            default -> NO_ANSWER;
          };
      check(kind == fits, "kind of answer");
      if (kind == NO_ANSWER) {
        return null;
      }
      int interims = (int) number("interim responses", 0, Integer.MAX_VALUE);
      if (kind == PARTIAL_BODY) {
        return body(interims);
      }
      byte[] raw = binary("response header", HeaderSection.MAX);
      check(raw.length > 0, "response header");
      return new Answer.PartialHead(interims, raw);
    }

    private Answer.PartialBody body(int interims) {
      ResponseHead head = head();
      boolean sized = head.framing() == Framing.LENGTH;
      long offset = number("body offset", 0, sized ? head.length() - 1 : Long.MAX_VALUE);
      long digestLength = number("digest length", 0, offset);
      int digest = (int) number("digest", Integer.MIN_VALUE, Integer.MAX_VALUE);
      ChunkPosition chunk = head.framing() == Framing.CHUNKED ? chunk() : null;
      return new Answer.PartialBody(interims, head, offset, digestLength, digest, chunk);
    }

    private ResponseHead head() {
      int status = (int) number("status", 200, 599);
      Framing framing = choice("framing", Framing.class);
      check(framing != Framing.NONE, "framing");
      long length = number("length", 0, framing == Framing.LENGTH ? Long.MAX_VALUE : 0);
      JsonToken token = parser.nextToken();
      check(token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE, "persistence");
      return new ResponseHead(
          status,
          framing,
          length,
          token == JsonToken.VALUE_TRUE,
          text("Content-Type"),
          text("Content-Encoding"),
          text("ETag"),
          text("Last-Modified"),
          text("Content-Range"),
          text("Accept-Ranges"),
          text("Date"));
    }

    private ChunkPosition chunk() {
      Stage stage = choice("chunk stage", Stage.class);
      check(stage != Stage.END, "chunk stage");
      boolean data = stage == Stage.DATA;
      long remaining = number("chunk remaining", data ? 1 : 0, data ? Integer.MAX_VALUE : 0);
      byte[] line = binary("chunk line", data ? 0 : MAX_FIELD);
      return new ChunkPosition(stage, remaining, line);
    }

    /** A tracker that resumes from the state has to arrive at the same state. */
    private static void checkTogether(ApplicationState state) {
      HttpTracker.Policy anything =
          new HttpTracker.Policy(Integer.MAX_VALUE, (method, target) -> true);
      HttpTracker tracker = HttpTracker.resume(state, anything);
      check(tracker.unmovable() == null, "request or response");
      if (state.answering()) {
        check(tracker.phase() == state.phase(), "phase");
        check(tracker.bytesRead() == state.exchangeStart() + state.requestLength(), "request");
        check(tracker.snapshot().requestLength() == state.requestLength(), "request length");
      }
    }

    private long number(String what, long min, long max) {
      expect(what, JsonToken.VALUE_NUMBER_INT);
      check(parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER, what);
      long value = parser.getLongValue();
      check(value >= min && value <= max, what);
      return value;
    }

    private <E extends Enum<E>> E choice(String what, Class<E> type) {
      expect(what, JsonToken.VALUE_STRING);
      String name = parser.getString();
      for (E value : type.getEnumConstants()) {
        if (value.name().equals(name)) {
          return value;
        }
      }
      throw new MalformedStateException("application state: unknown " + what);
    }

    private byte[] binary(String what, int max) {
      expect(what, JsonToken.VALUE_EMBEDDED_OBJECT);
      byte[] value = parser.getBinaryValue();
      if (value == null || value.length > max) {
        throw new MalformedStateException("application state: " + what + " out of range");
      }
      return value;
    }

    private @Nullable String text(String what) {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.VALUE_NULL) {
        return null;
      }
      check(token == JsonToken.VALUE_STRING, what);
      String value = parser.getString();
      check(value.length() <= MAX_FIELD, what);
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        check(c == '\t' || (c >= ' ' && c <= 0xff && c != 0x7f), what);
      }
      return value;
    }

    private void expect(String what, JsonToken token) {
      check(parser.nextToken() == token, what);
    }

    private static void check(boolean holds, String what) {
      if (!holds) {
        throw new MalformedStateException("application state: " + what + " out of range");
      }
    }
  }
}
