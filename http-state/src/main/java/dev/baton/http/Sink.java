package dev.baton.http;

import java.nio.ByteBuffer;

/** Takes decoded body bytes. */
@FunctionalInterface
interface Sink {
  /** Skips them. */
  Sink NOWHERE = (source, count) -> source.position(source.position() + count);

  /** Consumes exactly {@code count} bytes, {@code 0 < count <= source.remaining()}. */
  void data(ByteBuffer source, int count);
}
