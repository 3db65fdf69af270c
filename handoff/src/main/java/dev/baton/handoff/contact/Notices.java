package dev.baton.handoff.contact;

import dev.baton.handoff.wire.ProtocolException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.dataformat.cbor.CBORMapper;

/** Notices as they travel: CBOR. */
final class Notices {
  private static final ObjectMapper CBOR =
      CBORMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final ObjectWriter WRITER = CBOR.writerFor(Notice.class);
  private static final ObjectReader READER = CBOR.readerFor(Notice.class);

  private Notices() {}

  static byte[] encode(Notice notice) {
    return WRITER.writeValueAsBytes(notice);
  }

  /**
   * @throws ProtocolException if it is no notice
   */
  static Notice decode(byte[] bytes) throws ProtocolException {
    try {
      return READER.readValue(bytes);
    } catch (JacksonException e) {
      throw new ProtocolException("a notice cannot be read: " + e.getOriginalMessage());
    }
  }
}
