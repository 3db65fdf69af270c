package dev.baton.http;

import static dev.baton.http.Connections.bytes;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Servers that send the same response in different pieces, and a client that reads it. */
final class Responses {
  private Responses() {}

  static byte[] body(RandomGenerator random, int length) {
    byte[] body = new byte[length];
    random.nextBytes(body);
    return body;
  }

  /** A chunked response, in chunks of this server's own liking. */
  static byte[] chunked(RandomGenerator random, String fields, byte[] body, String trailer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes("HTTP/1.1 200 OK\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n"));
    boolean upperCase = random.nextBoolean();
    int zeros = random.nextInt(3) == 0 ? random.nextInt(1, 4) : 0;
    int largest = random.nextInt(1, 2 * body.length + 2);
    int at = 0;
    while (at < body.length) {
      int size = Math.min(body.length - at, random.nextInt(1, largest + 1));
      String hex = "0".repeat(zeros) + Integer.toHexString(size);
      out.writeBytes(bytes((upperCase ? hex.toUpperCase(Locale.ROOT) : hex) + "\r\n"));
      out.write(body, at, size);
      out.writeBytes(bytes("\r\n"));
      at += size;
    }
    out.writeBytes(bytes("0\r\n" + trailer + "\r\n"));
    return out.toByteArray();
  }

  /** A response of announced length. */
  static byte[] sized(String fields, byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        bytes("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + body.length + "\r\n\r\n"));
    out.writeBytes(body);
    return out.toByteArray();
  }

  /** A response that ends with the connection. */
  static byte[] untilClose(String fields, byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes("HTTP/1.1 200 OK\r\n" + fields + "\r\n"));
    out.writeBytes(body);
    return out.toByteArray();
  }

  /** What a client makes of a response. */
  @SuppressWarnings("ArrayRecordComponent")
  record Received(int status, byte[] body, String trailers, boolean complete) {}

  /** Reads one final response the way an independent client does. */
  static Received receive(byte[] stream, boolean closed) {
    EmbeddedChannel client =
        new EmbeddedChannel(new HttpResponseDecoder(1 << 16, 1 << 16, 1 << 16));
    client.writeInbound(Unpooled.wrappedBuffer(stream));
    if (closed) {
      client.finish();
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int status = 0;
    boolean complete = false;
    String trailers = "";
    for (HttpObject object = client.readInbound(); object != null; object = client.readInbound()) {
      if (object.decoderResult().isFailure()) {
        throw new AssertionError("the client could not read on", object.decoderResult().cause());
      }
      if (object instanceof HttpResponse response) {
        status = response.status().code();
        complete = false;
      }
      if (object instanceof HttpContent content) {
        ByteBuf piece = content.content();
        byte[] bytes = new byte[piece.readableBytes()];
        piece.readBytes(bytes);
        body.writeBytes(bytes);
        piece.release();
      }
      if (object instanceof LastHttpContent last) {
        complete = true;
        trailers = String.join(",", last.trailingHeaders().names());
      }
    }
    client.finishAndReleaseAll();
    return new Received(status, body.toByteArray(), trailers, complete);
  }
}
