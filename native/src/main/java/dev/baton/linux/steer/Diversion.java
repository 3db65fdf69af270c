package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Has some IPv6 packets go through this process: a {@linkplain TunDevice TUN device} and what sends
 * packets there, which is
 *
 * <ul>
 *   <li>filters at the ingress of interfaces, for packets with certain headers, before the network
 *       stack has seen them;
 *   <li>a routing rule for what this host sends from certain addresses;
 *   <li>host routes, added and removed as it goes, for what it sends or forwards to certain
 *       addresses.
 * </ul>
 *
 * What is done with them is not decided here. When the process dies the TUN device and the routes
 * are gone at once; packets that the filters choose are then dropped until the next opening, or
 * {@link Steering#sweep}, has removed the filters. Several in one network namespace do not disturb
 * each other, as long as they want different packets.
 *
 * <p>{@link #wake} may be called by any thread; all else by one at a time, and the opening and the
 * end by one in the namespace that is meant.
 */
public final class Diversion implements AutoCloseable {

  private static final String THING = "path";
  private static final String NAME = TunnelPoint.LINK_PREFIX + THING;

  /** The number of the first one's routing table. */
  private static final int TABLES = 0x0ba7_0000;

  private static final int NUMBERS = 0xffff;

  private static final int NO_NEXT_HEADER = 59;
  private static final int LEAST_MTU = 1280;

  /** Of what is waited for. */
  private static final int COMPLAINTS = 1;

  private final Installation installation;
  private final Routing routing;
  private final TunDevice device;
  private final RawPackets packets;
  private final Complaints complaints;
  private final Waiting waiting;
  private final Rtnetlink.Link link;
  private final Filters filters;

  private Diversion(
      Installation installation,
      TunDevice device,
      RawPackets packets,
      Complaints complaints,
      Waiting waiting,
      Rtnetlink.Link link,
      Filters filters) {
    this.installation = installation;
    this.filters = filters;
    this.routing = new Routing(installation.network());
    this.device = device;
    this.packets = packets;
    this.complaints = complaints;
    this.waiting = waiting;
    this.link = link;
  }

  /**
   * What to divert.
   *
   * @param interfaces where packets are looked at as they come in
   * @param headers with which next header of the IPv6 header they are diverted
   * @param destinations to which addresses, at most 40; none for all unicast addresses
   * @param sources what is sent from these addresses is diverted on its way out
   * @param mtu the longest packet that is sent or forwarded into the TUN device, in bytes; at least
   *     1280
   */
  public record Plan(
      List<String> interfaces,
      List<Integer> headers,
      Collection<? extends InetAddress> destinations,
      Collection<? extends InetAddress> sources,
      int mtu) {}

  /** What chooses packets as they come in. */
  private record Filters(Plan plan, List<Rtnetlink.Link> from, int number) {

    DiversionFilter at(Rtnetlink.Link link, Collection<RouteOptimization.Binding> served) {
      return new DiversionFilter(link, plan.headers(), plan.destinations(), served);
    }
  }

  /**
   * Installs it.
   *
   * @throws LinuxException if there is no such interface, if CAP_NET_ADMIN or CAP_NET_RAW is
   *     missing, or the kernel has no TUN devices, {@code clsact}, {@code cls_bpf} or {@code
   *     act_mirred}
   */
  public static Diversion open(Plan plan) throws IOException {
    return Installation.of(into -> install(into, plan));
  }

  /**
   * The longest packet that all of some interfaces take, in bytes.
   *
   * @throws LinuxException if there is no such interface
   */
  public static int mtu(List<String> interfaces) throws LinuxException {
    try (Rtnetlink network = Rtnetlink.open()) {
      int mtu = 0xffff;
      for (String name : interfaces) {
        mtu = Math.min(mtu, network.link(name).mtu());
      }
      return mtu;
    }
  }

  private static Diversion install(Installation into, Plan plan) throws IOException {
    int number = into.claim(THING);
    Rtnetlink network = into.network();
    TunDevice device = TunDevice.create(NAME + number);
    try {
      LinkSettings.set("ipv6", device.name(), "disable_ipv6", "0");
      LinkSettings.set("ipv6", device.name(), "addr_gen_mode", "1"); // no address, so no questions
      LinkSettings.set("ipv6", device.name(), "accept_ra", "0");
      Rtnetlink.Link link = network.link(device.name());
      network.setMtu(link, plan.mtu());
      network.setUp(link);
      Routing routing = new Routing(network);
      if (!plan.sources().isEmpty()) {
        routing.addDefaultRoute(link, TABLES + number);
      }
      for (InetAddress source : plan.sources()) {
        routing.addRule(source, TABLES + number);
      }
      TrafficControl control = new TrafficControl(network);
      Filters filters = new Filters(plan, new ArrayList<>(), number);
      for (String name : plan.interfaces()) {
        Rtnetlink.Link from = network.link(name);
        filters.from.add(from);
        control.divert(from, link, filters.at(from, List.of()), number);
      }
      return open(into, device, link, filters);
    } catch (IOException | RuntimeException e) {
      device.close();
      throw e;
    }
  }

  private static Diversion open(
      Installation into, TunDevice device, Rtnetlink.Link link, Filters filters)
      throws LinuxException {
    RawPackets packets =
        RawPackets.open(filters.from.stream().mapToInt(Rtnetlink.Link::index).toArray());
    try {
      Complaints complaints = Complaints.open();
      try {
        Waiting waiting = Waiting.on(device.fd(), complaints.fd());
        return new Diversion(into, device, packets, complaints, waiting, link, filters);
      } catch (LinuxException | RuntimeException e) {
        complaints.close();
        throw e;
      }
    } catch (LinuxException | RuntimeException e) {
      packets.close();
      throw e;
    }
  }

  /** Removes rules and filters that nobody claims. All else has gone with its TUN device. */
  static void sweep(Rtnetlink network, Claim.Claims claimed) throws LinuxException {
    new Routing(network)
        .deleteRules(
            table ->
                table > TABLES
                    && table <= TABLES + NUMBERS
                    && !claimed.include(THING, table - TABLES));
    TrafficControl control = new TrafficControl(network);
    for (Rtnetlink.Link link : network.links()) {
      control.sweep(link, number -> !claimed.include(THING, number));
    }
  }

  /**
   * Tries what a diversion needs, on the loopback interface; it is gone afterwards.
   *
   * @return null if all is there; otherwise one line for an operator, saying what is missing
   */
  public static @Nullable String missing() {
    try {
      List<Integer> nothing = List.of(NO_NEXT_HEADER);
      open(new Plan(List.of("lo"), nothing, List.of(), List.of(), LEAST_MTU)).close();
      return null;
    } catch (IOException e) {
      return "packets cannot be rewritten in this process: " + e.getMessage();
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      return "the native library cannot be loaded: " + e;
    }
  }

  /** The TUN device; stays ours. */
  public TunDevice device() {
    return device;
  }

  /** What sends packets past the TUN device; stays ours. */
  public RawPackets packets() {
    return packets;
  }

  /** What routers and receivers complain of; stays ours. */
  public Complaints complaints() {
    return complaints;
  }

  /**
   * Diverts what this host sends or forwards to an address from now on, also on connections that
   * there are.
   *
   * @throws LinuxException if the kernel refuses
   */
  public void route(InetAddress to) throws LinuxException {
    routing.addRoute(link, to);
  }

  /**
   * Takes back {@link #route}.
   *
   * @throws LinuxException if the kernel refuses, or there is no such route
   */
  public void unroute(InetAddress to) throws LinuxException {
    routing.deleteRoute(link, to);
  }

  /** The kernel serves these bindings itself: what comes by them is not diverted from now on. */
  void leave(Collection<RouteOptimization.Binding> served) throws LinuxException {
    TrafficControl control = new TrafficControl(installation.network());
    for (Rtnetlink.Link from : filters.from) {
      control.redivert(from, link, filters.at(from, served), filters.number);
    }
  }

  /**
   * Waits until there is something to read from the TUN device or of complaints, or somebody
   * {@linkplain #wake() wakes} this thread, or time is up.
   *
   * @param timeoutMillis may be 0
   * @return whether there is a complaint
   */
  public boolean await(int timeoutMillis) {
    return waiting.await(timeoutMillis) && waiting.isReady(COMPLAINTS);
  }

  /** Ends a {@link #await} of another thread, or the next one. */
  public void wake() {
    waiting.wake();
  }

  /** The name of the TUN device. */
  @Override
  public String toString() {
    return device.name();
  }

  @Override
  public void close() throws IOException {
    device.close();
    packets.close();
    complaints.close();
    waiting.close();
    installation.close();
  }
}
