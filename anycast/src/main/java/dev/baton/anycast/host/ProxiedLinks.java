package dev.baton.anycast.host;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.Ip6Prefix;
import dev.baton.anycast.home.HomeLink;
import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.DuplicateAddress;
import dev.baton.linux.steer.ProxiedAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The home links by the kernel's neighbour discovery: one interface for each home prefix. */
final class ProxiedLinks implements HomeLink, AutoCloseable {

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Map<Ip6Prefix, String> interfaces;
  private final Consumer<String> log;
  private final Map<Ip6, ProxiedAddress> proxied = new HashMap<>();

  /** Announced once; nobody acknowledges it, so that it is said again a little later. */
  private final List<Ip6> announcedOnce = new ArrayList<>();

  private boolean closed;

  ProxiedLinks(Map<Ip6Prefix, String> interfaces, Consumer<String> log) {
    this.interfaces = Map.copyOf(interfaces);
    this.log = log;
  }

  @Override
  public CompletionStage<Boolean> isFree(Ip6 home) {
    try {
      return DuplicateAddress.probe(home.toInetAddress(), interfaceOf(home))
          .thenApply(taken -> !taken);
    } catch (IOException e) {
      log.accept(home + " is not registered: " + e.getMessage());
      return CompletableFuture.failedFuture(e);
    }
  }

  private String interfaceOf(Ip6 home) throws IOException {
    for (Map.Entry<Ip6Prefix, String> each : interfaces.entrySet()) {
      if (each.getKey().contains(home)) {
        return each.getValue();
      }
    }
    throw new IOException("no home link for " + home);
  }

  @Override
  public synchronized void startProxy(Ip6 home) {
    if (closed) {
      return; // the probe took longer than the home agent lived
    }
    try {
      proxied.put(home, ProxiedAddress.on(home.toInetAddress(), interfaceOf(home)));
      announcedOnce.add(home);
    } catch (IOException e) {
      log.accept("neighbours do not reach " + home + ": " + e.getMessage());
    }
  }

  @Override
  public synchronized void stopProxy(Ip6 home) {
    ProxiedAddress address = proxied.remove(home);
    if (address != null) {
      try {
        address.close();
      } catch (IOException e) {
        log.accept("this host still answers for " + home + ": " + e.getMessage());
      }
    }
  }

  /**
   * Says once more who is here since the last time.
   *
   * @return when to do it again
   */
  synchronized long announceAgain() {
    for (Ip6 home : announcedOnce) {
      ProxiedAddress address = proxied.get(home);
      if (address != null) {
        try {
          address.announce();
        } catch (LinuxException e) {
          log.accept("neighbours may not notice that " + home + " is here: " + e.getMessage());
        }
      }
    }
    announcedOnce.clear();
    return System.nanoTime() + LOOK_NANOS;
  }

  @Override
  public synchronized void close() {
    closed = true;
    List.copyOf(proxied.keySet()).forEach(this::stopProxy);
  }
}
