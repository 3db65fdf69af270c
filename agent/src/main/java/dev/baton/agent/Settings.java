package dev.baton.agent;

import dev.baton.agent.SettingSources.Entry;
import dev.baton.handoff.policy.PolicyKind;
import dev.baton.handoff.policy.Route;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one node, read and valid; what each one means is said in {@link Setting}. Values
 * are immutable. Addresses of other nodes are unresolved: nothing here asks a name server.
 *
 * @param enabled the off switch
 * @param node this node's name, never empty
 * @param group the group's name, never empty
 * @param ports the ports to manage; empty for all
 * @param dir where nodes on this host meet; not created yet
 * @param listen where nodes on other hosts reach this one
 * @param peers other nodes
 * @param keys the folder with this node's certificate; present if {@code listen} is
 * @param admission the file that says who may be in the group; empty for all with a certificate
 * @param ticket how long a node may stay until that is looked at again; positive
 * @param contact contact addresses of the group
 * @param membershipPort where members of the group keep in touch; empty for one more than {@code
 *     listen}'s
 * @param discovery how they find each other: {@code peers}, {@code dns:NAME} or {@code multicast}
 * @param absence how long one that has disappeared keeps its place; positive
 * @param trafficSwitch how traffic follows a connection
 * @param homeAgent where contact addresses are registered
 * @param homeKey a number, a colon and the file of the key that the group shares with that
 * @param pipelined whether data follows a binding update at once
 * @param policy where new connections are served
 * @param routes which nodes serve which requests
 * @param below names of the nodes among which it places what is placed with it
 * @param takeover whether another JVM of the group may share a listener of this one
 * @param drainOnTerm whether SIGTERM drains first
 * @param drainTimeout how long a drain may take; positive
 * @param maxReplay the largest request kept for replay, in bytes; not negative
 * @param replayable requests that are safe to run twice
 */
