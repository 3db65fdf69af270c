package dev.baton.handoff;

import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.http.HttpTracker;
import dev.baton.linux.TcpConnection;
import dev.baton.linux.TcpImage;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A host whose application hands its connections off itself, and takes over those of its like. What
 * has been said on a connection only the application knows; nothing is observed and nothing
 * rehearsed.
 */
public interface ApplicationHost extends Host {

  /**
   * Makes a place for a connection that is to come.
   *
   * @param flow the connection's two ends
   * @param donor the node it comes from
   * @return to be closed in any case
   * @throws RefusedException if the application takes none over at the moment
   */
  Place place(Flow flow, String donor) throws IOException;

  /** Where a connection is after a handoff was tried. */
  enum Fate {
    /** At the acceptor. */
    THERE,
    /** Here, as it was. */
    HERE,
    /** Not here any more; whether the acceptor has it is not known. */
    LOST
  }

  /**
   * What became of a handoff.
   *
   * @param why what went wrong; null if nothing did
   * @param phases how long each phase took
   */
  record Outcome(Fate fate, @Nullable Throwable why, PhaseMicros phases) {}

  /** A place for one connection. */
  interface Place extends Closeable {

    /**
     * Makes the connection here.
     *
     * @return rebuilt and not yet active; stays the place's
     */
    TcpConnection become(TcpImage image) throws IOException;

    /**
     * The connection is active: gives it to the application.
     *
     * @param state what the application at the donor wanted this one to know
     */
    void goOn(byte[] state) throws IOException;

    /** Drops a connection that has not been activated. */
    @Override
    void close();
  }

  /** How many connections have come and are here. */
  @Override
  int connectionCount();

  /** Those whose connections have come here. */
  @Override
  Set<InetSocketAddress> clients();

  /** None that Baton could hand off by itself. */
  @Override
  default Collection<? extends ServedConnection> connections() {
    return List.of();
  }

  @Override
  default Expected expect(InetSocketAddress from, InetSocketAddress client) {
    throw new IllegalStateException("nothing is rehearsed here");
  }

  @Override
  default HttpTracker.Policy policy() {
    return HttpTracker.Policy.DEFAULT;
  }

  /** The application itself decides who serves a connection. */
  @Override
  default void consult(@Nullable Usher usher) {
    // Nobody asks.
  }

  /** No advice, no errors in it. */
  @Override
  default long adviceErrors() {
    return 0;
  }
}
