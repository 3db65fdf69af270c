package dev.baton.demo;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The body of one request: ends where the body does and leaves the rest of the stream alone. */
final class RequestBody extends InputStream {

  private final InputStream in;
  private final boolean chunked;

  /** Bytes left of the body, or of the current chunk. */
  private long left;

  private boolean ended;

  private RequestBody(InputStream in, boolean chunked, long length) {
    this.in = in;
    this.chunked = chunked;
    this.left = length;
    this.ended = !chunked && length == 0;
  }

  /**
   * The body that follows {@code head}.
   *
   * @throws BadRequest if the head leaves in doubt where it ends
   */
  static RequestBody of(RequestHead head, InputStream in) throws BadRequest {
    String coding = head.field("Transfer-Encoding", "");
    String length = head.field("Content-Length", "");
    if (!coding.isEmpty()) {
      if (!coding.equalsIgnoreCase("chunked") || !length.isEmpty()) {
        throw new BadRequest("where does the body end?");
      }
      return new RequestBody(in, true, 0);
    }
    if (!length.isEmpty() && !length.matches("[0-9]{1,18}")) {
      throw new BadRequest("not a length: " + length);
    }
    return new RequestBody(in, false, length.isEmpty() ? 0 : Long.parseLong(length));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (!ended && left == 0) {
      nextChunk();
    }
    if (ended) {
      return -1;
    }
    int n = in.read(target, offset, (int) Math.min(length, left));
    if (n < 0) {
      throw new EOFException("the connection ended inside a request's body");
    }
    left -= n;
    if (left == 0) {
      if (chunked) {
        expectEmptyLine();
      } else {
        ended = true;
      }
    }
    return n;
  }

  private void nextChunk() throws IOException {
    String size = RequestHead.line(in, 1024);
    if (size == null || !size.matches("[0-9a-fA-F]{1,15}(;.*)?")) {
      throw new BadRequest("not a chunk size: " + size);
    }
    left = Long.parseLong(size.replaceFirst(";.*", ""), 16);
    if (left == 0) {
      ended = true;
      String trailer;
      do {
        trailer = RequestHead.line(in, 1024);
      } while (trailer != null && !trailer.isEmpty());
    }
  }

  private void expectEmptyLine() throws IOException {
    String line = RequestHead.line(in, 2);
    if (line == null || !line.isEmpty()) {
      throw new BadRequest("a chunk does not end where it should");
    }
  }
}
