package dev.baton.it.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Asks for {@code /hello} as often as the server answers, over several connections that stay open
 * as long as the server lets them. Runs in a JVM of its own: reads lines {@code PORT MILLIS} and
 * answers each with the number of requests.
 *
 * <p>One thread looks at one connection after the other and never sleeps. A client that slept would
 * be woken by the server's writes; what that costs the server depends on whether the client's
 * processor has gone idle meanwhile, in a virtual machine by microseconds, and so on how fast the
 * server is: a small difference would show as a large one.
 */
final class LoadGenerator {

  private static final int CONNECTIONS = 8;
  private static final byte[] REQUEST =
      "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);

  private LoadGenerator() {}

  /** Runs until its input ends. */
  @SuppressWarnings("SystemOut")
  public static void main(String... args) throws Exception {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      System.out.println(load(Integer.parseInt(words[0]), Long.parseLong(words[1])));
    }
  }

  /** A rate with failures in it is no rate: any ends the process. */
  private static long load(int port, long millis) throws IOException {
    InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long requests = 0;
    List<Connection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        connections.add(new Connection(server));
      }
      while (System.nanoTime() < end) {
        for (int i = 0; i < CONNECTIONS; i++) {
          Connection connection = connections.get(i);
          if (connection.answered()) {
            requests++;
            if (connection.last) {
              connection.channel.close();
              connections.set(i, new Connection(server));
            } else {
              connection.ask();
            }
          }
        }
      }
    } finally {
      for (Connection connection : connections) {
        connection.channel.close();
      }
    }
    return requests;
  }

  /** The least that tells where a response ends, and whether the server closes after it. */
  private static final class Connection {

    private static final byte[] BODY = "\r\n\r\nhello\n".getBytes(US_ASCII);

    private final SocketChannel channel;
    private final ByteBuffer request = ByteBuffer.allocateDirect(REQUEST.length).put(REQUEST);
    private final ByteBuffer response = ByteBuffer.allocateDirect(4096);
    private final byte[] bytes = new byte[response.capacity()];
    private boolean last;

    Connection(InetSocketAddress server) throws IOException {
      channel = SocketChannel.open(server);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      ask();
    }

    void ask() throws IOException {
      response.clear();
      if (channel.write(request.rewind()) < REQUEST.length) {
        throw new IOException("a socket without room for a request");
      }
    }

    /** Whether all of the response is there. */
    boolean answered() throws IOException {
      int n = channel.read(response);
      if (n < 0) {
        throw new IOException("the connection ended inside a response");
      }
      if (n == 0) {
        return false;
      }
      int length = response.position();
      response.get(0, bytes, 0, length);
      if (!endsWithBody(length)) {
        return false;
      }
      last = new String(bytes, 0, length, US_ASCII).contains("Connection: close");
      return true;
    }

    private boolean endsWithBody(int length) {
      return length >= BODY.length
          && Arrays.equals(bytes, length - BODY.length, length, BODY, 0, BODY.length);
    }
  }
}
