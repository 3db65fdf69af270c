package dev.baton.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A server that knows nothing of Baton: says it is up, serves one connection, and, if told to stay,
 * goes on until its standard input ends.
 */
@SuppressWarnings("SystemOut")
final class SimpleServer {

  private SimpleServer() {}

  public static void main(String[] arguments) throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      serve(listener);
      System.out.println("served, " + System.getProperty("dev.baton.status"));
      if (arguments.length > 0) {
        while (System.in.read() >= 0) {
          serve(listener);
          System.out.println("served again, " + System.getProperty("dev.baton.status"));
        }
      }
    }
  }

  private static void serve(ServerSocket listener) throws IOException {
    try (Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Socket server = listener.accept()) {
      client.getOutputStream().write('?');
      server.getOutputStream().write(server.getInputStream().read());
      if (client.getInputStream().read() != '?') {
        throw new IOException("not what was sent");
      }
    }
  }
}
