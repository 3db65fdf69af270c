package dev.baton.anycast.path;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.Threads;
import dev.baton.anycast.message.RateLimit;
import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.Diversion;
import dev.baton.linux.steer.RouteOptimization;
import dev.baton.linux.steer.TunDevice;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The data path of one role, with a thread of its own: takes the packets that concern it out of the
 * kernel through a TUN device, puts Mobile IPv6's headers on and off by asking the role, hands it
 * the mobility messages, and sends those it makes.
 *
 * <p>Made and closed by a thread in the network namespace that is meant. Needs CAP_NET_ADMIN and
 * CAP_NET_RAW. What it installs is removed when it is closed; what a process leaves that died, the
 * next one removes.
 */
public final class PacketPath implements AutoCloseable {

  /** How many packets are read before they are sent and delivered. */
  private static final int ROUND = 64;

  /** How often that is done before all else is looked at. */
  private static final int ROUNDS = 16;

  private static final int ERRORS_PER_SECOND = 10;
  private static final int ENODEV = 19;

  private final Diversion diversion;
  private final Role role;
  private final Engine engine;
  private final Consumer<String> log;
  private final Counters counters = new Counters();
  private final Departures departures;
  private final Arrivals arrivals;
  private final Packet[] packets = new Packet[ROUND];
  private final TooBig tooBig = new TooBig();
  private final ShortPaths shortPaths = new ShortPaths();
  private final OwnPackets own = new OwnPackets();
  private final @Nullable KernelBindings kernel;
  private final Diverted diverted;
  private final Thread thread = new Thread(this::run, "baton packet path");
  private final RateLimit errors = new RateLimit(ERRORS_PER_SECOND, System.nanoTime());
  private boolean faultSaid;
  private volatile boolean closed;

  /** Makes the engine of a role. */
  private interface Engines {
    Engine make(PacketPath path, Engine.Exits exits);
  }

  private PacketPath(
      Diversion.Plan plan,
      int mtu,
      Role role,
      boolean byKernel,
      Engines engines,
      Consumer<String> log)
      throws IOException {
    this.diversion = Diversion.open(plan);
    this.role = role;
    this.log = log;
    this.kernel = byKernel ? kernel() : null;
    this.diverted = new Diverted(diversion, role, kernel, log);
    this.departures = new Departures(diversion.packets(), shortPaths, counters, mtu);
    this.arrivals = new Arrivals(diversion.device(), counters);
    this.engine = engines.make(this, new Ways());
    for (int i = 0; i < ROUND; i++) {
      packets[i] = new Packet();
    }
    thread.setDaemon(true);
    thread.start();
  }

  private @Nullable KernelBindings kernel() throws IOException {
    if (!(role instanceof Role.Correspondent correspondent)) {
      return null;
    }
    try {
      RouteOptimization served = RouteOptimization.beside(diversion);
      return new KernelBindings(served, correspondent, counters, log);
    } catch (IOException | RuntimeException e) {
      diversion.close();
      throw e;
    }
  }

  /**
   * Makes this host a correspondent node.
   *
   * @param interfaces where mobile nodes' packets come in
   * @param byKernel whether the kernel serves the bindings that it can, as it can if nothing is
   *     {@linkplain RouteOptimization#missing() missing}; if not, all is done in this process
   * @param log is told in one line what keeps packets from passing
   * @throws LinuxException if the kernel lacks something or does not permit it
   */
  public static PacketPath correspondent(
      Role.Correspondent role, List<String> interfaces, boolean byKernel, Consumer<String> log)
      throws IOException {
    int mtu = Diversion.mtu(interfaces);
    List<Integer> headers = List.of(HeaderChain.DESTINATION_OPTIONS, HeaderChain.MOBILITY);
    return new PacketPath(
        new Diversion.Plan(interfaces, headers, List.of(), List.of(), mtu - HeaderChain.ADDED),
        mtu,
        role,
        byKernel,
        (path, exits) -> new CorrespondentEngine(exits, role, path.diverted::includes),
        log);
  }

