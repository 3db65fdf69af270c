package dev.baton.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** The JDK's own HTTP server: blocking reads on channels, a thread for each exchange. */
public final class JdkServer {

  private JdkServer() {}

  /** Runs until SIGTERM. */
  public static void main(String... args) throws IOException {
    Logging.quiet();
    Options options = Options.parse(args);
    Endpoints endpoints = new Endpoints(options);

    HttpServer server = HttpServer.create(new InetSocketAddress(options.port()), 1024);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", raw -> endpoints.handle(new JdkExchange(raw)));
    server.createContext("/files/", raw -> serveFile(options.files(), new JdkExchange(raw)));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(0), "server-stop"));
    server.start();
    Options.announce(server.getAddress().getPort());
  }

  private static void serveFile(Path files, JdkExchange exchange) throws IOException {
    Path file = files.resolve(exchange.path().substring("/files/".length())).normalize();
    if (!file.startsWith(files) || !Files.isRegularFile(file)) {
      exchange.sized(404, 0).close();
      return;
    }
    try (OutputStream out = exchange.sized(200, Files.size(file))) {
      if (!exchange.method().equals("HEAD")) {
        Files.copy(file, out);
      }
    }
  }

  private record JdkExchange(HttpExchange raw) implements Exchange {

    /** How {@link HttpExchange#sendResponseHeaders} spells "nothing follows" and "unknown". */
    private static final long NO_BODY = -1;

    private static final long UNKNOWN_LENGTH = 0;

    @Override
    public String method() {
      return raw.getRequestMethod();
    }

    @Override
    public String path() {
      return raw.getRequestURI().getPath();
    }

    @Override
    public @Nullable String query() {
      return raw.getRequestURI().getRawQuery();
    }

    @Override
    public InputStream body() {
      return raw.getRequestBody();
    }

    @Override
    public OutputStream sized(int status, long length) throws IOException {
      if (method().equals("HEAD")) {
        raw.getResponseHeaders().set("Content-Length", Long.toString(length));
      }
      return begin(status, length == 0 ? NO_BODY : length);
    }

    @Override
    public OutputStream chunked() throws IOException {
      return begin(200, UNKNOWN_LENGTH);
    }

    /** This server delimits by closing for HTTP/1.0 clients only. */
    @Override
    public OutputStream untilClose() throws IOException {
      raw.getResponseHeaders().set("Connection", "close");
      return chunked();
    }

    private OutputStream begin(int status, long length) throws IOException {
      raw.getResponseHeaders().set("Content-Type", "application/octet-stream");
      raw.sendResponseHeaders(status, method().equals("HEAD") ? NO_BODY : length);
      return raw.getResponseBody();
    }
  }
}
