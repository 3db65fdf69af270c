package dev.baton.it.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.baton.it.wire.Reply.Framing;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * One TCP connection to a server, from first to last: never reconnects, never repeats. Requests may
 * be pipelined. One thread reads; another may write.
 *
 * <p>Every deviation from RFC 9112's grammar is an error, also those a lenient client would let
 * pass: a splice that is off by a byte must not go unnoticed.
 */
public final class ClientConnection implements Closeable {

  /** A server that is silent for longer is taken for dead, in milliseconds. */
  private static final int SILENCE_MILLIS = 30_000;

  private static final int LONGEST_LINE = 16 << 10;

  private final Socket socket;
  private final Pace pace;
  private final Waits waits = new Waits();
  private final byte[] buffer = new byte[64 << 10];
  private int start;
  private int end;

  private ClientConnection(Socket socket, Pace pace) {
    this.socket = socket;
    this.pace = pace;
  }

  /** Connects; reads as fast as it comes. */
  public static ClientConnection open(InetSocketAddress server) throws IOException {
    return open(server, Pace.unlimited(), 0);
  }

  /**
   * Connects.
   *
   * @param pace how fast to read
   * @param receiveBuffer size of the kernel's receive buffer in bytes; a small one makes the server
   *     feel the pace, and the client the server's pauses. 0 leaves it to the kernel.
   */
  public static ClientConnection open(InetSocketAddress server, Pace pace, int receiveBuffer)
      throws IOException {
    Socket socket = new Socket();
    try {
      if (receiveBuffer > 0) {
        socket.setReceiveBufferSize(receiveBuffer);
      }
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(SILENCE_MILLIS);
      socket.connect(server, SILENCE_MILLIS);
      return new ClientConnection(socket, pace);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** The client's end, the same for the life of this object. */
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /** The address connected to. */
  public InetAddress remoteAddress() {
    return socket.getInetAddress();
  }

  /** How fast this client reads. */
  public Pace pace() {
    return pace;
  }

  /** How long this client has waited for bytes, and when. */
  public Waits waits() {
    return waits;
  }

  /** Sends requests, all in one write. */
  public void send(Request... requests) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Request request : requests) {
      all.writeBytes(request.bytes());
    }
    sendBytes(all.toByteArray());
  }

