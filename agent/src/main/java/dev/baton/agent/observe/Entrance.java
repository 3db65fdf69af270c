package dev.baton.agent.observe;

import dev.baton.handoff.Usher;
import dev.baton.http.Opening;
import dev.baton.http.RequestHead;
import dev.baton.linux.LinuxException;
import dev.baton.linux.TcpConnection;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Where new connections come in while somebody is asked about them. */
final class Entrance {
  /** The longest header section that is looked at, in bytes. */
  private static final int LONGEST = 16 << 10;

  private final Usher usher;
  private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

  Entrance(Usher usher) {
    this.usher = usher;
  }

  /**
   * Looks at what a client has sent first.
   *
   * @param number the descriptor's
   * @return null if nothing is there
   */
  @Nullable Opening peek(int number) throws LinuxException {
    ByteBuffer pooled = buffers.poll();
    ByteBuffer bytes = pooled == null ? ByteBuffer.allocateDirect(LONGEST) : pooled.clear();
    try {
      int seen = TcpConnection.peek(number, bytes);
      if (seen < 0) {
        return null;
      }
      if (seen == 0) {
        return new Opening.Unclear("the client sends nothing");
      }
      Opening opening = Opening.of(bytes.flip());
      return opening instanceof Opening.Incomplete && seen == LONGEST
          ? new Opening.Unclear("a header section of more than " + LONGEST + " bytes")
          : opening;
    } finally {
      buffers.add(bytes);
    }
  }

  /** As {@link Usher#placesOn} says. */
  boolean leadsOn() {
    return usher.placesOn();
  }

  /** As {@link Usher#place} says. */
  boolean place(Connection connection, RequestHead request, Runnable settled) {
    return usher.place(connection, request, settled);
  }
}
