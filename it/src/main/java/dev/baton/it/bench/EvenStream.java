package dev.baton.it.bench;

import dev.baton.it.bed.HostGroup;
import dev.baton.it.bed.Json;
import dev.baton.it.net.Host;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.Download;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Request;
import dev.baton.it.wire.Waits;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * A client that gets a few bytes of an unmodified server every two milliseconds, so that it notices
 * every pause: from the donor's last packet to the acceptor's first.
 */
final class EvenStream implements AutoCloseable {

  /** From one packet of the server to the next. */
  static final int INTERVAL_MILLIS = 2;

  private static final int RATE = 50_000;
  private static final long LENGTH = 100_000_000;
  private static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final long EVEN_MICROS = 5_000;
  private static final int FIRST_WINDOW = 1_000;

  private final HostGroup group;
  private final ClientConnection client;
  private final Download download;

  private EvenStream(HostGroup group, ClientConnection client, Download download) {
    this.group = group;
    this.client = client;
    this.download = download;
  }

  /**
   * What a handoff was like.
   *
   * @param micros the client's pause
   * @param beforeMicros the client's longest wait before it
   * @param afterMicros the client's longest wait after it
   * @param move what the nodes say of it
   */
  record Pause(long micros, long beforeMicros, long afterMicros, Json.Move move) {}

  /**
   * Has the kernel of a node's host begin with more than ten packets a round trip on a new socket.
   * Otherwise the stream would not be even for some round trips, and the next pause not be noticed.
   */
  static void beginsWithMore(Host node) throws IOException, InterruptedException {
    String route = node.run("ip", "-6", "route", "show", "default").strip();
    node.run(("ip -6 route change " + route + " initcwnd " + FIRST_WINDOW).split(" +"));
  }

  /** Connects to the group's contact address, over IPv6. */
  static EvenStream open(HostGroup group) throws IOException, InterruptedException {
    String target =
        "/trickle?bytes=%d&rate=%d&seed=1&since=%d"
            .formatted(LENGTH, RATE, System.currentTimeMillis());
    ClientConnection client = group.connect();
    try {
      Download download =
          Download.start(client, Request.get(target), ExpectedBody.generated(0, 1, LENGTH));
      download.awaitReceived(RATE / 4);
      return new EvenStream(group, client, download);
    } catch (IOException | InterruptedException | RuntimeException e) {
      client.close();
      throw e;
    }
  }

  /**
   * Hands the connection off once the stream is even.
   *
   * @param toClientMillis how far the client is, one way
   * @param betweenMillis how far the nodes are from each other; no pause is shorter
   * @throws IOException if it was not handed off, or the client has not noticed
   */
  Pause handoff(String from, String to, int toClientMillis, int betweenMillis)
      throws IOException, InterruptedException {
    long before = awaitEven(toClientMillis);
    long begun = System.nanoTime();
    Json.Move move = group.handoff(from, to, client);
    if (!move.handedOff()) {
      throw new IOException("not handed off: " + move);
    }
    // until its first bytes have been acknowledged, and some more
    Thread.sleep(3L * toClientMillis + 50);
    Waits.Wait pause =
        client.waits().firstAfter(begun, TimeUnit.MILLISECONDS.toNanos(betweenMillis));
    if (pause == null) {
      throw new IOException("the client has not noticed: " + move);
    }
    long after = longest(pause.endNanos() + 1_000_000, System.nanoTime());
    download.awaitReceived(download.received() + 1);
    return new Pause(pause.nanos() / 1000, before, after, move);
  }

  private long awaitEven(int toClientMillis) throws InterruptedException {
    long longest;
    long deadline = System.nanoTime() + STEADY_NANOS;
    do {
      long from = System.nanoTime();
      Thread.sleep(2L * toClientMillis + 100);
      longest = longest(from, System.nanoTime());
    } while (longest > EVEN_MICROS && System.nanoTime() - deadline < 0);
    return longest;
  }

  private long longest(long from, long to) {
    return client.waits().longestNanosBetween(from, to) / 1000;
  }

  /** Hangs up. */
  @Override
  public void close() throws IOException {
    client.close();
  }
}