  /** Sends bytes as they are. */
  public void sendBytes(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Sends one request and receives its response. */
  public Reply exchange(Request request, ExpectedBody expected) throws IOException {
    send(request);
    return receive(request, expected);
  }

  /** Receives the next response, which must answer {@code request}. */
  public Reply receive(Request request, ExpectedBody expected) throws IOException {
    return receive(request, expected, received -> {});
  }

  /**
   * Receives the next response, which must answer {@code request}.
   *
   * @param progress is told the number of body bytes received so far, after each read
   * @throws WrongBytes if the response is not exactly what it should be
   * @throws IOException if the connection ends early
   */
  public Reply receive(Request request, ExpectedBody expected, LongConsumer progress)
      throws IOException {
    List<Integer> interim = new ArrayList<>();
    int status = statusLine();
    while (status < 200) {
      interim.add(status);
      fields();
      status = statusLine();
    }
    Map<String, String> fields = fields();
    Framing framing = framing(request, status, fields);
    BodyReader body = new BodyReader(expected, progress);
    try {
      body.take(framing, fields);
    } catch (WrongBytes e) {
      throw new WrongBytes("%s, answered %d: %s".formatted(request, status, e.getMessage()));
    }
    return new Reply(status, fields, framing, body.position, interim);
  }

  /**
   * Receives one 1xx response and nothing beyond it.
   *
   * @return its status code
   */
  public int receiveInterim() throws IOException {
    int status = statusLine();
    if (status >= 200) {
      throw new WrongBytes("a final response, " + status + ", where an interim one was due");
    }
    fields();
    return status;
  }

  /** Succeeds if the server has closed and no byte was left over. */
  public void expectEnd() throws IOException {
    if (start < end || fill()) {
      throw new WrongBytes(end - start + " bytes after the last response");
    }
  }

  /** Succeeds if no byte has arrived that nobody asked for. */
  public void expectNothingMore() throws IOException {
    int more = end - start + socket.getInputStream().available();
    if (more > 0) {
      throw new WrongBytes(more + " bytes after the last response");
    }
  }

  private int statusLine() throws IOException {
    String line = line();
    if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9] [^\\r\\n]*")) {
      throw new WrongBytes("not a status line: " + line);
    }
    return Integer.parseInt(line.substring(9, 12));
  }

  private Map<String, String> fields() throws IOException {
    Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon <= 0 || !line.substring(0, colon).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
        throw new WrongBytes("not a header field: " + line);
      }
      String name = line.substring(0, colon);
      if (fields.put(name, line.substring(colon + 1).strip()) != null) {
        throw new WrongBytes("the field " + name + " was sent twice");
      }
    }
    return fields;
  }

  private static Framing framing(Request request, int status, Map<String, String> fields)
      throws WrongBytes {
    if (request.method().equals("HEAD") || status == 204 || status == 304) {
      return Framing.NONE;
    }
    String coding = fields.get("Transfer-Encoding");
    String length = fields.get("Content-Length");
    if (coding != null) {
      if (length != null || !coding.equalsIgnoreCase("chunked")) {
        throw new WrongBytes("framing in doubt: " + fields);
      }
      return Framing.CHUNKED;
    }
    if (length == null) {
      return Framing.CLOSE;
    }
    if (!length.matches("[0-9]{1,18}")) {
      throw new WrongBytes("not a length: " + length);
    }
    return Framing.LENGTH;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int b = next();
      if (b == '\r') {
        int lf = next();
        if (lf != '\n') {
          throw new WrongBytes("CR is followed by %02x after: %s".formatted(lf, line));
        }
        return line.toString(ISO_8859_1);
      }
      if (b == '\n' || line.size() > LONGEST_LINE) {
        throw new WrongBytes("not a line: " + line.toString(ISO_8859_1));
      }
      line.write(b);
    }
  }

  private int next() throws IOException {
    if (start == end && !fill()) {
      throw new EOFException("the connection ended inside a header or between chunks");
    }
    return buffer[start++] & 0xff;
  }

  /** Reads at least one byte into the empty buffer; false at the end of the stream. */
  private boolean fill() throws IOException {
    if (start != end) {
      throw new IllegalStateException("bytes are left");
    }
    int slice = pace.slice(buffer.length);
    long before = System.nanoTime();
    int n = socket.getInputStream().read(buffer, 0, slice);
    long after = System.nanoTime();
    waits.add(after, after - before);
    if (n < 0) {
      return false;
    }
    start = 0;
    end = n;
    pace.consumed(n);
    return true;
  }

  /** Closes the connection in the ordinary way. */
  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Takes one body off the wire and compares it. */
  private final class BodyReader {

    private final ExpectedBody expected;
    private final LongConsumer progress;
    private long position;

    private BodyReader(ExpectedBody expected, LongConsumer progress) {
      this.expected = expected;
      this.progress = progress;
    }

    private void take(Framing framing, Map<String, String> fields) throws IOException {
      switch (framing) {
        case NONE -> {
          return;
        }
        case LENGTH -> sized(Long.parseLong(fields.getOrDefault("Content-Length", "")));
        case CHUNKED -> chunked();
        case CLOSE -> untilClose();
      }
      expected.checkEnd(position);
    }

    private void sized(long length) throws IOException {
      for (long left = length; left > 0; ) {
        if (start == end && !fill()) {
          throw new EOFException(
              "the connection ended %,d bytes into the body, %,d before its end"
                  .formatted(position, left));
        }
        int n = (int) Math.min(left, end - start);
        take(n);
        left -= n;
      }
    }

    private void chunked() throws IOException {
      while (true) {
        String size = line();
        if (!size.matches("[0-9a-fA-F]{1,15}")) {
          throw new WrongBytes(
              "not a chunk size after %,d body bytes: %s".formatted(position, size));
        }
        long length = Long.parseLong(size, 16);
        if (length == 0) {
          fields(); // The trailer section.
          return;
        }
        sized(length);
        String end = line();
        if (!end.isEmpty()) {
          throw new WrongBytes(
              "a chunk ends with %s after %,d body bytes".formatted(end, position));
        }
      }
    }

    private void untilClose() throws IOException {
      while (start < end || fill()) {
        take(end - start);
      }
    }

    private void take(int n) throws IOException {
      expected.check(position, buffer, start, start + n);
      start += n;
      position += n;
      progress.accept(position);
    }
  }
}
