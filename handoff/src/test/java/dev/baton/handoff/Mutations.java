package dev.baton.handoff;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import tools.jackson.dataformat.cbor.CBORMapper;

/** Frames that no node would send, made of frames that nodes do send. Immutable. */
final class Mutations {
  private static final CBORMapper CBOR = CBORMapper.shared();
  private static final int DEEP = 5_000;

  /**
   * One of them.
   *
   * @param bytes with their length in front, such as it is
   * @param whole whether the other side can know that the frame has ended
   * @param first whether it stands for the introduction
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Frame(byte[] bytes, boolean whole, boolean first) {}

  private final List<byte[]> samples;

  /**
   * @param samples messages in CBOR, the first of them an introduction
   */
  Mutations(List<byte[]> samples) {
    this.samples = samples;
  }

  /** The frame of an introduction as it should be. */
  byte[] hello() {
    return framed(samples.get(0), samples.get(0).length);
  }

  Frame next(RandomGenerator random) {
    byte[] sample = samples.get(random.nextInt(samples.size()));
    boolean first = random.nextInt(20) == 0;
    return switch (random.nextInt(8)) {
      case 0 -> framed(flipped(sample, random), first);
      case 1 -> framed(Arrays.copyOf(sample, random.nextInt(1, sample.length)), first);
      case 2 -> {
        byte[] whole = framed(sample, sample.length);
        yield new Frame(Arrays.copyOf(whole, random.nextInt(1, whole.length)), false, first);
      }
      case 3 -> {
        int length = random.nextBoolean() ? random.nextInt() : random.nextInt(1 << 24);
        boolean whole = length <= sample.length || length > 16 << 20;
        yield new Frame(framed(sample, length), whole, first);
      }
      case 4 -> framed(withFields(sample, random, Field.TYPE), first);
      case 5 -> framed(withFields(sample, random, Field.NULL), first);
      case 6 -> framed(withFields(sample, random, Field.OTHER), first);
      default -> framed(nested(sample, random), first);
    };
  }

  private enum Field {
    TYPE,
    NULL,
    OTHER
  }

  private static byte[] flipped(byte[] sample, RandomGenerator random) {
    byte[] flipped = sample.clone();
    for (int n = random.nextInt(1, 8); n > 0; n--) {
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return flipped;
  }

  /** With one field that is not what it should be. */
  @SuppressWarnings("unchecked") // every message is a map
  private byte[] withFields(byte[] sample, RandomGenerator random, Field what) {
    Map<String, Object> message = new LinkedHashMap<>(CBOR.readValue(sample, Map.class));
    List<String> names = new ArrayList<>(message.keySet());
    String name = names.get(random.nextInt(names.size()));
    byte[] other = samples.get(random.nextInt(samples.size()));
    switch (what) {
      case TYPE -> message.put("type", CBOR.readValue(other, Map.class).get("type"));
      case NULL -> message.put(name, null);
      case OTHER ->
          message.put(
              name,
              switch (random.nextInt(6)) {
                case 0 -> Long.MIN_VALUE;
                case 1 -> "x".repeat(random.nextInt(100_000));
                case 2 -> new byte[random.nextInt(100_000)];
                case 3 -> List.of();
                case 4 -> Map.of("type", "hello");
                default -> random.nextDouble();
              });
    }
    return CBOR.writeValueAsBytes(message);
  }

  /** Arrays in arrays in arrays, alone or in a field's place. */
  private static byte[] nested(byte[] sample, RandomGenerator random) {
    int depth = random.nextInt(1, DEEP);
    int head = random.nextBoolean() ? 0 : random.nextInt(sample.length);
    byte[] nested = Arrays.copyOf(sample, head + depth);
    Arrays.fill(nested, head, nested.length, (byte) (random.nextBoolean() ? 0x81 : 0xa1));
    return nested;
  }

  private static Frame framed(byte[] body, boolean first) {
    return new Frame(framed(body, body.length), true, first);
  }

  private static byte[] framed(byte[] body, int length) {
    return ByteBuffer.allocate(4 + body.length).putInt(length).put(body).array();
  }
}