  /**
   * Makes this host a mobile node.
   *
   * @param contacts the contact addresses; the host has them already, on whatever interface
   * @param interfaces where clients' packets come in
   * @param log is told in one line what keeps packets from passing
   * @throws LinuxException if the kernel lacks something or does not permit it
   */
  public static PacketPath node(
      Role.Node role, Collection<Ip6> contacts, List<String> interfaces, Consumer<String> log)
      throws IOException {
    int mtu = Diversion.mtu(interfaces);
    List<Integer> headers =
        List.of(
            HeaderChain.ROUTING,
            HeaderChain.DESTINATION_OPTIONS,
            HeaderChain.MOBILITY,
            HeaderChain.IPV6);
    List<InetAddress> sources = contacts.stream().<InetAddress>map(Ip6::toInetAddress).toList();
    return new PacketPath(
        new Diversion.Plan(interfaces, headers, List.of(), sources, mtu - Packet.HEADER),
        mtu,
        role,
        false,
        (path, exits) -> new NodeEngine(exits, role, contacts),
        log);
  }

  /**
   * Makes this host, a router, a home agent.
   *
   * @param own its address, known to mobile nodes
   * @param interfaces where mobile nodes' packets come in
   * @param log is told in one line what keeps packets from passing
   * @throws LinuxException if the kernel lacks something or does not permit it
   */
  public static PacketPath homeAgent(
      Role.HomeAgent role, Ip6 own, List<String> interfaces, Consumer<String> log)
      throws IOException {
    int mtu = Diversion.mtu(interfaces);
    List<Integer> headers =
        List.of(HeaderChain.DESTINATION_OPTIONS, HeaderChain.MOBILITY, HeaderChain.IPV6);
    return new PacketPath(
        new Diversion.Plan(
            interfaces, headers, List.of(own.toInetAddress()), List.of(), mtu - Packet.HEADER),
        mtu,
        role,
        false,
        (path, exits) -> new HomeAgentEngine(exits, role, own),
        log);
  }

  /**
   * Sends a packet that the role has made, as it is, before all that the host sends from now on. On
   * a correspondent node it goes to its destination also if that is a home address with a binding.
   * May be called by any thread, and by the role while it is being called.
   *
   * @param packet a whole IPv6 packet with its checksum, which nobody changes any more
   */
  public void send(byte[] packet) {
    own.add(packet);
    wake();
  }

  /**
   * As {@link #send}, inside another packet (RFC 2473).
   *
   * @param from the tunnel's end here
   * @param to its other end
   */
  public void tunnel(Ip6 from, Ip6 to, byte[] inner) {
    own.add(from, to, inner);
    wake();
  }

  private void wake() {
    if (Thread.currentThread() != thread) {
      diversion.wake();
    }
  }

  /**
   * Answers a packet with an ICMPv6 parameter problem, as {@link
   * dev.baton.anycast.message.Outlet#parameterProblem}; not more often than {@value
   * #ERRORS_PER_SECOND} times a second. May be called by any thread.
   */
  public void parameterProblem(ByteBuffer offending, int code, int pointer) {
    boolean answerable = Ip6.read(offending.slice(), Packet.SOURCE).isGlobalUnicast();
    if (answerable && allowsError()) {
      send(IcmpError.parameterProblem(offending, code, pointer));
    }
  }

  private boolean allowsError() {
    synchronized (errors) {
      return errors.allows(System.nanoTime());
    }
  }

  /**
   * Is told that a home address has got or lost its binding, at any moment; within {@link
   * Role#mobility} it need not be. After duplicate address detection, for example. A binding that
   * ends need not be told; it is found out within a second. May be called by any thread.
   */
  public void changed(Ip6 home) {
    diverted.changed(home);
    diversion.wake();
  }

  /** How many packets there were, by what became of them; any thread may ask. */
  public Map<Reason, Long> counters() {
    return counters.all();
  }

