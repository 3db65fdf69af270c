package dev.baton.anycast.host;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.Ip6Prefix;
import dev.baton.anycast.home.HomeAgent;
import dev.baton.anycast.home.HomeAgentCounters;
import dev.baton.anycast.home.HomeAgentSetup;
import dev.baton.anycast.path.PacketPath;
import dev.baton.anycast.path.Reason;
import dev.baton.anycast.path.Role;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes this host, a router, a home agent: registers where mobile nodes are, answers for them on
 * their home link, and tunnels what is for them.
 *
 * <p>Opened and closed by a thread in the network namespace that is meant. Needs CAP_NET_ADMIN and
 * CAP_NET_RAW. Thread-safe.
 */
public final class HomeAgentHost implements AutoCloseable {

  private final Ip6 own;
  private final Consumer<BindingChange> listener;
  private final PathOutlet outlet = new PathOutlet();
  private final ProxiedLinks links;
  private final HomeAgent agent;
  private final Ticker ticker;
  private final PacketPath path;

  private HomeAgentHost(
      HomeAgentSetup setup,
      Map<Ip6Prefix, String> homeLinks,
      List<String> interfaces,
      Consumer<BindingChange> listener,
      Consumer<String> log)
      throws IOException {
    this.own = setup.address();
    this.listener = listener;
    this.links = new ProxiedLinks(homeLinks, log);
    this.agent = new HomeAgent(setup, links, outlet, System::nanoTime, this::moved);
    this.path = PacketPath.homeAgent(new Answering(), own, interfaces, log);
    outlet.goesTo(path);
    this.ticker = new Ticker("baton home agent", this::tick);
  }

  /**
   * Begins.
   *
   * @param setup what it may register; its address is one of this host's
   * @param homeLinks for each home prefix, the interface that its addresses are reached by
   * @param interfaces where mobile nodes' packets come in
   * @param listener is told of each registration that comes, moves or goes; must neither wait nor
   *     throw
   * @param log is told in one line what keeps packets from passing
   * @throws dev.baton.linux.LinuxException if there is no such interface, or the kernel lacks
   *     something or does not permit it
   */
  public static HomeAgentHost open(
      HomeAgentSetup setup,
      Map<Ip6Prefix, String> homeLinks,
      List<String> interfaces,
      Consumer<BindingChange> listener,
      Consumer<String> log)
      throws IOException {
    return new HomeAgentHost(setup, homeLinks, interfaces, listener, log);
  }

  /** What the path asks. */
  private final class Answering implements Role.HomeAgent {

    @Override
    public void mobility(ByteBuffer packet) {
      agent.mobility(packet);
    }

    @Override
    public @Nullable Ip6 careOf(long homeHigh, long homeLow) {
      return agent.careOf(homeHigh, homeLow);
    }
  }

  private void moved(Ip6 home, @Nullable Ip6 before, @Nullable Ip6 now) {
    PacketPath ready = outlet.path();
    if (ready != null) {
      ready.changed(home);
    }
    listener.accept(new BindingChange(own, home, before, now));
  }

  /** Registrations end on the second: looking once in a while is near enough. */
  private long tick() {
    long look = links.announceAgain();
    long its = agent.tick();
    return its - look < 0 ? its : look;
  }

  /** What was done and refused so far. */
  public HomeAgentCounters counters() {
    return agent.counters();
  }

  /** How many packets passed, by what became of them. */
  public Map<Reason, Long> packets() {
    return path.counters();
  }

  /** Takes everything back; nobody answers for the home addresses any more. */
  @Override
  public void close() throws IOException {
    ticker.close();
    try (links) {
      path.close();
    }
  }
}
