package dev.baton.handoff;

import dev.baton.http.HttpTracker;
import dev.baton.linux.Listener;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A host without a server: there is nothing to guard. */
enum NoServer implements Host {
  HERE;

  @Override
  public Collection<? extends ServedConnection> connections() {
    return List.of();
  }

  @Override
  public List<Listener> listeners() {
    return List.of();
  }

  @Override
  public @Nullable Listener listener(InetSocketAddress server) {
    return null;
  }

  @Override
  public Expected expect(InetSocketAddress from, InetSocketAddress client) {
    throw new UnsupportedOperationException();
  }

  @Override
  public HttpTracker.Policy policy() {
    return HttpTracker.Policy.DEFAULT;
  }

  @Override
  public long adviceErrors() {
    return 0;
  }

  @Override
  public void consult(@Nullable Usher usher) {
    // There is nothing to ask about.
  }
}