  /** The processor time that the path has taken, in nanoseconds; 0 if the JVM does not count it. */
  public long processorNanos() {
    return Math.max(0, ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId()));
  }

  private void run() {
    try {
      while (!closed) {
        boolean more = true;
        for (int i = 0; i < ROUNDS && more; i++) {
          more = fromDevice();
        }
        fromRole();
        diverted.update();
        if (diversion.await(more || closed ? 0 : Diverted.HOUSEKEEPING_MILLIS)) {
          complaint();
        }
      }
      fromRole(); // its last words
      diverted.count();
    } catch (LinuxException e) {
      if (!closed) {
        log.accept("Mobile IPv6 packets do not pass any more: " + e.getMessage());
      }
    }
  }

  /** Returns whether there may be more. */
  private boolean fromDevice() throws LinuxException {
    int count = 0;
    int length = 1;
    while (count < ROUND && length > TunDevice.EMPTY) {
      length = packets[count].readFrom(diversion.device());
      if (length > TunDevice.EMPTY) {
        handle(packets[count++]);
      }
    }
    arrivals.flush();
    departures.flush();
    if (length == TunDevice.GONE) {
      throw new LinuxException("read from the TUN device " + diversion, ENODEV);
    }
    return count > 0;
  }

  /** One bad packet must not be the last. */
  private void handle(Packet packet) {
    fromRole();
    try {
      engine.handle(packet);
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  private void fault(RuntimeException e) {
    counters.count(Reason.FAULT);
    if (!faultSaid) {
      faultSaid = true;
      log.accept("a packet was dropped by a fault in Baton; more are only counted: " + e);
    }
  }

  private void complaint() {
    Packet complaint = packets[0];
    if (complaint.readFrom(diversion.complaints()) < TooBig.MESSAGE) {
      return;
    }
    if (complaint.get(0) == IcmpError.PARAMETER_PROBLEM) {
      if (complaint.get(1) == IcmpError.UNKNOWN_NEXT_HEADER && role instanceof Role.Node node) {
        node.notUnderstood(complaint.copy().position(TooBig.MESSAGE).slice());
      }
      return;
    }
    Packet translated = tooBig.translate(complaint);
    if (translated != null) {
      counters.count(Reason.TRANSLATED_TOO_BIG);
      if (complaint.getInt(TooBig.MTU) < TooBig.LEAST_MTU + Packet.HEADER) {
        shortPaths.learn(complaint, System.nanoTime());
        diverted.tooNarrow(complaint.address(TooBig.MESSAGE + Packet.DESTINATION));
      }
      arrivals.add(translated);
      arrivals.flush();
    }
  }

  /** Before what the kernel sends: data may follow a binding update at once. */
  private void fromRole() {
    for (Packet next = own.next(); next != null; next = own.next()) {
      try {
        engine.sendOwn(next);
      } catch (RuntimeException e) {
        fault(e);
      }
      departures.flush();
    }
  }

  /** What an engine does with packets. */
  private final class Ways implements Engine.Exits {

    @Override
    public void deliver(Packet packet) {
      arrivals.add(packet);
    }

    @Override
    public void send(Packet packet) {
      departures.add(packet);
    }

    @Override
    public void sendPast(Packet packet) {
      departures.sendPast(packet);
    }

    @Override
    public void tunnelled(Ip6 from, Packet inner) {
      if (role instanceof Role.Node node) {
        node.tunnelled(from, inner.copy());
      }
    }

    @Override
    public void mobility(Packet packet) {
      role.mobility(packet.copy());
      // Whoever has just been bound or unbound has said so with this.
      boolean moved = engine.headers.hasHomeAddress();
      diverted.look(packet.address(moved ? engine.headers.homeAddressAt() : Packet.SOURCE));
    }

    @Override
    public void count(Reason reason) {
      counters.count(reason);
    }
  }

  /** Takes everything back; packets that come later pass as if there had been no path. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    diversion.wake();
    Threads.join(thread);
    try (diversion) {
      if (kernel != null) {
        kernel.close();
      }
    }
  }
}
