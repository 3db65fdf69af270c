package dev.baton.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Bytes in the order they came. */
final class ByteQueue implements Sink {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @Override
  public void data(ByteBuffer source, int count) {
    byte[] piece = new byte[count];
    source.get(piece);
    bytes.writeBytes(piece);
  }

  ByteQueue add(byte[] piece) {
    bytes.writeBytes(piece);
    return this;
  }

  ByteQueue add(byte[] piece, int from, int to) {
    bytes.write(piece, from, to - from);
    return this;
  }

  ByteQueue add(String ascii) {
    return add(Ascii.bytes(ascii));
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  byte[] drain() {
    byte[] all = bytes.toByteArray();
    bytes.reset();
    return all;
  }
}
