package dev.baton.http;

/**
 * Where a chunked body (RFC 9112 §7.1) stands, exact to the byte.
 *
 * @param remaining data bytes left in the open chunk; more than 0 in {@link Stage#DATA}, else 0
 * @param line the raw bytes so far of the size line, of the CRLF after the data, or of the trailer
 *     section with its final empty line; empty in {@link Stage#DATA}; not to be modified
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ChunkPosition(Stage stage, long remaining, byte[] line) {
  /** The names are part of the travelling form. */
  enum Stage {
    SIZE,
    DATA,
    AFTER_DATA,
    TRAILER,
    END
  }

  boolean ended() {
    return stage == Stage.TRAILER || stage == Stage.END;
  }
}
