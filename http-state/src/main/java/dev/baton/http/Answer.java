package dev.baton.http;

import org.jspecify.annotations.Nullable;

/** What has been sent of the response in progress. */
sealed interface Answer {
  /** Interim responses (1xx) sent completely. */
  int interims();

  /**
   * Inside a header section, final or interim.
   *
   * @param raw the bytes of this section sent so far, at least one; not to be modified
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record PartialHead(int interims, byte[] raw) implements Answer {}

  /**
   * Behind the final header section, before the end of the body.
   *
   * @param offset decoded body bytes sent
   * @param digestLength decoded bytes the digest covers, at most {@code offset}
   * @param digest their CRC32C
   * @param chunk with {@link Framing#CHUNKED} only
   */
  record PartialBody(
      int interims,
      ResponseHead head,
      long offset,
      long digestLength,
      int digest,
      @Nullable ChunkPosition chunk)
      implements Answer {

    PartialBody withDigest(Digest full) {
      return new PartialBody(interims, head, offset, full.length(), full.value(), chunk);
    }
  }
}
