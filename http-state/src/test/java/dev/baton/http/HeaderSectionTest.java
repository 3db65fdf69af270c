package dev.baton.http;

import static dev.baton.http.Connections.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes are looked at eight at a time: each value has to be judged alike in each place. */
class HeaderSectionTest {
  private static final int VALUES = 256;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 15, 16, 17})
  void aNameIsMadeOfTokenCharactersWhereverTheyAre(int length) {
    for (int at = 0; at < length; at++) {
      for (int value = 0; value < VALUES; value++) {
        byte[] section = bytes("GET / HTTP/1.1\r\n" + "Z".repeat(length) + ":1\r\n\r\n");
        section["GET / HTTP/1.1\r\n".length() + at] = (byte) value;
        // A colon that is not the first byte just ends the name sooner.
        boolean good = Ascii.isToken((byte) value) || (value == ':' && at > 0);
        assertThat(readable(section)).as("byte %d at %d", value, at).isEqualTo(good);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 15, 16, 17})
  void aTargetIsMadeOfVisibleAsciiWhereverItIs(int length) {
    for (int at = 0; at < length; at++) {
      for (int value = 0; value < VALUES; value++) {
        byte[] section = bytes("GET " + "/".repeat(length) + " HTTP/1.1\r\nA: 1\r\n\r\n");
        section["GET ".length() + at] = (byte) value;
        boolean good = value > ' ' && value < 0x7f;
        assertThat(readable(section)).as("byte %d at %d", value, at).isEqualTo(good);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 15, 16, 17})
  void aValueHasNoControlCharactersWhereverTheyAre(int length) {
    for (int at = 0; at < length; at++) {
      for (int value = 0; value < VALUES; value++) {
        byte[] section = bytes("GET / HTTP/1.1\r\nA:" + "v".repeat(length) + "\r\nB: 1\r\n\r\n");
        section["GET / HTTP/1.1\r\nA:".length() + at] = (byte) value;
        boolean good = (value >= ' ' && value != 0x7f) || value == '\t';
        assertThat(readable(section)).as("byte %d at %d", value, at).isEqualTo(good);
      }
    }
  }

  @Test
  void theVersionIsOneOfTwo() {
    for (int value = 0; value < VALUES; value++) {
      byte[] section = bytes("GET / HTTP/1.1\r\nA: 1\r\n\r\n");
      section["GET / HTTP/1.".length()] = (byte) value;
      assertThat(readable(section)).as("%d", value).isEqualTo(value == '0' || value == '1');
    }
  }

  private static boolean readable(byte[] bytes) {
    try {
      HeaderSection section = new HeaderSection();
      boolean complete = section.take(ByteBuffer.wrap(bytes));
      assertThat(complete).isTrue();
      new RequestHeader().parse(section);
      return true;
    } catch (Unparsable e) {
      return false;
    }
  }
}
