package dev.baton.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An HTTP/1.1 server written by hand on {@code ServerSocket}: a thread for each connection,
 * blocking reads and writes, the way many an in-house protocol server is built.
 */
public final class SocketServer {

  private SocketServer() {}

  /** Runs until SIGTERM. */
  public static void main(String... args) throws IOException {
    Options options = Options.parse(args);
    Endpoints endpoints = new Endpoints(options);
    ExecutorService workers = Executors.newCachedThreadPool();

    ServerSocket listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(options.port()), 1024);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(listener), "listener-close"));
    Options.announce(listener.getLocalPort());

    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        workers.execute(new SocketConnection(socket, endpoints, options.files()));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw e;
        }
      }
    }
  }

  private static void close(ServerSocket listener) {
    try {
      listener.close();
    } catch (IOException e) {
      System.err.println("WARN the listener did not close: " + e);
    }
  }
}
