package dev.baton.agent.cli.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/**
 * The smallest server worth the name, for when no other is at hand: {@code --port N --files DIR}
 * serves {@code /files/NAME} and prints {@code ready PORT}.
 *
 * <p>It runs in a JVM of its own, from this one class file, and must stay that way: nothing but the
 * JDK, no nested classes, and no word of Baton.
 */
public final class FileServer {
  private static final int NOT_FOUND = 404;
  private static final int NO_BODY = -1;

  private FileServer() {}

  /** Runs until SIGTERM. */
  @SuppressWarnings("SystemOut") // the line is the interface
  public static void main(String[] args) throws IOException {
    File files = new File(args[3]);
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(args[1])), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/files/", exchange -> serve(exchange, files));
    server.start();
    System.out.println("ready " + server.getAddress().getPort());
  }

  private static void serve(HttpExchange exchange, File files) throws IOException {
    String path = exchange.getRequestURI().getPath();
    File file = new File(files, new File(path).getName());
    try (exchange) {
      if (!file.isFile()) {
        exchange.sendResponseHeaders(NOT_FOUND, NO_BODY);
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
      exchange.sendResponseHeaders(200, file.length());
      try (InputStream in = new FileInputStream(file);
          OutputStream out = exchange.getResponseBody()) {
        in.transferTo(out);
      }
    }
  }
}
