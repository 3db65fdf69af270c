package dev.baton.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** One connection of {@link SocketServer}: request after request, until one side has had enough. */
final class SocketConnection implements Runnable {

  private final Socket socket;
  private final Endpoints endpoints;
  private final Path files;

  SocketConnection(Socket socket, Endpoints endpoints, Path files) {
    this.socket = socket;
    this.endpoints = endpoints;
    this.files = files;
  }

  @Override
  public void run() {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 16 << 10);
      boolean more = true;
      while (more) {
        more = serveOne(in, out);
      }
    } catch (IOException e) {
      // The client went away: not the server's concern.
    }
  }

  /** Serves the next request; false if there is none or the connection is to end after it. */
  private boolean serveOne(InputStream in, OutputStream out) throws IOException {
    try {
      RequestHead head = RequestHead.read(in);
      if (head == null) {
        return false;
      }
      RequestBody body = RequestBody.of(head, in);
      if (head.lists("Expect", "100-continue")) {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
        out.flush();
      }
      SocketExchange exchange = new SocketExchange(head, body, out);
      if (exchange.path().startsWith("/files/")) {
        FileResponse.of(files, head, exchange.path().substring("/files/".length())).send(exchange);
      } else {
        endpoints.handle(exchange);
      }
      out.flush();
      body.transferTo(OutputStream.nullOutputStream());
      return exchange.persistent;
    } catch (BadRequest e) {
      out.write(
          "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
              .getBytes(ISO_8859_1));
      out.flush();
      return false;
    }
  }

  /** A request on this connection and its response. */
  static final class SocketExchange implements Exchange {

    private static final DateTimeFormatter DATE = DateTimeFormatter.RFC_1123_DATE_TIME;

    final RequestHead head;
    private final RequestBody body;
    private final OutputStream out;
    private boolean persistent;

    private SocketExchange(RequestHead head, RequestBody body, OutputStream out) {
      this.head = head;
      this.body = body;
      this.out = out;
      this.persistent = head.keepsAlive();
    }

    @Override
    public String method() {
      return head.method();
    }

    @Override
    public String path() {
      String path = head.target().getPath();
      return path == null ? "" : path;
    }

    @Override
    public @Nullable String query() {
      return head.target().getRawQuery();
    }

    @Override
    public InputStream body() {
      return body;
    }

    @Override
    public OutputStream sized(int status, long length) throws IOException {
      begin(status, "Content-Length: " + length + "\r\n");
      return new Uncloseable(out);
    }

    @Override
    public OutputStream chunked() throws IOException {
      if (!head.isHttp11()) {
        return untilClose();
      }
      begin(200, "Transfer-Encoding: chunked\r\n");
      return head.isHead() ? new Uncloseable(out) : new ChunkedOutput(out);
    }

    @Override
    public OutputStream untilClose() throws IOException {
      persistent = false;
      begin(200, "");
      return new Uncloseable(out);
    }

    /** Writes the status line and the header. {@code fields} are lines, each with its CRLF. */
    void begin(int status, String fields) throws IOException {
      String connection =
          persistent
              ? (head.isHttp11() ? "" : "Connection: keep-alive\r\n")
              : "Connection: close\r\n";
      String text =
          "HTTP/1.1 "
              + status
              + " "
              + reason(status)
              + "\r\n"
              + "Date: "
              + DATE.format(ZonedDateTime.now(ZoneOffset.UTC))
              + "\r\n"
              + "Content-Type: application/octet-stream\r\n"
              + fields
              + connection
              + "\r\n";
      out.write(text.getBytes(ISO_8859_1));
    }

    /** Where a body goes whose header {@link #begin} has written. */
    OutputStream out() {
      return out;
    }

    private static String reason(int status) {
      return switch (status) {
        case 200 -> "OK";
        case 206 -> "Partial Content";
        case 304 -> "Not Modified";
        case 400 -> "Bad Request";
        case 404 -> "Not Found";
        case 416 -> "Range Not Satisfiable";
        default -> "Status";
      };
    }
  }

  /** Ends a body without ending the connection. */
  private static final class Uncloseable extends FilterOutputStream {

    private Uncloseable(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      out.flush();
    }
  }
}
