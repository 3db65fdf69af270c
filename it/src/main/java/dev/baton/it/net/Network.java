package dev.baton.it.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Some hosts and what joins them. Made step by step, or ready from {@link Topology}:
 *
 * <pre>{@code
 * try (Network network = Topology.wideArea("example", "client", "a", "b")) {
 *   Host client = network.host("client");
 *   Host a = network.host("a");
 *   network.wideArea().between(client, a).become(Quality.delay(Duration.ofMillis(20)));
 *   client.run("curl", "-sS", "http://[" + a.ipv6().getHostAddress() + "]:8080/");
 * }
 * }</pre>
 *
 * <p>Closing it ends what still runs in its hosts and removes them. What a process leaves that had
 * no time for that, the next network made on this machine removes. With the system property {@value
 * #CAPTURES}, everything each interface sends and receives is kept in files of that folder.
 *
 * <p>What is lost, duplicated and held back is decided by the system property {@code baton.seed};
 * if it is not set, by chance, and the seed is printed.
 */
public final class Network implements AutoCloseable {

  /** Names the folder for captures, {@code NETWORK-HOST-INTERFACE.pcap}. */
  public static final String CAPTURES = "baton.pcap";

  private static final String BRIDGES = "bridges";
  private static final Map<String, Integer> NAMES = new ConcurrentHashMap<>();

  private final String name;
  private final long seed;
  private final Namespaces namespaces;
  private final @Nullable Captures captures;
  private final Map<String, Host> hosts = new LinkedHashMap<>();
  private final Map<String, Lan> lans = new LinkedHashMap<>();
  private final Map<Host, Integer> ethernets = new HashMap<>();
  private final Thread lastResort = new Thread(this::removeAll, "network last resort");
  private @Nullable Host bridges;
  private @Nullable WideArea wideArea;
  private int subnets;

  private Network(String name, long seed, Namespaces namespaces, @Nullable Captures captures) {
    this.name = name;
    this.seed = seed;
    this.namespaces = namespaces;
    this.captures = captures;
  }

  /**
   * Makes one without hosts.
   *
   * @param name for captures and messages; of letters that a file name may have
   */
  @SuppressWarnings("SystemOut")
  public static Network create(String name) throws IOException, InterruptedException {
    String folder = System.getProperty(CAPTURES, "");
    long seed = Long.getLong("baton.seed", System.nanoTime());
    Namespaces namespaces = Namespaces.forNewBed();
    Captures captures = folder.isEmpty() ? null : new Captures(Path.of(folder), distinct(name));
    Network network = new Network(name, seed, namespaces, captures);
    Runtime.getRuntime().addShutdownHook(network.lastResort);
    System.out.printf("%s: %s* -Dbaton.seed=%d%n", name, namespaces.prefix(), seed);
    return network;
  }

  /**
   * The second network of a name in this process has a 2 behind it in the names of its captures.
   */
  private static String distinct(String name) {
    int times = NAMES.merge(name, 1, Integer::sum);
    return times == 1 ? name : name + times;
  }

  /** Adds a host, joined to nothing. */
  public Host addHost(String host) throws IOException, InterruptedException {
    if (host.equals(BRIDGES) || hosts.containsKey(host)) {
      throw new IllegalArgumentException(name + " has this host already: " + host);
    }
    Host added = new Host(host, namespaces.add(host));
    hosts.put(host, added);
    joined(added, Capture.LOOPBACK, Capture.ETHERNET);
    return added;
  }

  /** The host of that name. */
  public Host host(String host) {
    return known(hosts.get(host), host);
  }

  /** All hosts, in the order they were added. */
  public List<Host> hosts() {
    return List.copyOf(hosts.values());
  }

  /** Adds a segment to which nobody is joined. */
  public Lan addLan(String lan) throws IOException, InterruptedException {
    if (lans.containsKey(lan)) {
      throw new IllegalArgumentException(name + " has this segment already: " + lan);
    }
    Host switches = bridges;
    if (switches == null) {
      switches = new Host(BRIDGES, namespaces.add(BRIDGES));
      bridges = switches;
    }
    Lan added = new Lan(this, lan, nextSubnet(), switches);
    lans.put(lan, added);
    return added;
  }

  /** The segment of that name. */
  public Lan lan(String lan) {
    return known(lans.get(lan), lan);
  }

  /** The one wide area; made when first asked for. */
  public WideArea wideArea() throws IOException {
    WideArea now = wideArea;
    if (now == null) {
      now = new WideArea(this, seed);
      wideArea = now;
    }
    return now;
  }

  private <T> T known(@Nullable T thing, String itsName) {
    if (thing == null) {
      throw new IllegalArgumentException(name + " has no " + itsName);
    }
    return thing;
  }

  /** Addresses that nobody has. */
  Subnet nextSubnet() {
    return new Subnet(++subnets);
  }

  /** A name for a host's next Ethernet interface. */
  String nextEthernet(Host host) {
    return "eth" + (ethernets.merge(host, 1, Integer::sum) - 1);
  }

  /** Told of each new interface. */
  void joined(Host host, String itsInterface, int linkType)
      throws IOException, InterruptedException {
    if (captures != null) {
      captures.add(host, itsInterface, linkType);
    }
  }

  /**
   * Ends every process in its hosts, removes them, and completes the captures.
   *
   * @throws IOException if something could not be removed, or a capture not be written
   */
  @Override
  public void close() throws IOException, InterruptedException {
    try {
      if (captures != null) {
        captures.close();
      }
    } finally {
      if (wideArea != null) {
        wideArea.close();
      }
      namespaces.removeAll();
      Runtime.getRuntime().removeShutdownHook(lastResort);
    }
  }

  private void removeAll() {
    try {
      namespaces.removeAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
