package dev.baton.http;

import static dev.baton.http.Ascii.bytes;

import dev.baton.http.ChunkPosition.Stage;
import java.util.Arrays;

/**
 * Joins two chunkings of the same body. The client stopped at one place of the donor's framing; the
 * acceptor's server has written {@code data} beyond that body offset and stopped at a place of its
 * own framing. What is written here leads the client from the first place to the second, so that
 * all the server writes later can be passed on as it is.
 */
final class ChunkSplice {
  /** The longest stretch of the server's answer read ahead to fill the client's open chunk. */
  private static final long MAX_FILL = 4 << 20;

  private static final byte[] CRLF = bytes("\r\n");
  private static final byte[] LAST_CHUNK = bytes("0\r\n");

  private final ChunkPosition client;
  private final byte[] data;
  private final ChunkPosition server;
  private final ByteQueue out = new ByteQueue();

  /**
   * @param client where the client's framing stands
   * @param data all decoded bytes the server has written from the client's body offset on
   * @param server where the server's framing stands after them
   */
  ChunkSplice(ChunkPosition client, byte[] data, ChunkPosition server) {
    this.client = client;
    this.data = data;
    this.server = server;
  }

  /** What {@link #join} has written. */
  byte[] written() {
    return out.toBytes();
  }

  /**
   * Writes the joint.
   *
   * @return 0, or how many bytes at least the server has to write before there can be a joint; then
   *     what has been written is void
   * @throws RefusedException if no continuation of the server's can be joined
   */
  long join() throws RefusedException {
    return switch (client.stage()) {
      case DATA -> fill(client.remaining(), 0);
      case AFTER_DATA -> fill(0, client.line().length);
      case SIZE -> afterSizeLine(client.line());
      case TRAILER -> afterTrailer(client.line());
      case END -> throw new IllegalStateException("the client has the whole response");
    };
  }

  /**
   * The client's open chunk still lacks {@code owed} bytes and, if that is none, has {@code
   * crlfBytes} of the CRLF behind it.
   */
  private long fill(long owed, int crlfBytes) throws RefusedException {
    if (data.length < owed) {
      if (server.stage() == Stage.DATA && data.length + server.remaining() == owed) {
        out.add(data);
        return 0;
      }
      refuseIfServerEnded();
      long lacking = owed - data.length;
      if (lacking <= MAX_FILL) {
        return lacking;
      }
      if (server.stage() == Stage.DATA) {
        throw new RefusedException("the client's open chunk lacks " + lacking + " bytes");
      }
      // Only the server's next size line tells whether the chunks coincide.
      return 1;
    }
    int filled = (int) owed;
    if (data.length == filled && server.stage() == Stage.AFTER_DATA) {
      int serverCrlfBytes = server.line().length;
      if (serverCrlfBytes < crlfBytes) {
        return (long) crlfBytes - serverCrlfBytes;
      }
      out.add(data).add(CRLF, crlfBytes, serverCrlfBytes);
      return 0;
    }
    out.add(data, 0, filled).add(CRLF, crlfBytes, 2);
    return freshChunk(filled);
  }

  /** The client is between two chunks and {@code data} from {@code from} on is not framed yet. */
  private long freshChunk(int from) {
    int left = data.length - from;
    boolean afterData = server.stage() == Stage.AFTER_DATA;
    if (left > 0) {
      out.add(Integer.toHexString(left)).add(CRLF).add(data, from, data.length);
      out.add(CRLF, 0, afterData ? server.line().length : 2);
    } else if (afterData) {
      return 2L - server.line().length;
    }
    switch (server.stage()) {
      case DATA -> out.add(Long.toHexString(server.remaining())).add(CRLF);
      case SIZE -> out.add(server.line());
      case TRAILER, END -> out.add(LAST_CHUNK).add(server.line());
      case AFTER_DATA -> {}
    }
    return 0;
  }

  private long afterSizeLine(byte[] sent) throws RefusedException {
    if (sent.length == 0) {
      return freshChunk(0);
    }
    String text = Ascii.text(sent);
    if (text.indexOf(';') >= 0) {
      throw new RefusedException("cut inside a chunk extension");
    }
    if (data.length == 0 && server.stage() == Stage.SIZE && startsWith(server.line(), sent)) {
      out.add(server.line(), sent.length, server.line().length);
      return 0;
    }
    boolean digitsOnly = !text.endsWith("\r");
    long size = Long.parseLong(text.strip(), 16);
    if (size > 0) {
      if (digitsOnly && server.stage() == Stage.DATA) {
        String digits = Long.toHexString(size);
        String whole = Long.toHexString(data.length + server.remaining());
        if (whole.startsWith(digits)) {
          out.add(whole.substring(digits.length())).add(CRLF).add(data);
          return 0;
        }
      }
      // Whatever digits were to follow: the ones the client has are a size as well.
      out.add(CRLF, digitsOnly ? 0 : 1, 2);
      return fill(size, 0);
    }
    if (digitsOnly && (data.length > 0 || server.stage() == Stage.DATA)) {
      // The zeros become leading zeros.
      return freshChunk(0);
    }
    refuseIfServerHasData();
    if (!server.ended()) {
      return 1;
    }
    out.add(CRLF, digitsOnly ? 0 : 1, 2).add(server.line());
    return 0;
  }

  private long afterTrailer(byte[] sent) throws RefusedException {
    refuseIfServerHasData();
    int at = server.ended() ? FieldLines.match(sent, server.line()) : -1;
    if (at < 0) {
      return 1;
    }
    out.add(server.line(), at, server.line().length);
    return 0;
  }

  private void refuseIfServerEnded() throws RefusedException {
    if (server.ended()) {
      throw new RefusedException("a shorter body than the chunk size the client has been told");
    }
  }

  private void refuseIfServerHasData() throws RefusedException {
    if (data.length > 0 || server.stage() == Stage.DATA) {
      throw new RefusedException("a longer body than the client has been told");
    }
  }

  private static boolean startsWith(byte[] line, byte[] prefix) {
    return line.length >= prefix.length
        && Arrays.equals(line, 0, prefix.length, prefix, 0, prefix.length);
  }
}
