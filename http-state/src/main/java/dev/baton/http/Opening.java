package dev.baton.http;

import java.nio.ByteBuffer;

/** What the first bytes of a connection are, for one who may look at them but not read them. */
public sealed interface Opening permits RequestHead, Opening.Incomplete, Opening.Unclear {

  /** The beginning of a request whose header section is not complete yet. */
  record Incomplete() implements Opening {}

  /**
   * Nothing that can be read with certainty: another protocol, or a hostile request.
   *
   * @param reason in plain words
   */
  record Unclear(String reason) implements Opening {}

  /**
   * Looks at the first bytes of a connection.
   *
   * @param bytes consumed
   */
  static Opening of(ByteBuffer bytes) {
    HeaderSection section = new HeaderSection();
    try {
      if (!section.take(bytes)) {
        return new Incomplete();
      }
      RequestHeader header = new RequestHeader();
      header.parse(section);
      return new RequestHead(
          header.method(section), header.target(section), section.value(RequestHead.HOST));
    } catch (Unparsable e) {
      return new Unclear(e.reason());
    }
  }
}
