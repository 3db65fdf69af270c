package dev.baton.demo;

import java.io.IOException;
import java.io.OutputStream;

/**
 * An endless stream of bytes that is the same wherever and whenever it is generated: a function of
 * salt, seed and position alone, so that a client can check any part of what it received.
 *
 * <p>Eight bytes at a time come from the SplitMix64 finaliser over a Weyl sequence, most
 * significant byte first.
 */
public final class Content {

  private static final long WEYL = 0x9E3779B97F4A7C15L;
  private static final int SLICE = 8192;

  private final long key;

  /**
   * The content of one resource.
   *
   * @param salt the server's content variant
   * @param seed which of the variant's resources
   */
  public Content(long salt, long seed) {
    this.key = mix(salt * WEYL + seed);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private long word(long index) {
    return mix(key + (index + 1) * WEYL);
  }

  /**
   * Generates the bytes from {@code position} on.
   *
   * @param position where in the content to begin, 0 or more
   * @param target where the bytes go
   * @param offset the first index to fill
   * @param length how many bytes to generate
   */
  public void fill(long position, byte[] target, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = position + done;
      long word = word(at >>> 3);
      for (int inWord = (int) (at & 7); inWord < 8 && done < length; inWord++) {
        target[offset + done++] = (byte) (word >>> (56 - 8 * inWord));
      }
    }
  }

  /** Writes the first {@code bytes} bytes. */
  public void writeTo(OutputStream out, long bytes) throws IOException {
    byte[] slice = new byte[SLICE];
    for (long position = 0; position < bytes; ) {
      int n = (int) Math.min(slice.length, bytes - position);
      fill(position, slice, 0, n);
      out.write(slice, 0, n);
      position += n;
    }
  }

  /**
   * Writes the first {@code bytes} bytes in pieces of irregular size, from one byte to some tens of
   * thousands, flushing after some of them. The pieces too are the same each time.
   */
  public void writeIrregularlyTo(OutputStream out, long bytes) throws IOException {
    byte[] piece = new byte[1 << 15];
    long sizes = ~key;
    for (long position = 0; position < bytes; ) {
      sizes += WEYL;
      long random = mix(sizes);
      int magnitude = (int) (random & 15);
      int size = 1 + (int) ((random >>> 8) & ((1 << magnitude) - 1));
      int n = (int) Math.min(size, bytes - position);
      fill(position, piece, 0, n);
      out.write(piece, 0, n);
      position += n;
      if ((random >>> 60) < 4) {
        out.flush();
      }
    }
  }

  /**
   * Writes the first {@code bytes} bytes at a steady pace, flushing every two milliseconds.
   *
   * @param bytesPerSecond the pace, 1 or more
   * @param begunMillis how long ago it began, in milliseconds: what was due since is written at
   *     once
   */
  public void trickleTo(OutputStream out, long bytes, long bytesPerSecond, long begunMillis)
      throws IOException {
    byte[] slice = new byte[(int) Math.max(1, Math.min(1 << 20, bytesPerSecond / 500))];
    long start = System.nanoTime() - begunMillis * 1_000_000;
    for (long position = 0; position < bytes; ) {
      int n = (int) Math.min(slice.length, bytes - position);
      fill(position, slice, 0, n);
      out.write(slice, 0, n);
      out.flush();
      position += n;
      long due = start + (long) (position * 1e9 / bytesPerSecond);
      Endpoints.pauseUntil(due);
    }
  }
}
