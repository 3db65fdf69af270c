package dev.baton.it.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.baton.demo.Content;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The body a response must have. Compared as it arrives, so that a wrong byte is reported with its
 * position, and with the position in the right content that the wrong bytes come from, if any.
 */
public abstract class ExpectedBody {

  /** How far around the wrong byte to look for what was sent in place of the right ones. */
  private static final int SEARCH = 8 << 20;

  private static final int SAMPLE = 16;

  private final long length;
  private byte[] scratch = new byte[0];

  private ExpectedBody(long length) {
    this.length = length;
  }

  /** Nothing at all. */
  public static ExpectedBody empty() {
    return text("");
  }

  /** Exactly this text. */
  public static ExpectedBody text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return new ExpectedBody(bytes.length) {
      @Override
      void fill(long position, byte[] target, int count) {
        System.arraycopy(bytes, (int) position, target, 0, count);
      }
    };
  }

  /** Whatever text comes, kept for the test to look at. */
  public static final class AnyText extends ExpectedBody {

    private final ByteArrayOutputStream text = new ByteArrayOutputStream();

    /** Nothing yet. */
    public AnyText() {
      super(0);
    }

    /** The text that came. */
    public String text() {
      return text.toString(UTF_8);
    }

    @Override
    void fill(long position, byte[] target, int count) {
      throw new UnsupportedOperationException("nothing is expected");
    }

    @Override
    void check(long position, byte[] received, int from, int to) {
      text.write(received, from, to - from);
    }

    @Override
    void checkEnd(long position) {}
  }

  /** What the demo servers generate for this salt and seed. */
  public static ExpectedBody generated(long salt, long seed, long bytes) {
    Content content = new Content(salt, seed);
    return new ExpectedBody(bytes) {
      @Override
      void fill(long position, byte[] target, int count) {
        content.fill(position, target, 0, count);
      }
    };
  }

  /** The content of a file of less than 2 GiB, which must not change meanwhile. */
  public static ExpectedBody file(Path file) {
    MappedByteBuffer mapped;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      mapped = channel.map(MapMode.READ_ONLY, 0, channel.size());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ExpectedBody(mapped.capacity()) {
      @Override
      void fill(long position, byte[] target, int count) {
        mapped.get((int) position, target, 0, count);
      }
    };
  }

  /** Its length in bytes. */
  public long length() {
    return length;
  }

  /**
   * Generates {@code count} bytes from {@code position} on into the beginning of {@code target}.
   */
  abstract void fill(long position, byte[] target, int count);

  /**
   * Compares a piece that was received.
   *
   * @throws WrongBytes if it differs or goes on beyond the end
   */
  void check(long position, byte[] received, int from, int to) throws WrongBytes {
    int count = to - from;
    if (position + count > length) {
      throw new WrongBytes(
          "the body goes on after its %,d bytes, at least to %,d"
              .formatted(length, position + count));
    }
    if (scratch.length < count) {
      scratch = new byte[count];
    }
    fill(position, scratch, count);
    int wrong = Arrays.mismatch(received, from, to, scratch, 0, count);
    if (wrong >= 0) {
      byte[] sample =
          Arrays.copyOfRange(received, from + wrong, Math.min(to, from + wrong + SAMPLE));
      throw new WrongBytes(
          "byte %,d of %,d is %02x instead of %02x; %s"
              .formatted(
                  position + wrong,
                  length,
                  received[from + wrong],
                  scratch[wrong],
                  origin(position + wrong, sample)));
    }
  }

  /**
   * Told when the body has ended.
   *
   * @throws WrongBytes if it is too short
   */
  void checkEnd(long position) throws WrongBytes {
    if (position != length) {
      throw new WrongBytes("%,d body bytes instead of %,d".formatted(position, length));
    }
  }

  /** Skipped, repeated or foreign: the first question after any mismatch. */
  private String origin(long position, byte[] sample) {
    long start = Math.max(0, position - SEARCH);
    byte[] around = new byte[(int) (Math.min(length, position + SEARCH) - start)];
    fill(start, around, around.length);
    for (int i = 0; i + sample.length <= around.length; i++) {
      if (Arrays.equals(around, i, i + sample.length, sample, 0, sample.length)) {
        return "what was sent there belongs to %,d: %+,d bytes"
            .formatted(start + i, start + i - position);
      }
    }
    return "what was sent there occurs nowhere near: " + Arrays.toString(sample);
  }
}