public record Settings(
    boolean enabled,
    String node,
    String group,
    Set<Integer> ports,
    File dir,
    Optional<InetSocketAddress> listen,
    List<InetSocketAddress> peers,
    Optional<File> keys,
    Optional<File> admission,
    Duration ticket,
    List<InetAddress> contact,
    OptionalInt membershipPort,
    String discovery,
    Duration absence,
    TrafficSwitch trafficSwitch,
    Optional<InetAddress> homeAgent,
    Optional<String> homeKey,
    boolean pipelined,
    PolicyKind policy,
    List<Route> routes,
    List<String> below,
    boolean takeover,
    boolean drainOnTerm,
    Duration drainTimeout,
    long maxReplay,
    List<RequestPattern> replayable) {

  /** Whether new connections may be served by another node than the one they come to. */
  public boolean distributes() {
    return distributes(policy, routes);
  }

  private static boolean distributes(PolicyKind policy, List<Route> routes) {
    return policy != PolicyKind.FIRST_COME || !routes.isEmpty();
  }

  /** How traffic follows a connection to another node. */
  public enum TrafficSwitch {
    /** Both nodes are on one host: there is nothing to switch. */
    LOCAL,
    /** The contact node tunnels the flow to the acceptor. */
    STEER,
    /** Route optimisation of Mobile IPv6. */
    MIP6
  }

  /**
   * Reads the settings of this JVM.
   *
   * @param options the agent options, as typed
   * @throws SettingsException if a key is unknown or a value is bad
   */
  public static Settings read(@Nullable String options) throws SettingsException {
    return of(options, System.getProperties(), System.getenv());
  }

  static Settings of(
      @Nullable String options, Properties properties, Map<String, String> environment)
      throws SettingsException {
    return new Reader(SettingSources.collect(options, properties, environment)).settings();
  }

  /**
   * Returns where nodes on this host meet if nothing else is said: {@code /run/baton} if this user
   * may write there, else {@code /tmp/baton-USER}. The answer depends on the user alone, so that
   * commands find the nodes. Whoever creates it must make it owner-only and check the owner.
   */
  public static File defaultDir() {
    File shared = new File("/run/baton");
    if (shared.exists() ? shared.canWrite() : new File("/run").canWrite()) {
      return shared;
    }
    return new File("/tmp", "baton-" + System.getProperty("user.name", "unknown"));
  }

  /** Turns text into values. Plain loops on purpose: this runs before the host's {@code main}. */
  private static final class Reader {
    private final Map<Setting, Entry> entries;

    Reader(Map<Setting, Entry> entries) {
      this.entries = entries;
    }

    Settings settings() throws SettingsException {
      Optional<InetSocketAddress> listen = listen();
      Optional<File> keys = file(Setting.KEYS);
      Optional<File> admission = file(Setting.ADMISSION);
      if (keys.isEmpty() && (listen.isPresent() || admission.isPresent())) {
        Setting needy = listen.isPresent() ? Setting.LISTEN : Setting.ADMISSION;
        throw new SettingsException(needy.key() + " requires " + Setting.KEYS.key());
      }
      List<String> below = below();
      if (!below.isEmpty() && !distributes(policy(), routes())) {
        throw new SettingsException(
            Setting.BELOW.key()
                + " requires "
                + Setting.POLICY.key()
                + " or "
                + Setting.ROUTES.key());
      }
      return new Settings(
          isTrue(Setting.ENABLED, true),
          name(Setting.NODE, defaultNode()),
          name(Setting.GROUP, "default"),
          ports(),
          dir(),
          listen,
          peers(),
          keys,
          admission,
          duration(Setting.TICKET, Duration.ofMinutes(1)),
          contact(),
          membershipPort(),
          discovery(),
          duration(Setting.ABSENCE, Duration.ofMinutes(10)),
          trafficSwitch(),
          homeAgent(),
          homeKey(),
          pipelined(),
          policy(),
          routes(),
          below,
          isTrue(Setting.TAKEOVER, true),
          isTrue(Setting.DRAIN_ON_TERM, true),
          duration(Setting.DRAIN_TIMEOUT, Duration.ofSeconds(30)),
          maxReplay(),
          replayable());
    }

    private boolean isTrue(Setting setting, boolean byDefault) throws SettingsException {
      Entry entry = entries.get(setting);
      if (entry == null) {
        return byDefault;
      }
      if (entry.value().equals("true")) {
        return true;
      }
      if (entry.value().equals("false")) {
        return false;
      }
      throw bad(setting, entry);
    }

    private String name(Setting setting, String byDefault) throws SettingsException {
      Entry entry = entries.get(setting);
      if (entry == null) {
        return byDefault;
      }
      return name(setting, entry, entry.value());
    }

    private static String name(Setting setting, Entry entry, String item) throws SettingsException {
      if (item.isEmpty()) {
        throw bad(setting, entry);
      }
      for (int i = 0; i < item.length(); i++) {
        char c = item.charAt(i);
        if (!Character.isLetterOrDigit(c) && ".-_".indexOf(c) < 0) {
          throw bad(setting, entry);
        }
      }
      return item;
    }

    private static String defaultNode() {
      String host = "localhost";
      String pid = "0";
      try (BufferedReader in =
          new BufferedReader(
              new FileReader("/proc/sys/kernel/hostname", StandardCharsets.US_ASCII))) {
        String line = in.readLine();
        host = line == null || line.isBlank() ? host : line.trim();
        pid = new File("/proc/self").getCanonicalFile().getName();
      } catch (IOException e) {
        // no /proc: names are then the operator's to give
      }
      return host + "-" + pid;
    }

    private Set<Integer> ports() throws SettingsException {
      Set<Integer> ports = new TreeSet<>();
      Entry entry = entries.get(Setting.PORTS);
      if (entry != null && !entry.value().equals("all")) {
        for (String item : list(Setting.PORTS, entry)) {
          ports.add(port(Setting.PORTS, entry, item));
        }
      }
      return Set.copyOf(ports);
    }

    private File dir() throws SettingsException {
      Entry entry = entries.get(Setting.DIR);
      return entry == null ? defaultDir() : folder(Setting.DIR, entry);
    }

    private Optional<File> file(Setting setting) throws SettingsException {
      Entry entry = given(setting);
      return entry == null ? Optional.empty() : Optional.of(folder(setting, entry));
    }

    private Optional<InetSocketAddress> listen() throws SettingsException {
      Entry entry = given(Setting.LISTEN);
      return entry == null
          ? Optional.empty()
          : Optional.of(address(Setting.LISTEN, entry, entry.value()));
    }

    private List<InetSocketAddress> peers() throws SettingsException {
      List<InetSocketAddress> peers = new ArrayList<>();
      Entry entry = given(Setting.PEERS);
      if (entry != null) {
        for (String item : list(Setting.PEERS, entry)) {
          peers.add(address(Setting.PEERS, entry, item));
        }
      }
      return List.copyOf(peers);
    }

    private List<InetAddress> contact() throws SettingsException {
      List<InetAddress> contact = new ArrayList<>();
      Entry entry = given(Setting.CONTACT);
      if (entry != null) {
        for (String item : list(Setting.CONTACT, entry)) {
          contact.add(literal(Setting.CONTACT, entry, item));
        }
      }
      return List.copyOf(contact);
    }

    /** Only a literal: a name would be looked up, and could be somewhere else tomorrow. */
    private static InetAddress literal(Setting setting, Entry entry, String item)
        throws SettingsException {
      boolean v6 = item.indexOf(':') >= 0;
      for (int i = 0; i < item.length(); i++) {
        char c = item.charAt(i);
        boolean fits = v6 ? Character.digit(c, 16) >= 0 || c == ':' : Character.isDigit(c);
        if (!fits && c != '.') {
          throw bad(setting, entry);
        }
      }
      try {
        return InetAddress.getByName(item);
      } catch (UnknownHostException e) {
        throw bad(setting, entry);
      }
    }

    private OptionalInt membershipPort() throws SettingsException {
      Entry entry = given(Setting.MEMBERSHIP_PORT);
      return entry == null
          ? OptionalInt.empty()
          : OptionalInt.of(port(Setting.MEMBERSHIP_PORT, entry, entry.value()));
    }

    private String discovery() throws SettingsException {
      Entry entry = given(Setting.DISCOVERY);
      if (entry == null) {
        return "peers";
      }
      String value = entry.value();
      boolean named = value.startsWith("dns:") && value.length() > "dns:".length();
      if (!named && !value.equals("peers") && !value.equals("multicast")) {
        throw bad(Setting.DISCOVERY, entry);
      }
      return value;
    }

    private TrafficSwitch trafficSwitch() throws SettingsException {
      Entry entry = entries.get(Setting.SWITCH);
      if (entry == null) {
        return TrafficSwitch.LOCAL;
      }
      for (TrafficSwitch kind : TrafficSwitch.values()) {
        if (kind.name().toLowerCase(Locale.ROOT).equals(entry.value())) {
          return kind;
        }
      }
      throw bad(Setting.SWITCH, entry);
    }

    private Optional<InetAddress> homeAgent() throws SettingsException {
      Entry entry = given(Setting.HOME_AGENT);
      if (entry == null) {
        return Optional.empty();
      }
      if (entry.value().indexOf(':') < 0) {
        throw bad(Setting.HOME_AGENT, entry);
      }
      return Optional.of(literal(Setting.HOME_AGENT, entry, entry.value()));
    }

    /** The file is read when the node starts. */
    private Optional<String> homeKey() throws SettingsException {
      Entry entry = given(Setting.HOME_KEY);
      if (entry == null) {
        return Optional.empty();
      }
      int colon = digits(entry.value());
      if (colon == 0 || colon > entry.value().length() - 2 || entry.value().charAt(colon) != ':') {
        throw bad(Setting.HOME_KEY, entry);
      }
      return Optional.of(entry.value());
    }

    private boolean pipelined() throws SettingsException {
      Entry entry = entries.get(Setting.ACTIVATION);
      if (entry == null || entry.value().equals("acknowledged")) {
        return false;
      }
      if (!entry.value().equals("pipelined")) {
        throw bad(Setting.ACTIVATION, entry);
      }
      return true;
    }

    private PolicyKind policy() throws SettingsException {
      Entry entry = entries.get(Setting.POLICY);
      PolicyKind kind = entry == null ? PolicyKind.FIRST_COME : PolicyKind.of(entry.value());
      if (kind == null) {
        throw bad(Setting.POLICY, Objects.requireNonNull(entry));
      }
      return kind;
    }

    private List<Route> routes() throws SettingsException {
      Entry entry = given(Setting.ROUTES);
      List<Route> routes = entry == null ? List.of() : RoutePattern.routes(entry.value());
      if (routes == null) {
        throw bad(Setting.ROUTES, Objects.requireNonNull(entry));
      }
      return routes;
    }

    private List<String> below() throws SettingsException {
      List<String> below = new ArrayList<>();
      Entry entry = given(Setting.BELOW);
      if (entry != null) {
        for (String item : list(Setting.BELOW, entry)) {
          below.add(name(Setting.BELOW, entry, item));
        }
      }
      return List.copyOf(below);
    }

    private Duration duration(Setting setting, Duration byDefault) throws SettingsException {
      Entry entry = entries.get(setting);
      if (entry == null) {
        return byDefault;
      }
      String text = entry.value();
      int digits = digits(text);
      long unit = millisOf(text.substring(digits).trim());
      long millis = product(setting, entry, text.substring(0, digits), unit);
      if (millis == 0) {
        throw bad(setting, entry);
      }
      return Duration.ofMillis(millis);
    }

    private static long millisOf(String unit) {
      return switch (unit) {
        case "ms" -> 1;
        case "s" -> 1000;
        case "m" -> 60_000;
        case "h" -> 3_600_000;
        default -> -1;
      };
    }

    private long maxReplay() throws SettingsException {
      Entry entry = entries.get(Setting.MAX_REPLAY);
      if (entry == null) {
        return 1 << 20;
      }
      String text = entry.value();
      int digits = digits(text);
      long unit = bytesOf(text.substring(digits).trim());
      return product(Setting.MAX_REPLAY, entry, text.substring(0, digits), unit);
    }

    private static long bytesOf(String unit) {
      return switch (unit) {
        case "", "B" -> 1;
        case "KiB" -> 1 << 10;
        case "MiB" -> 1 << 20;
        case "GiB" -> 1 << 30;
        default -> -1;
      };
    }

    private static int digits(String text) {
      int n = 0;
      while (n < text.length() && Character.isDigit(text.charAt(n))) {
        n++;
      }
      return n;
    }

    private static long product(Setting setting, Entry entry, String number, long unit)
        throws SettingsException {
      try {
        if (unit < 0) {
          throw bad(setting, entry);
        }
        return Math.multiplyExact(Long.parseLong(number), unit);
      } catch (NumberFormatException | ArithmeticException e) {
        throw bad(setting, entry);
      }
    }

    private List<RequestPattern> replayable() throws SettingsException {
      List<RequestPattern> patterns = new ArrayList<>();
      Entry entry = given(Setting.REPLAYABLE);
      if (entry != null) {
        for (String item : list(Setting.REPLAYABLE, entry)) {
          RequestPattern pattern = RequestPattern.parse(item);
          if (pattern == null) {
            throw bad(Setting.REPLAYABLE, entry);
          }
          patterns.add(pattern);
        }
      }
      return List.copyOf(patterns);
    }

    /**
     * Null also when the value is the word for nothing, which takes back what a later source says.
     */
    private @Nullable Entry given(Setting setting) {
      Entry entry = entries.get(setting);
      return entry == null || entry.value().isEmpty() || entry.value().equals("none")
          ? null
          : entry;
    }

    private static File folder(Setting setting, Entry entry) throws SettingsException {
      if (entry.value().isEmpty()) {
        throw bad(setting, entry);
      }
      return new File(entry.value()).getAbsoluteFile();
    }

    private static List<String> list(Setting setting, Entry entry) throws SettingsException {
      List<String> items = new ArrayList<>();
      for (String item : entry.value().split(",", -1)) {
        if (item.isBlank()) {
          throw bad(setting, entry);
        }
        items.add(item.trim());
      }
      return items;
    }

    private static InetSocketAddress address(Setting setting, Entry entry, String item)
        throws SettingsException {
      int colon = item.lastIndexOf(':');
      String host = colon < 0 ? "" : item.substring(0, colon);
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      } else if (host.indexOf(':') >= 0) {
        throw bad(setting, entry);
      }
      if (host.isEmpty()) {
        throw bad(setting, entry);
      }
      return InetSocketAddress.createUnresolved(
          host, port(setting, entry, item.substring(colon + 1)));
    }

    private static int port(Setting setting, Entry entry, String text) throws SettingsException {
      try {
        int port = Integer.parseInt(text);
        if (port >= 1 && port <= 65535) {
          return port;
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw bad(setting, entry);
    }

    private static SettingsException bad(Setting setting, Entry entry) {
      return new SettingsException(
          entry.origin()
              + " is '"
              + entry.value()
              + "', must be "
              + setting.kind().form().replace("`", ""));
    }
  }
}
